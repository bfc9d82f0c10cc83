// What every Store promises, run on each of them.
#include "keys.h"
#include "memory_store.h"
#include "rocks_store.h"
#include "support/temporary_directory.h"

#include <catch2/catch.hpp>

#include <map>
#include <memory>
#include <random>

using namespace swarmq;
using namespace swarmq::storage;

namespace {

struct InMemory {
    std::unique_ptr<Store> store = std::make_unique<MemoryStore>();
    void reopen() {}
};

template <std::size_t window_bytes>
struct OnRocksWith {
    OnRocksWith() { reopen(); }
    void reopen() {
        store.reset();
        auto opened =
            RocksStore::open({.directory = directory.file("store"), .window_bytes = window_bytes});
        if (!opened.ok()) FAIL(opened.error().detail);
        store = std::move(opened).value();
    }
    test::TemporaryDirectory directory;
    std::unique_ptr<Store> store;
};
using OnRocks = OnRocksWith<64u << 20>;
using OnTables = OnRocksWith<1u << 10>;  // Every few batches go into tables.

using Rows = std::map<std::string, std::string>;

// Without the rows that are the store's own.
Rows rows_of(const Store& store, Table table) {
    Rows rows;
    const auto scanned = store.scan(table, std::string_view{"\0", 1}, "\xff",
                                    [&](std::string_view key, std::string_view value) {
                                        if (key != std::string_view{position_key(ShardId{})} &&
                                            key != std::string_view{newest_keys_key(ShardId{})})
                                            rows.emplace(key, value);
                                        return true;
                                    });
    REQUIRE(scanned.ok());
    return rows;
}

Position position(std::uint64_t sequence) {
    return {7, sequence};
}

}  // namespace

TEMPLATE_TEST_CASE("a new store is empty and stands nowhere", "[contract][storage]", InMemory,
                   OnRocks, OnTables) {
    TestType under;
    CHECK(under.store->applied() == Position{});
    CHECK(rows_of(*under.store, Table::Main).empty());
    CHECK(rows_of(*under.store, Table::Large).empty());
    CHECK_FALSE(*under.store->get(Table::Main, "nothing"));
}

TEMPLATE_TEST_CASE("a batch shows all its operations and its position at once",
                   "[contract][storage][R34]", InMemory, OnRocks, OnTables) {
    TestType under;
    Batch first;
    first.put(Table::Main, "key-a", "1");
    first.put(Table::Main, "key-b", "2");
    first.put(Table::Large, "key-a", "large");
    REQUIRE(under.store->apply(first, position(1), Sync::Yes).ok());
    Batch second;
    second.erase(Table::Main, "key-a");
    second.put(Table::Main, "key-b", "3");
    second.erase(Table::Main, "not there");
    REQUIRE(under.store->apply(second, position(2), Sync::No).ok());
    CHECK(under.store->applied() == position(2));
    CHECK(rows_of(*under.store, Table::Main) == Rows{{"key-b", "3"}});
    CHECK(rows_of(*under.store, Table::Large) == Rows{{"key-a", "large"}});
}

TEMPLATE_TEST_CASE("operations of one batch take effect in their order", "[contract][storage]",
                   InMemory, OnRocks, OnTables) {
    TestType under;
    Batch batch;
    batch.put(Table::Main, "key-1", "lost");
    batch.put(Table::Main, "key-5", "stays");
    batch.erase_range(Table::Main, "key-0", "key-3");
    batch.put(Table::Main, "key-2", "put after the range was erased");
    batch.erase_range(Table::Main, "key-7", "key-6");
    batch.put(Table::Main, "key-8", "lost");
    batch.erase(Table::Main, "key-8");
    REQUIRE(under.store->apply(batch, position(1), Sync::No).ok());
    CHECK(rows_of(*under.store, Table::Main) ==
          Rows{{"key-2", "put after the range was erased"}, {"key-5", "stays"}});
}

