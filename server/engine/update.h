// Changes a stored job on someone's word: payload, priority, delay, tags (R17a).
#pragma once

#include "engine/memory.h"

namespace swarmq::engine {

// All that is asked for, or nothing.
Result<Answer> update_job(Memory& memory, UpdateJob&& command);

}  // namespace swarmq::engine
