// What every Journal promises, run on each of them.
#include "faulty_journal.h"
#include "local_journal.h"
#include "memory_store.h"
#include "rocks_store.h"
#include "support/temporary_directory.h"

#include <catch2/catch.hpp>

#include <memory>

using namespace swarmq;
using namespace swarmq::storage;

namespace {

// The journal of a store in memory.
struct InMemory {
    InMemory() { reopen(); }
    void reopen() {
        local.reset();
        auto opened = LocalJournal::open(
            *store, {.durability = Durability::Memory, .now_ms = 1'700'000'000'000});
        if (!opened.ok()) FAIL(opened.error().detail);
        local = std::move(opened).value();
    }
    Journal& journal() { return *local; }
    std::unique_ptr<Store> store = std::make_unique<MemoryStore>();
    std::unique_ptr<LocalJournal> local;
};

template <Durability durability>
struct OnRocks {
    OnRocks() { reopen(); }
    void reopen() {
        local.reset();
        store.reset();
        const ShardPaths paths = shard_paths(directory.path(), ShardId{0});
        auto opened_store = RocksStore::open({.directory = paths.store});
        if (!opened_store.ok()) FAIL(opened_store.error().detail);
        store = std::move(opened_store).value();
        auto opened = LocalJournal::open(*store, {.durability = durability,
                                                  .superblock_path = paths.superblock,
                                                  .now_ms = 1'700'000'000'000});
        if (!opened.ok()) FAIL(opened.error().detail);
        local = std::move(opened).value();
    }
    Journal& journal() { return *local; }
    test::TemporaryDirectory directory;
    std::unique_ptr<Store> store;
    std::unique_ptr<LocalJournal> local;
};
using SyncedOnRocks = OnRocks<Durability::Sync>;
using PeriodicOnRocks = OnRocks<Durability::Periodic>;

// With no faults a faulty journal is as good as the one it wraps.
struct FaultyWithoutFaults : InMemory {
    FaultyWithoutFaults() { reopen(); }
    void reopen() {
        InMemory::reopen();
        faulty = std::make_unique<FaultyJournal>(*local, FaultyJournalOptions{});
    }
    Journal& journal() { return *faulty; }
    std::unique_ptr<FaultyJournal> faulty;
};

Batch batch_of(const std::string& key, const std::string& value) {
    Batch batch;
    batch.put(Table::Main, key, value);
    return batch;
}

}  // namespace

#define EVERY_JOURNAL InMemory, SyncedOnRocks, PeriodicOnRocks, FaultyWithoutFaults

TEMPLATE_TEST_CASE("appended batches are in the store, one position after the other",
                   "[contract][storage][R34]", EVERY_JOURNAL) {
    TestType under;
    REQUIRE(under.journal().claim().ok());
    const Position start = under.journal().last();
    CHECK(start.sequence > 0);
    const auto first = under.journal().append(batch_of("key", "1"), start);
    REQUIRE(first.ok());
    CHECK(*first == Position{start.incarnation, start.sequence + 1});
    const auto second = under.journal().append(batch_of("key", "2"), *first);
    REQUIRE(second.ok());
    CHECK(under.journal().last() == *second);
    CHECK(under.store->applied() == *second);
    CHECK(**under.store->get(Table::Main, "key") == "2");
    CHECK(under.journal().sync().ok());
    CHECK(under.journal().checkpoint().ok());
}

TEMPLATE_TEST_CASE("an append that expects another last position changes nothing",
                   "[contract][storage][R38]", EVERY_JOURNAL) {
    TestType under;
    REQUIRE(under.journal().claim().ok());
    const Position start = under.journal().last();
    for (const Position wrong : {Position{}, Position{start.incarnation, start.sequence + 1},
                                 Position{start.incarnation + 1, start.sequence}}) {
        const auto appended = under.journal().append(batch_of("key", "wrong"), wrong);
        CHECK(appended.code() == Code::NotOwner);
        CHECK(under.journal().last() == start);
        CHECK_FALSE(*under.store->get(Table::Main, "key"));
    }
}

TEMPLATE_TEST_CASE("nothing is appended before the journal is claimed", "[contract][storage][R38]",
                   EVERY_JOURNAL) {
    TestType under;
    const auto appended = under.journal().append(batch_of("key", "1"), under.journal().last());
    CHECK(appended.code() == Code::NotOwner);
    CHECK_FALSE(*under.store->get(Table::Main, "key"));
}

TEMPLATE_TEST_CASE("each claim has a higher epoch than all before, over restarts too",
                   "[contract][storage][R22]", EVERY_JOURNAL) {
    TestType under;
    Epoch highest{};
    for (int boot = 0; boot < 4; ++boot) {
        const auto epoch = under.journal().claim();
        REQUIRE(epoch.ok());
        CHECK(*epoch > highest);
        highest = *epoch;
        under.reopen();
    }
}

TEMPLATE_TEST_CASE("a journal opened again goes on where it stood", "[contract][storage][R34]",
                   EVERY_JOURNAL) {
    TestType under;
    REQUIRE(under.journal().claim().ok());
    const auto before = under.journal().append(batch_of("key", "kept"), under.journal().last());
    REQUIRE(before.ok());
    REQUIRE(under.journal().sync().ok());
    REQUIRE(under.journal().checkpoint().ok());
    under.reopen();
    CHECK(under.journal().last() == *before);
    CHECK(**under.store->get(Table::Main, "key") == "kept");
    REQUIRE(under.journal().claim().ok());
    CHECK(under.journal().last() > *before);
    CHECK(under.journal().append(batch_of("key", "new"), under.journal().last()).ok());
}

TEMPLATE_TEST_CASE("what was appended can be read again by position", "[contract][storage][R38]",
                   EVERY_JOURNAL) {
    TestType under;
    REQUIRE(under.journal().claim().ok());
    const Position start = under.journal().last();
    Position at = start;
    for (const char* value : {"1", "2", "3"})
        at = *under.journal().append(batch_of("key", value), at);
    std::vector<Position> positions;
    MemoryStore copy;
    REQUIRE(under.journal()
                .read(start,
                      [&](Position position, const Batch& batch) {
                          positions.push_back(position);
                          return copy.apply(batch, position, Sync::No).ok();
                      })
                .ok());
    REQUIRE(positions.size() == 3);
    CHECK(positions.back() == at);
    CHECK(**copy.get(Table::Main, "key") == "3");
    CHECK(under.journal().truncate(at).ok());
    CHECK(under.journal().truncate({at.incarnation, at.sequence + 1}).code() ==
          Code::InvalidArgument);
    CHECK(under.journal()
              .read({at.incarnation, at.sequence + 1}, [](Position, const Batch&) { return true; })
              .code() == Code::NotFound);
}
