// What a failing disk, or a journal that fails by schedule, leads to.
#include "disk_shard.h"
#include "faulty_file_system.h"
#include "faulty_journal.h"
#include "memory_store.h"
#include "rocks_store_env.h"

#include <catch2/catch.hpp>

#include <vector>

using namespace swarmq;
using namespace swarmq::storage;
using namespace swarmq::test;

namespace {

Batch batch_of(const std::string& value) {
    Batch batch;
    batch.put(Table::Main, "key", value);
    return batch;
}

struct ShardOnFaultyDisk {
    explicit ShardOnFaultyDisk(Durability durability, std::size_t window_bytes = 64u << 20) {
        const ShardPaths paths = shard_paths(directory.path(), ShardId{});
        auto opened =
            open_rocks_store({.directory = paths.store, .window_bytes = window_bytes}, env.get());
        if (!opened.ok()) FAIL(opened.error().detail);
        store = std::move(opened).value();
        auto journal_opened = LocalJournal::open(
            *store,
            {.durability = durability, .superblock_path = paths.superblock, .now_ms = 1000});
        if (!journal_opened.ok()) FAIL(journal_opened.error().detail);
        journal = std::move(journal_opened).value();
        REQUIRE(journal->claim().ok());
    }

    TemporaryDirectory directory;
    std::shared_ptr<FaultyFileSystem> files = std::make_shared<FaultyFileSystem>();
    std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(files);
    std::unique_ptr<RocksStore> store;
    std::unique_ptr<LocalJournal> journal;
};

}  // namespace

TEST_CASE("after the first failed write or sync nothing is ever acknowledged again",
          "[storage][R34]") {
    ShardOnFaultyDisk shard{Durability::Sync};
    const auto good = shard.journal->append(batch_of("good"), shard.journal->last());
    REQUIRE(good.ok());
    SECTION("a sync fails") {
        shard.files->syncs_until_failure = 0;
    }
    SECTION("a write fails, the disk being full") {
        shard.files->writes_until_failure = 0;
    }
    const auto failed = shard.journal->append(batch_of("unknown"), *good);
    CHECK(failed.code() == Code::Unknown);
    CHECK(mentions(failed.error().detail, "injected"));
    for (int i = 0; i < 3; ++i) {  // The disk would work again.
        CHECK(shard.journal->append(batch_of("later"), shard.journal->last()).code() ==
              Code::Unknown);
        CHECK(shard.journal->sync().code() == Code::Unknown);
        CHECK(shard.journal->checkpoint().code() == Code::Unknown);
        CHECK(shard.store->apply(batch_of("later"), {1, 9}, Sync::No).code() == Code::Unknown);
        CHECK(shard.store->sync().code() == Code::Unknown);
    }
    CHECK(shard.journal->last() == *good);
}

