// What must hold between turns, checked by looking at everything. For tests and the simulation.
#pragma once

#include <string>
#include <vector>

#include "engine/memory.h"

namespace swarmq::engine {

// A sentence for each rule that is broken; empty when all hold. Looks at every job.
std::vector<std::string> broken_invariants(const Memory& memory);

}  // namespace swarmq::engine
