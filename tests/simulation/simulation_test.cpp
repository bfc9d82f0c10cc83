// The engine in a simulated world, against the reference. Length: SWARMQ_SIM_STEPS, seed:
// SWARMQ_SIM_SEED.
#include "simulation/regressions.h"
#include "simulation/run.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <random>

using namespace swarmq::simulation;

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* const text = std::getenv(name);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

// A new one for each run of the program.
std::uint64_t seed() {
    static const std::uint64_t drawn = from_environment("SWARMQ_SIM_SEED", std::random_device{}());
    return drawn;
}

void check(const WorldOptions& options, std::uint64_t steps) {
    const auto began = std::chrono::steady_clock::now();
    const Outcome outcome = run(options, steps);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::cout << "seed " << options.seed << ": " << outcome.steps << " steps in " << took.count()
              << " s, " << outcome.crashes << " crashes, " << outcome.grants << " jobs given out\n";
    INFO(outcome.sentence);
    CHECK(outcome.held);
    CHECK(outcome.grants > 0);
}

}  // namespace

TEST_CASE("the engine keeps the contract in a world of crashes, late answers and resends",
          "[simulation][engine][R2][R3][R4][R5][R6][R9][R11][R12][R13][R14][R15][R16][R17a]"
          "[R19][R20][R21][R22][R23][R34][R35]") {
    WorldOptions options;
    options.seed = seed();
    options.clock_step_ms = 1;
    check(options, from_environment("SWARMQ_SIM_STEPS", 5'000'000));
}

TEST_CASE("the rows on disk bring back what the engine wrote", "[simulation][storage][R34]") {
    WorldOptions options;
    options.seed = seed() + 1;
    options.uses_rows = true;
    check(options, from_environment("SWARMQ_SIM_STEPS", 5'000'000) / 20);
}

TEST_CASE("the same seed gives the same run", "[simulation]") {
    WorldOptions options;
    options.seed = seed();
    const Outcome first = run(options, 20'000);
    const Outcome second = run(options, 20'000);
    INFO(first.sentence);
    CHECK(first.held);
    CHECK(first.grants == second.grants);
    CHECK(first.sentence == second.sentence);
}

TEST_CASE("an output that leaves before its turn is durable is noticed", "[simulation][R34]") {
    WorldOptions options;
    options.seed = seed();
    options.mistake = Mistake::OutputBeforeDurable;
    CHECK_FALSE(run(options, 500'000).held);
}

TEST_CASE("seeds that once found something hold", "[simulation][regression]") {
    for (const Regression& known : kRegressions) {
        WorldOptions options;
        options.seed = known.seed;
        options.uses_rows = known.uses_rows;
        const Outcome outcome = run(options, known.steps);
        INFO(known.found << ": " << outcome.sentence);
        CHECK(outcome.held);
    }
}
