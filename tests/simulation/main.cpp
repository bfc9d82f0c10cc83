// Runs the simulation from a command line: simulate SEED STEPS [plain|rows|early [CLOCK_STEP_MS]].
// 0: held, 1: broken.
#include "simulation/run.h"

#include <cstdio>
#include <cstdlib>
#include <string>

int main(int argc, char** argv) {
    using namespace swarmq::simulation;
    if (argc < 3) {
        std::fputs("usage: simulate SEED STEPS [plain|rows|early [CLOCK_STEP_MS]]\n", stderr);
        return 2;
    }
    const std::string kind = argc > 3 ? argv[3] : "plain";
    WorldOptions options;
    options.seed = std::strtoull(argv[1], nullptr, 10);
    options.uses_rows = kind == "rows";
    options.mistake = kind == "early" ? Mistake::OutputBeforeDurable : Mistake::None;
    if (argc > 4) options.clock_step_ms = std::strtoll(argv[4], nullptr, 10);
    const Outcome outcome = run(options, std::strtoull(argv[2], nullptr, 10));
    std::printf("seed %llu: %llu steps, %llu crashes, %llu jobs given out%s%s\n",
                static_cast<unsigned long long>(options.seed),
                static_cast<unsigned long long>(outcome.steps),
                static_cast<unsigned long long>(outcome.crashes),
                static_cast<unsigned long long>(outcome.grants), outcome.held ? "" : "\n",
                outcome.sentence.c_str());
    return outcome.held ? 0 : 1;
}
