// Seeds that once found a fault, kept for ever.
#pragma once

#include <array>
#include <cstdint>

namespace swarmq::simulation {

struct Regression {
    std::uint64_t seed;
    std::uint64_t steps;
    bool uses_rows;
    const char* found;  // What it found.
};

inline constexpr std::array kRegressions = {
    Regression{6, 100'000, false, "all delayed jobs promoted while a drawn due time was unknown"},
    Regression{7, 1'000, false, "a job that fell due in a turn that a crash took back"},
    Regression{5, 50'000, true, "jobs that fell due while the broker was down"},
    Regression{2, 70'000, false, "a key used again slept until its past was over"},
    Regression{8, 1'000, false, "a delayed job with a new priority was early after a restart"},
    Regression{6, 7'000, false, "a held key whose jobs are all delayed was listed as open"},
};

}  // namespace swarmq::simulation
