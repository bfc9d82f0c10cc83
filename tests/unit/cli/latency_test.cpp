// The histogram of the bench.
#include "bench/latency.h"

#include <catch2/catch.hpp>

using namespace swarmq::cli;
using std::chrono::nanoseconds;

TEST_CASE("percentiles are right within two percent, whatever the size", "[cli][R28]") {
    for (const std::int64_t unit_ns : {1LL, 17LL, 1'000LL, 123'456LL, 50'000'000LL}) {
        Latency latency;
        for (std::int64_t i = 1; i <= 1'000; ++i) latency.record(nanoseconds(i * unit_ns));
        INFO(unit_ns);
        CHECK(latency.count() == 1'000);
        const double unit_us = static_cast<double>(unit_ns) / 1'000;
        CHECK(latency.percentile_us(0.50) == Approx(500 * unit_us).epsilon(0.02));
        CHECK(latency.percentile_us(0.99) == Approx(990 * unit_us).epsilon(0.02));
        CHECK(latency.percentile_us(1.0) >= 1'000 * unit_us);
    }
}

TEST_CASE("histograms of threads add up", "[cli][R28]") {
    Latency all;
    CHECK(all.percentile_us(0.5) == 0);
    Latency fast;
    Latency slow;
    for (int i = 0; i < 99; ++i) fast.record(nanoseconds(1'000));
    slow.record(nanoseconds(1'000'000));
    all.merge(fast);
    all.merge(slow);
    CHECK(all.count() == 100);
    CHECK(all.percentile_us(0.99) == Approx(1).epsilon(0.02));
    CHECK(all.percentile_us(1.0) == Approx(1'000).epsilon(0.02));
}

TEST_CASE("a clock that seems to run backwards and a long wait do no harm", "[cli][R28]") {
    Latency latency;
    latency.record(nanoseconds(-5));
    latency.record(std::chrono::hours(10'000));
    CHECK(latency.count() == 2);
    CHECK(latency.percentile_us(0.5) == 0);
    CHECK(latency.percentile_us(1) > 0);
}
