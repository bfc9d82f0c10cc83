// How a flow comes in: jobs of many queues that hang together, checked together, then added all or
// none (R13).
#pragma once

#include "engine/memory.h"

namespace swarmq::engine {

Result<Answer> add_flow(Memory& memory, AddFlow&& command);

}  // namespace swarmq::engine