TEMPLATE_TEST_CASE("a range is erased from its first key up to, not with, its last",
                   "[contract][storage]", InMemory, OnRocks, OnTables) {
    TestType under;
    constexpr int kKeys = 2500;  // More than a store may want to erase one by one.
    Batch batch;
    for (int i = 0; i < kKeys; ++i) {
        batch.put(Table::Main, "key-" + std::to_string(10'000 + i), "x");
        batch.put(Table::Large, "key-" + std::to_string(10'000 + i), "x");
    }
    REQUIRE(under.store->apply(batch, position(1), Sync::No).ok());
    Batch erasure;
    erasure.erase_range(Table::Main, "key-10001", "key-12499");
    erasure.erase_range(Table::Large, "key-10010", "key-10020");
    REQUIRE(under.store->apply(erasure, position(2), Sync::No).ok());
    CHECK(rows_of(*under.store, Table::Main) == Rows{{"key-10000", "x"}, {"key-12499", "x"}});
    const Rows large = rows_of(*under.store, Table::Large);
    CHECK(large.size() == kKeys - 10);
    CHECK(large.count("key-10009") == 1);
    CHECK(large.count("key-10010") == 0);
    CHECK(large.count("key-10020") == 1);
}

TEMPLATE_TEST_CASE("a scan goes up in byte order, within its bounds, until it is told to stop",
                   "[contract][storage]", InMemory, OnRocks, OnTables) {
    TestType under;
    Batch batch;
    for (const char* key : {"d", "b", "a", "c", "\xfe"}) batch.put(Table::Main, key, key);
    REQUIRE(under.store->apply(batch, position(1), Sync::No).ok());
    std::string met;
    REQUIRE(under.store
                ->scan(Table::Main, "b", "\xff",
                       [&](std::string_view key, std::string_view) {
                           met += key;
                           return key != "d";
                       })
                .ok());
    CHECK(met == "bcd");
    REQUIRE(under.store
                ->scan(Table::Main, "c", "c",
                       [](auto, auto) {
                           FAIL("an empty range has rows");
                           return true;
                       })
                .ok());
}

TEMPLATE_TEST_CASE("many keys are answered in the order asked, absent ones too",
                   "[contract][storage]", InMemory, OnRocks, OnTables) {
    TestType under;
    Batch batch;
    batch.put(Table::Large, "a", "");
    batch.put(Table::Large, "c", std::string(100'000, 'z'));
    REQUIRE(under.store->apply(batch, position(1), Sync::No).ok());
    const std::vector<std::string> keys{"c", "b", "a", "c"};
    const auto rows = under.store->get_many(Table::Large, keys);
    REQUIRE(rows.ok());
    REQUIRE(rows->size() == 4);
    CHECK(*(*rows)[0] == std::string(100'000, 'z'));
    CHECK_FALSE((*rows)[1]);
    CHECK(*(*rows)[2] == "");
    CHECK(*(*rows)[3] == std::string(100'000, 'z'));
    CHECK(under.store->get_many(Table::Main, {})->empty());
}

TEMPLATE_TEST_CASE("many keys side by side are answered as each alone, whatever lies between them",
                   "[contract][storage]", InMemory, OnRocks, OnTables) {
    TestType under;
    const auto key_of = [](std::uint64_t number) {
        return job_key(ShardId{}, JobSeq{number}).str();
    };
    std::uint64_t sequence = 0;
    for (std::uint64_t number = 0; number < 3'000;) {
        Batch batch;
        for (int i = 0; i < 100; ++i, ++number)
            if (number % 5 != 3) batch.put(Table::Main, key_of(number), std::to_string(number));
        REQUIRE(under.store->apply(batch, position(++sequence), Sync::No).ok());
    }
    // Single ones, and so many in a row that nobody looks through them for a row behind.
    Batch erasures;
    for (std::uint64_t number = 0; number < 500; number += 7)
        erasures.erase(Table::Main, key_of(number));
    for (std::uint64_t number = 600; number < 2'900; ++number)
        erasures.erase(Table::Main, key_of(number));
    REQUIRE(under.store->apply(erasures, position(++sequence), Sync::No).ok());
    for (const std::uint64_t step : {1, 2, 9, 100}) {
        std::vector<std::string> keys;
        for (std::uint64_t number = 0; number < 3'100; number += step)
            keys.push_back(key_of(number));
        const auto rows = under.store->get_many(Table::Main, keys);
        REQUIRE(rows.ok());
        for (std::size_t i = 0; i < keys.size(); ++i)
            REQUIRE((*rows)[i] == *under.store->get(Table::Main, keys[i]));
    }
}

TEMPLATE_TEST_CASE("a store opened again holds what was applied", "[contract][storage][R34]",
                   InMemory, OnRocks, OnTables) {
    TestType under;
    const std::string large(50'000, 'l');
    Batch batch;
    batch.put(Table::Main, "small", "1");
    batch.put(Table::Large, "large", large);
    REQUIRE(under.store->apply(batch, position(1), Sync::No).ok());
    REQUIRE(under.store->sync().ok());
    under.reopen();
    CHECK(under.store->applied() == position(1));
    CHECK(rows_of(*under.store, Table::Main) == Rows{{"small", "1"}});
    CHECK(rows_of(*under.store, Table::Large) == Rows{{"large", large}});
}

TEMPLATE_TEST_CASE("the batches after a position come back as they were applied",
                   "[contract][storage][R38]", InMemory, OnRocks) {
    TestType under;
    for (std::uint64_t i = 1; i <= 5; ++i) {
        Batch batch;
        batch.put(Table::Main, "key-" + std::to_string(i), "value");
        batch.put(Table::Large, "key", std::to_string(i));
        if (i > 1) batch.erase(Table::Main, "key-" + std::to_string(i - 1));
        REQUIRE(under.store->apply(batch, position(i), Sync::No).ok());
    }
    MemoryStore copy;
    std::uint64_t visited = 0;
    REQUIRE(under.store
                ->changes_since(position(0),
                                [&](Position at, const Batch& batch) {
                                    ++visited;
                                    REQUIRE(at == position(visited));
                                    REQUIRE(copy.apply(batch, at, Sync::No).ok());
                                    return true;
                                })
                .ok());
    CHECK(visited == 5);
    CHECK(rows_of(copy, Table::Main) == rows_of(*under.store, Table::Main));
    CHECK(rows_of(copy, Table::Large) == rows_of(*under.store, Table::Large));

    std::vector<std::uint64_t> some;
    REQUIRE(under.store
                ->changes_since(position(2),
                                [&](Position at, const Batch&) {
                                    some.push_back(at.sequence);
                                    return at.sequence < 4;
                                })
                .ok());
    CHECK(some == std::vector<std::uint64_t>{3, 4});
    const auto none = [](Position, const Batch&) -> bool { throw std::logic_error("visited"); };
    CHECK(under.store->changes_since(position(5), none).ok());
    CHECK(under.store->changes_since(position(6), none).code() == Code::NotFound);
    CHECK(under.store->changes_since({8, 2}, none).code() == Code::NotFound);
}

TEMPLATE_TEST_CASE("random batches leave what a plain map would hold", "[contract][storage]",
                   InMemory, OnRocks, OnTables) {
    TestType under;
    const auto seed = GENERATE(1u, 2u, 3u);
    INFO("seed " << seed);
    std::mt19937 random{seed};
    const auto key = [&] { return "key-" + std::to_string(100 + random() % 60); };
    Rows model;
    for (std::uint64_t turn = 1; turn <= 200; ++turn) {
        Batch batch;
        for (auto left = random() % 12; left > 0; --left) {
            const std::string a = key();
            const std::string b = key();
            switch (random() % 4) {
                case 0:
                    batch.erase(Table::Main, a);
                    model.erase(a);
                    break;
                case 1:
                    batch.erase_range(Table::Main, a, b);
                    if (a < b) model.erase(model.lower_bound(a), model.lower_bound(b));
                    break;
                default:
                    batch.put(Table::Main, a, b + std::to_string(turn));
                    model[a] = b + std::to_string(turn);
            }
        }
        REQUIRE(under.store->apply(batch, position(turn), Sync::No).ok());
        if (turn % 67 == 0) under.reopen();
        if (turn % 29 == 0) REQUIRE(under.store->rest().ok());
        if (turn % 20 == 0) REQUIRE(rows_of(*under.store, Table::Main) == model);
    }
}

TEMPLATE_TEST_CASE("a snapshot stays as it was while rows change and go elsewhere below it",
                   "[contract][storage]", InMemory, OnRocks, OnTables) {
    TestType under;
    Rows before;
    for (std::uint64_t turn = 1; turn <= 20; ++turn) {
        Batch batch;
        for (int i = 0; i < 10; ++i) {
            const std::string key =
                "key-" + std::to_string(100 + (turn * 7 + static_cast<unsigned>(i)) % 60);
            batch.put(Table::Main, key, std::to_string(turn));
            before[key] = std::to_string(turn);
        }
        REQUIRE(under.store->apply(batch, position(turn), Sync::No).ok());
    }
    const auto snapshot = under.store->snapshot();
    REQUIRE(snapshot.ok());
    for (std::uint64_t turn = 21; turn <= 40; ++turn) {
        Batch batch;
        batch.put(Table::Main, "key-100", std::to_string(turn));
        batch.put(Table::Main, "new-" + std::to_string(turn), std::string(200, 'n'));
        batch.erase(Table::Main, "key-" + std::to_string(80 + turn));
        REQUIRE(under.store->apply(batch, position(turn), Sync::No).ok());
    }
    CHECK((*snapshot)->applied() == position(20));
    CHECK(rows_of(**snapshot, Table::Main) == before);
    CHECK(**(*snapshot)->get(Table::Main, "key-101") == before["key-101"]);
    CHECK_FALSE(*(*snapshot)->get(Table::Main, "new-21"));
    CHECK(under.store->applied() == position(40));
    CHECK(**under.store->get(Table::Main, "key-100") == "40");
    CHECK_FALSE(*under.store->get(Table::Main, "key-101"));
}
