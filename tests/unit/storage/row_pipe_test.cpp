// A scan by another thread gives the same rows, and ends when it is to.
#include "row_pipe.h"

#include "memory_store.h"

#include <catch2/catch.hpp>

#include <stdexcept>
#include <string>

using namespace swarmq;
using namespace swarmq::storage;

namespace {

constexpr int kRows = 20'000;  // Several parts' worth.

std::string key_of(int row) {
    return "row-" + std::to_string(10'000'000 + row);
}

MemoryStore& filled(MemoryStore& store) {
    Batch batch;
    for (int row = 0; row < kRows; ++row)
        batch.put(Table::Main, key_of(row), std::string(100, 'v'));
    REQUIRE(store.apply(batch, {1, 1}, Sync::No).ok());
    return store;
}

}  // namespace

TEST_CASE("a scan in parts meets every row once, in order", "[storage][R34]") {
    MemoryStore store;
    filled(store);
    int met = 0;
    bool is_right = true;
    REQUIRE(scan_in_parts(store, Table::Main, "row-", "row.", [&](auto key, auto value) {
                is_right = is_right && key == key_of(met++) && value == std::string(100, 'v');
                return true;
            }).ok());
    CHECK(is_right);
    CHECK(met == kRows);
    REQUIRE(
        scan_in_parts(store, Table::Main, "s", "t", [&](auto, auto) { return ++met < 0; }).ok());
    CHECK(met == kRows);
}

TEST_CASE("a scan in parts ends when its rows are wanted no more, or cannot be taken",
          "[storage]") {
    MemoryStore store;
    filled(store);
    int met = 0;
    REQUIRE(scan_in_parts(store, Table::Main, "row-", "row.", [&](auto, auto) {
                return ++met < 100;
            }).ok());
    CHECK(met == 100);
    const auto refuse = [](std::string_view, std::string_view) -> bool {
        throw std::runtime_error("full");
    };
    CHECK_THROWS_WITH(scan_in_parts(store, Table::Main, "row-", "row.", refuse), "full");
}
