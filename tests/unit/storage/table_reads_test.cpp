// How much is read of table files for the rows that are asked for.
#include "rocks_store.h"
#include "support/temporary_directory.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace swarmq;
using namespace swarmq::storage;
using namespace swarmq::test;

namespace {

constexpr std::uint64_t kRows = 200'000;

std::string key_of(std::uint64_t row) {
    return "row-" + std::to_string(1'000'000 + row);
}

// All of its rows lie in table files, and its cache is smaller than their indexes and filters.
struct StoreOfTables {
    StoreOfTables() {
        open();
        for (std::uint64_t row = 0; row < kRows;) {
            Batch batch;
            for (int i = 0; i < 1'000; ++i, ++row) batch.put(Table::Main, key_of(row), "value");
            REQUIRE(store->apply(batch, {1, store->applied().sequence + 1}, Sync::No).ok());
        }
        open();
    }
    void open() {
        store.reset();
        auto opened =
            RocksStore::open({.directory = directory.file("store"), .cache_bytes = 256 * 1024});
        REQUIRE(opened.ok());
        store = std::move(opened).value();
    }

    TemporaryDirectory directory;
    std::unique_ptr<RocksStore> store;
};

// By this process, ever.
std::uint64_t bytes_read() {
    std::ifstream io("/proc/self/io");
    std::string word;
    std::uint64_t bytes = 0;
    while (io >> word)
        if (word == "rchar:") io >> bytes;
    return bytes;
}

std::uint64_t figure(const RocksStore& store, std::string_view name) {
    for (const auto& [one, value] : store.statistics())
        if (one == name) return value;
    return 0;
}

}  // namespace

TEST_CASE("what is read for a row does not grow with its table, however small the cache is",
          "[storage][R36]") {
    const StoreOfTables tables;
    constexpr std::uint64_t kAsked = 500;
    const std::uint64_t before = bytes_read();
    for (std::uint64_t i = 0; i < kAsked; ++i) {
        const auto row = tables.store->get(Table::Main, key_of(i * 7919 % kRows));
        REQUIRE(row.ok());
        REQUIRE(*row == "value");
    }
    CHECK((bytes_read() - before) / kAsked < 32 * 1024);
}

TEST_CASE("a store that compacts when told has all its files until then, and fewer after it",
          "[storage]") {
    const TemporaryDirectory directory;
    auto opened = RocksStore::open(
        {.directory = directory.file("store"), .compacts_when_told = true, .window_bytes = 1'000});
    REQUIRE(opened.ok());
    RocksStore& store = **opened;
    for (std::uint64_t turn = 1; turn <= 10; ++turn) {
        Batch batch;
        batch.put(Table::Main, "row", std::string(2'000, 'v'));
        REQUIRE(store.apply(batch, {1, turn}, Sync::No).ok());
    }
    const TemporaryDirectory copy;  // With all windows in it.
    REQUIRE(store.copy_to(copy.path(), [](const auto&) { return true; }).ok());
    const std::uint64_t files = figure(store, "first_level_files");
    CHECK(files > 8);
    REQUIRE(store.start_compactions().ok());
    while (figure(store, "first_level_files") >= files) std::this_thread::yield();
    CHECK(*store.get(Table::Main, "row") == std::string(2'000, 'v'));
}

TEST_CASE("a store that rests has nothing left in its windows and its log, and goes on", "[storage][R36]") {
    const TemporaryDirectory directory;
    const RocksStoreOptions options{.directory = directory.file("store"), .window_bytes = 100'000};
    auto opened = RocksStore::open(options);
    REQUIRE(opened.ok());
    RocksStore& store = **opened;
    const auto put = [&](std::uint64_t turn, std::size_t bytes) {
        Batch batch;
        batch.put(Table::Main, "row " + std::to_string(turn), std::string(bytes, 'v'));
        REQUIRE(store.apply(batch, {1, turn}, Sync::Yes).ok());
    };
    put(1, 100);
    REQUIRE(store.rest().ok());
    CHECK(figure(store, "window_bytes") > 0);  // So little is not worth a table.
    put(2, 20'000);
    REQUIRE(store.rest().ok());
    while (figure(store, "window_bytes") > 0) std::this_thread::yield();
    CHECK(figure(store, "full_windows") == 0);
    put(3, 20'000);
    opened->reset();
    opened = RocksStore::open(options);
    REQUIRE(opened.ok());
    CHECK((*opened)->applied() == Position{1, 3});
    CHECK((*opened)->get(Table::Main, "row 1").value() == std::string(100, 'v'));
    CHECK((*opened)->get(Table::Main, "row 2").value() == std::string(20'000, 'v'));
    CHECK((*opened)->get(Table::Main, "row 3").value() == std::string(20'000, 'v'));
}

TEST_CASE(
    "rows that lie beside each other are read once, and a long scan is no slower for a small cache",
    "[storage][R36]") {
    const StoreOfTables tables;
    std::vector<std::string> keys;
    for (std::uint64_t row = 0; row < 10'000; ++row) keys.push_back(key_of(50'000 + row));
    const std::uint64_t before = bytes_read();
    const auto rows = tables.store->get_many(Table::Main, keys);
    REQUIRE(rows.ok());
    for (const auto& row : *rows) REQUIRE(row == "value");
    CHECK(bytes_read() - before < 1024 * 1024);
    std::uint64_t scanned = 0;
    REQUIRE(tables.store
                ->scan(Table::Main, "row-", "row.",
                       [&](auto key, auto value) {
                           return key == key_of(scanned++) && value == "value";
                       })
                .ok());
    CHECK(scanned == kRows);
    CHECK(bytes_read() - before < 16 * 1024 * 1024);
}
