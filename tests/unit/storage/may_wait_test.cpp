// What a store says of an append before it: whether it may have to wait for a disk.
#include "local_journal.h"
#include "memory_store.h"
#include "rocks_store.h"
#include "support/temporary_directory.h"

#include <catch2/catch.hpp>

#include <string>

using namespace swarmq;
using namespace swarmq::storage;
using namespace swarmq::test;

namespace {

constexpr std::size_t kWindowBytes = 64 * 1024;

Batch batch_of(std::size_t bytes) {
    Batch batch;
    batch.put(Table::Main, "key", std::string(bytes, 'v'));
    return batch;
}

struct StoreOnDisk {
    StoreOnDisk() {
        auto opened = RocksStore::open({.directory = directory.file("store"),
                                        .log_syncs_late = true,
                                        .window_bytes = kWindowBytes});
        REQUIRE(opened.ok());
        store = std::move(opened).value();
    }
    void apply(const Batch& batch) {
        REQUIRE(store->apply(batch, {1, store->applied().sequence + 1}, Sync::No).ok());
    }

    TemporaryDirectory directory;
    std::unique_ptr<RocksStore> store;
};

}  // namespace

TEST_CASE("an append waits for no disk once there is a log file with room", "[storage][R34]") {
    StoreOnDisk disk;
    CHECK(disk.store->may_wait(batch_of(10)));
    disk.apply(batch_of(10));
    CHECK_FALSE(disk.store->may_wait(batch_of(10)));
    CHECK(disk.store->may_wait(batch_of(kWindowBytes)));
    disk.apply(batch_of(kWindowBytes - 2'000));
    CHECK(disk.store->may_wait(batch_of(2'000)));
}

TEST_CASE("to erase a range may need the tables, and waits for them", "[storage][R34]") {
    StoreOnDisk disk;
    disk.apply(batch_of(10));
    Batch range = batch_of(10);
    range.erase_range(Table::Main, "a", "b");
    CHECK(range.erases_ranges());
    CHECK(Batch::from_bytes(range.bytes())->erases_ranges());
    CHECK(disk.store->may_wait(range));
    range.clear();
    range.put(Table::Main, "a", "b");
    CHECK_FALSE(disk.store->may_wait(range));
}

TEST_CASE("a journal that syncs each append waits for that", "[storage][R34]") {
    MemoryStore store;
    CHECK_FALSE(store.may_wait(batch_of(10)));
    const auto waits = [&](Durability durability) {
        const auto journal = LocalJournal::open(store, {.durability = durability});
        REQUIRE(journal.ok());
        return (*journal)->waits(batch_of(10));
    };
    CHECK(waits(Durability::Sync) == AppendWaits::ForItsSync);
    CHECK(waits(Durability::Periodic) == AppendWaits::ForNothing);
    CHECK(waits(Durability::Memory) == AppendWaits::ForNothing);
}
