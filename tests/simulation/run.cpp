// Steps until the end or the first violation.
#include "simulation/run.h"

#include "simulation/violation.h"

namespace swarmq::simulation {

Outcome run(const WorldOptions& options, std::uint64_t steps) {
    Outcome outcome;
    World world(options);
    try {
        for (; outcome.steps < steps; ++outcome.steps) world.step();
    } catch (const Violation& violation) {
        outcome.held = false;
        outcome.sentence = std::string(violation.what()) + "; seed " +
                           std::to_string(options.seed) + ", step " +
                           std::to_string(outcome.steps) +
                           "; run again with SWARMQ_SIM_SEED=" + std::to_string(options.seed) +
                           " SWARMQ_SIM_STEPS=" + std::to_string(outcome.steps + 1);
    }
    outcome.crashes = world.crashes();
    outcome.grants = world.grants();
    return outcome;
}

}  // namespace swarmq::simulation
