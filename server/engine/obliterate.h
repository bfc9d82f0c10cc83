// Takes a queue away with everything in it, in bounded steps (R28).
#pragma once

#include "engine/memory.h"

namespace swarmq::engine {

// `changed` counts jobs and schedulers. While there is more the queue is paused; with the last step
// it is forgotten, or as new where workers take its jobs or an on_failure names it. WrongState, and
// nothing changed: jobs are active and it is not forced.
Result<Answer> obliterate(Memory& memory, const Obliterate& command);

}  // namespace swarmq::engine
