// The rows of logs and checkpoints: what is written over, what is erased, and how they are read.
#include "full_records.h"
#include "keys.h"
#include "records.h"
#include "recovered.h"

#include <catch2/catch.hpp>

using namespace swarmq;
using namespace swarmq::storage;
using namespace swarmq::test;

namespace {

constexpr std::uint8_t kAllNotes = kLogRows | kCheckpointRow | kLargeCheckpointRow;

Changes with_lines(JobSeq seq, std::uint32_t first, std::uint32_t count) {
    Changes changes;
    for (std::uint32_t i = first; i < first + count; ++i)
        changes.logs.push_back({seq, i, 10 * i, "line " + std::to_string(i)});
    return changes;
}

std::shared_ptr<const std::string> checkpoint_of(const Shard& shard, JobSeq seq, RowBits rows) {
    const JobKey key{seq, rows};
    const auto read = read_checkpoints(shard.store, shard.id, {&key, 1});
    REQUIRE(read.ok());
    return read->front();
}

}  // namespace

TEST_CASE("a log is read by number, the newest hundred of it, from wherever asked", "[storage][R7]") {
    Shard shard;
    shard.apply(with_lines(JobSeq{4}, 1, 70));
    shard.apply(with_lines(JobSeq{5}, 1, 3));
    shard.apply(with_lines(JobSeq{4}, 71, 180));
    CHECK(shard.row_count() == 103);
    const auto all = read_log(shard.store, shard.id, JobSeq{4}, 0, 1'000);
    REQUIRE(all.ok());
    REQUIRE(all->size() == 100);
    CHECK(all->front().number == 151);
    CHECK(all->back().number == 250);
    CHECK(all->back().text == "line 250");
    CHECK(all->back().time_ms == 2'500);
    const auto some = read_log(shard.store, shard.id, JobSeq{4}, 200, 7);
    REQUIRE(some.ok());
    REQUIRE(some->size() == 7);
    CHECK(some->front().number == 201);
    CHECK(read_log(shard.store, shard.id, JobSeq{6}, 0, 100)->empty());
}

TEST_CASE("the newest checkpoint of a turn is the one that is stored, small or large", "[storage][R20]") {
    Shard shard;
    Changes changes;
    changes.checkpoints = {{JobSeq{4}, bytes(10, 'a'), false}, {JobSeq{4}, bytes(20, 'b'), false}};
    shard.apply(changes);
    CHECK(*checkpoint_of(shard, JobSeq{4}, kCheckpointRow) == std::string(20, 'b'));
    changes.checkpoints = {{JobSeq{4}, bytes(5'000, 'c'), true}};
    shard.apply(changes);
    changes.checkpoints = {{JobSeq{4}, bytes(3, 'd'), true}};
    shard.apply(changes);
    CHECK(*checkpoint_of(shard, JobSeq{4}, kCheckpointRow | kLargeCheckpointRow) == "ddd");
    CHECK(checkpoint_of(shard, JobSeq{4}, 0) == nullptr);
    CHECK(checkpoint_of(shard, JobSeq{5}, kCheckpointRow) == nullptr);
}

TEST_CASE("a dropped checkpoint and a removed job leave no rows of them", "[storage][R9][R20]") {
    Shard shard;
    Changes changes = with_lines(JobSeq{4}, 1, 5);
    changes.checkpoints = {{JobSeq{4}, bytes(10, 'a'), false}};
    shard.apply(changes);
    changes = with_lines(JobSeq{4}, 6, 5);
    changes.checkpoints = {{JobSeq{4}, bytes(5'000, 'b'), true}};
    shard.apply(changes);
    REQUIRE(shard.row_count() == 12);
    SECTION("dropped") {
        Changes dropped;
        // One that was saved in the same turn goes, too.
        dropped.checkpoints = {{JobSeq{4}, bytes(5, 'c'), true}};
        dropped.checkpoints_dropped = {{JobSeq{4}, kAllNotes}};
        shard.apply(dropped);
        CHECK(shard.row_count() == 10);
    }
    SECTION("removed") {
        Changes removed = with_lines(JobSeq{4}, 11, 1);
        removed.removed = {{JobSeq{4}, kAllNotes}};
        shard.apply(removed);
        CHECK(shard.row_count() == 0);
    }
    SECTION("dropped and removed in one turn") {
        Changes both;
        both.checkpoints_dropped = {{JobSeq{4}, kAllNotes}};
        both.removed = {{JobSeq{4}, kLogRows}};
        shard.apply(both);
        CHECK(shard.row_count() == 0);
    }
}

TEST_CASE("notes of a job that comes and goes in one turn are never written", "[storage][R9]") {
    Changes changes = with_lines(JobSeq{4}, 1, 5);
    changes.added = {full_job(JobSeq{4})};
    changes.checkpoints = {{JobSeq{4}, bytes(10, 'a'), false}};
    changes.removed = {{JobSeq{4}, kLogRows | kCheckpointRow}};
    Batch batch;
    Encoder{ShardId{5}}.encode(changes, batch);
    CHECK(batch.operations() == 0);
}
