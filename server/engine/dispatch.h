// Gives waiting jobs to subscriptions with credit, in turns.
#pragma once

#include "engine/memory.h"

namespace swarmq::engine {

// Serves every queue that wants it: one job for each ready subscription, queue after queue, again until
// nothing moves, so that neither a queue nor a worker is served at the cost of another.
void dispatch(Memory& memory);

}  // namespace swarmq::engine
