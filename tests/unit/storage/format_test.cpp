// Which stores are opened and which are refused.
#include "format.h"

#include "disk_shard.h"
#include "memory_store.h"

#include <catch2/catch.hpp>

using namespace swarmq;
using namespace swarmq::storage;
using namespace swarmq::test;

TEST_CASE("a new store gets an identity, and keeps it", "[storage]") {
    MemoryStore store;
    const auto made = LocalJournal::open(store, {.shard_count = 2, .now_ms = 1000});
    REQUIRE(made.ok());
    const Meta first = (*made)->meta();
    CHECK(first.format_version == kFormatVersion);
    CHECK(first.store_id.size() == 32);
    CHECK(first.created_ms == 1000);
    CHECK((*made)->last() == Position{1000, 1});
    const auto again = LocalJournal::open(store, {.shard_count = 2, .now_ms = 2000});
    REQUIRE(again.ok());
    CHECK((*again)->meta().store_id == first.store_id);
    CHECK((*again)->last() == Position{1000, 1});
}

TEST_CASE("a newer format is refused with both versions in the line", "[storage][R33]") {
    MemoryStore store;
    Meta meta = make_meta(1, 0);
    meta.format_version = kFormatVersion + 1;
    Batch batch;
    put_meta(ShardId{}, meta, batch);
    REQUIRE(store.apply(batch, {1, 1}, Sync::No).ok());
    const auto opened = LocalJournal::open(store, {});
    REQUIRE(opened.code() == Code::UnsupportedVersion);
    CHECK(mentions(opened.error().detail, "format 2"));
    CHECK(mentions(opened.error().detail, "up to format 1"));
}

TEST_CASE("another number of shards is refused", "[storage]") {
    MemoryStore store;
    REQUIRE(LocalJournal::open(store, {.shard_count = 2}).ok());
    const auto opened = LocalJournal::open(store, {.shard_count = 3});
    REQUIRE(opened.code() == Code::InvalidArgument);
    CHECK(mentions(opened.error().detail, "2 shards"));
}

TEST_CASE("a store without or with a strange meta row is refused", "[storage]") {
    MemoryStore store;
    REQUIRE(store.apply({}, {1, 1}, Sync::No).ok());
    CHECK(LocalJournal::open(store, {}).code() == Code::Internal);
    Batch batch;
    batch.put(Table::Main, std::string("\0\0\x01", 3), "\xff\xff");
    REQUIRE(store.apply(batch, {1, 2}, Sync::No).ok());
    const auto opened = LocalJournal::open(store, {});
    REQUIRE(opened.code() == Code::Internal);
    CHECK(mentions(opened.error().detail, "meta row"));
}

TEST_CASE("a store that is open cannot be opened a second time", "[storage][R34]") {
    DiskShard shard;
    REQUIRE(shard.open().ok());
    const auto second = RocksStore::open({.directory = shard.paths.store});
    REQUIRE(second.code() == Code::Unavailable);
    CHECK(mentions(second.error().detail, "in use by another process"));
}