TEST_CASE("a table file that cannot be written stops the store, and all that was said is there afterwards",
          "[storage][R34]") {
    ShardOnFaultyDisk shard{Durability::Sync, 2'000};
    shard.files->tables_fail = true;
    Position last = shard.journal->last();
    std::string newest;
    for (int i = 0; i < 10'000; ++i) {
        const std::string value = std::string(100, 'v') + std::to_string(i);
        const auto appended = shard.journal->append(batch_of(value), last);
        if (!appended.ok()) {
            CHECK(appended.code() == Code::Unknown);
            CHECK(mentions(appended.error().detail, "injected"));
            break;
        }
        last = *appended;
        newest = value;
    }
    REQUIRE_FALSE(shard.journal->sync().ok());
    CHECK_FALSE(shard.store->copy_to(shard.directory.file("copy"), [](const auto&) { return true; }).ok());
    TemporaryDirectory after;  // The failed store keeps its own directory.
    std::filesystem::copy(shard.directory.path(), after.path(), std::filesystem::copy_options::recursive);
    const auto opened = RocksStore::open({.directory = shard_paths(after.path(), ShardId{}).store});
    REQUIRE(opened.ok());
    REQUIRE((*opened)->applied() >= last);
    if ((*opened)->applied() == last) CHECK(**(*opened)->get(Table::Main, "key") == newest);
}

TEST_CASE("what a store finds in its log is in tables before anything is built on it", "[storage][R34]") {
    DiskShard shard;
    REQUIRE(shard.open().ok());
    REQUIRE(shard.journal->claim().ok());
    shard.add_jobs(1, 10);
    CHECK(shard.newest_file(".sst").empty());
    REQUIRE(shard.open().ok());
    CHECK_FALSE(shard.newest_file(".sst").empty());
    CHECK_FALSE(shard.newest_file(".rowlog").empty());  // Nothing was appended yet.
    const std::string inherited = shard.newest_file(".rowlog");
    REQUIRE(shard.journal->claim().ok());
    CHECK(shard.newest_file(".rowlog") != inherited);
    CHECK_FALSE(std::filesystem::exists(inherited));
}

TEST_CASE("a periodic journal stops at the first failed sync", "[storage][R34]") {
    ShardOnFaultyDisk shard{Durability::Periodic};
    REQUIRE(shard.journal->append(batch_of("1"), shard.journal->last()).ok());
    shard.files->syncs_until_failure = 0;
    CHECK(shard.journal->sync().code() == Code::Unknown);
    CHECK(shard.journal->sync().code() == Code::Unknown);
    CHECK(shard.journal->append(batch_of("2"), shard.journal->last()).code() == Code::Unknown);
}

TEST_CASE("an append is synced by itself in sync mode, and only by sync in periodic mode",
          "[storage][R34]") {
    const bool syncs = GENERATE(true, false);
    ShardOnFaultyDisk shard{syncs ? Durability::Sync : Durability::Periodic};
    const int before = shard.files->syncs;
    for (int i = 0; i < 10; ++i)
        REQUIRE(shard.journal->append(batch_of("x"), shard.journal->last()).ok());
    CHECK(shard.files->syncs == before + (syncs ? 10 : 0));
    REQUIRE(shard.journal->sync().ok());
    CHECK(shard.files->syncs == before + (syncs ? 10 : 1));
}

TEST_CASE("a power cut takes what was not synced and leaves a shorter history", "[storage][R34]") {
    MemoryStore store{{.can_crash = true}};
    auto journal =
        std::move(LocalJournal::open(store, {.durability = Durability::Periodic, .now_ms = 1000}))
            .value();
    REQUIRE(journal->claim().ok());
    REQUIRE(journal->append(batch_of("synced"), journal->last()).ok());
    REQUIRE(journal->sync().ok());
    const Position synced = journal->last();
    for (const char* value : {"a", "b", "c"})
        REQUIRE(journal->append(batch_of(value), journal->last()).ok());
    CHECK(store.unsynced() == 3);
    const auto kept = GENERATE(0u, 1u, 3u);
    store.crash(kept);
    CHECK(store.applied() == Position{synced.incarnation, synced.sequence + kept});
    CHECK(**store.get(Table::Main, "key") == std::vector{"synced", "a", "b", "c"}[kept]);
}

TEST_CASE("each scheduled fault answers, and keeps or loses the batch, as it says",
          "[storage][R34][R38]") {
    MemoryStore store;
    auto local = std::move(LocalJournal::open(store, {.durability = Durability::Memory})).value();
    int waits = 0;
    FaultyJournal journal{*local, {.wait = [&] { ++waits; }}};
    REQUIRE(journal.claim().ok());
    const auto append = [&] { return journal.append(batch_of("x"), journal.last()).code(); };
    const auto is_kept = [&] { return store.get(Table::Main, "key")->has_value(); };

    journal.schedule(JournalFault::Full);
    CHECK(append() == Code::DiskLow);
    CHECK_FALSE(is_kept());
    SECTION("delay") {
        journal.schedule(JournalFault::Delay);
        CHECK(append() == Code::Ok);
        CHECK(waits == 1);
        CHECK(is_kept());
        return;
    }
    SECTION("unknown, lost") {
        journal.schedule(JournalFault::UnknownLost);
        CHECK(append() == Code::Unknown);
        CHECK_FALSE(is_kept());
        CHECK(append() == Code::Unknown);
    }
    SECTION("unknown, kept") {
        journal.schedule(JournalFault::UnknownKept);
        CHECK(append() == Code::Unknown);
        CHECK(is_kept());
        CHECK(append() == Code::Unknown);
    }
    SECTION("fenced") {
        journal.schedule(JournalFault::Fenced);
        CHECK(append() == Code::NotOwner);
        CHECK_FALSE(is_kept());
        CHECK(append() == Code::NotOwner);
    }
    CHECK_FALSE(journal.sync().ok());
    CHECK_FALSE(journal.checkpoint().ok());
}

TEST_CASE("the same seed gives the same faults, about as many as the chances say", "[storage]") {
    const auto run = [](std::uint64_t seed) {
        MemoryStore store;
        auto local =
            std::move(LocalJournal::open(store, {.durability = Durability::Memory})).value();
        FaultyJournal journal{*local, {.seed = seed, .full = 0.25}};
        REQUIRE(journal.claim().ok());
        std::vector<Code> codes;
        for (int i = 0; i < 1000; ++i)
            codes.push_back(journal.append(batch_of("x"), journal.last()).code());
        CHECK(journal.faults() > 150);
        CHECK(journal.faults() < 350);
        return codes;
    };
    CHECK(run(7) == run(7));
    CHECK(run(7) != run(8));
}
