// One run of the simulation, from a seed, and what to say when it fails.
#pragma once

#include "simulation/world.h"

#include <cstdint>
#include <string>

namespace swarmq::simulation {

struct Outcome {
    bool held = true;
    std::uint64_t steps = 0;
    std::uint64_t crashes = 0;
    std::uint64_t grants = 0;
    std::string sentence;  // What was broken, and how to run it again.
};

Outcome run(const WorldOptions& options, std::uint64_t steps);

}  // namespace swarmq::simulation
