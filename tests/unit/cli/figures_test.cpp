// Figures for narrow columns.
#include "figures.h"

#include <catch2/catch.hpp>

using namespace swarmq;
using namespace swarmq::cli;
using namespace std::chrono_literals;

TEST_CASE("figures have at most five characters, whatever their size", "[cli][R28]") {
    CHECK(short_count(0) == "0");
    CHECK(short_count(99'999) == "99999");
    CHECK(short_count(100'000) == "100k");
    CHECK(short_count(4'560'000) == "4.5M");
    CHECK(short_count(123'000'000) == "123M");
    CHECK(short_count(12'000'000'000) == "12G");
    CHECK(short_duration(850ms) == "850ms");
    CHECK(short_duration(12'345ms) == "12.3s");
    CHECK(short_duration(100s) == "1m");
    CHECK(short_duration(90min) == "90m");
    CHECK(short_duration(30h) == "30h");
    CHECK(short_duration(24h * 12) == "12d");
    CHECK(short_rate(0) == "0");
    CHECK(short_rate(0.001) == "<0.01");
    CHECK(short_rate(0.5) == "0.50");
    CHECK(short_rate(12.34) == "12.3");
    CHECK(short_rate(4'500.4) == "4500");
    CHECK(short_percent(0) == "0%");
    CHECK(short_percent(0.0001) == "<0.1%");
    CHECK(short_percent(0.024) == "2.4%");
    CHECK(short_percent(1) == "100%");
}
