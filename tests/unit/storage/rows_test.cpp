// Which rows a turn writes and erases, and what recovery makes of them.
#include "full_records.h"
#include "keys.h"
#include "records.h"
#include "recovered.h"

#include <catch2/catch.hpp>

using namespace swarmq;
using namespace swarmq::storage;
using namespace swarmq::test;

TEST_CASE("a removed job leaves no row behind", "[storage][R9]") {
    Shard shard;
    Changes changes;
    JobRecord job = full_job(JobSeq{4});
    job.payload = bytes(5000, 'p');
    changes.added = {job};
    changes.outcomes = {{JobSeq{4}, bytes(5000, 'r'), "", ""}};
    changes.progress = {{JobSeq{4}, "20"}};
    changes.attempts = {attempt(JobSeq{4}, 0), attempt(JobSeq{4}, 1), attempt(JobSeq{5}, 0)};
    shard.apply(changes);
    Changes removal;
    removal.removed = {{JobSeq{4}, kOutcomeRow | kProgressRow | kAttemptRows | kLargePayloadRow |
                                       kLargeOutcomeRow}};
    shard.apply(removal);
    CHECK(shard.row_count() == 1);  // The other job's attempt.
}

TEST_CASE("removal wins over all that the same turn wrote", "[storage][R9]") {
    Shard shard;
    Changes changes;
    changes.added = {full_job(JobSeq{4}), full_job(JobSeq{5})};
    changes.statuses = {full_status(JobSeq{4})};
    changes.outcomes = {{JobSeq{4}, bytes(5000, 'r'), "", ""}};
    changes.progress = {{JobSeq{4}, "20"}};
    changes.attempts = {attempt(JobSeq{4}, 0)};
    changes.removed = {{JobSeq{4}, kOutcomeRow | kLargeOutcomeRow | kProgressRow | kAttemptRows}};
    Batch batch;
    Encoder encoder{ShardId{5}};
    encoder.encode(changes, batch);
    CHECK(batch.operations() == 1);  // The other job; what never was is not erased either.
    shard.apply(changes);
    CHECK(shard.recover().jobs.size() == 1);
    CHECK(shard.row_count() == 1);
}

TEST_CASE("a turn of any size is stored in parts and dropped whole", "[storage][R36]") {
    Shard shard;
    Changes changes;
    changes.turn = TurnNumber{3};
    constexpr std::uint64_t kJobs = 5000;
    for (std::uint64_t i = kJobs; i > 0; --i) {
        changes.statuses.push_back(full_status(JobSeq{i}));
        changes.statuses.back().session =
            std::make_shared<SessionRecord>(SessionRecord{"s" + std::to_string(i % 3), "w"});
    }
    shard.apply(changes);
    CHECK(shard.row_count() > 3);
    CHECK(shard.batch.bytes().size() < kJobs * 110);
    const Recovered recovered = shard.recover();
    REQUIRE(recovered.statuses.size() == kJobs);
    for (const JobStatus& status : changes.statuses)
        if (recovered.statuses.at(status.seq) != show(status)) FAIL(show(status));

    Changes next;
    next.turn = TurnNumber{4};
    next.statuses = {full_status(JobSeq{1})};
    next.turns_dropped = {TurnNumber{3}};
    if (GENERATE(false, true)) {
        shard.apply(next);
    } else {  // After a restart nothing is remembered of the turn.
        Encoder another{ShardId{5}};
        shard.batch.clear();
        another.encode(next, shard.batch);
        REQUIRE(shard.store.apply(shard.batch, {1, 2}, Sync::No).ok());
    }
    CHECK(shard.row_count() == 1);
}

TEST_CASE("jobs of equal classes share one object after a restart", "[storage][R36]") {
    Shard shard;
    Changes changes;
    for (std::uint64_t i = 1; i <= 20; ++i) {
        changes.added.push_back(full_job(JobSeq{i}));
        if (i % 2) changes.added.back().job_class = std::make_shared<JobClass>();
    }
    shard.apply(changes);
    const Recovered recovered = shard.recover();
    REQUIRE(recovered.classes.size() == 2);
    for (const auto& [text, objects] : recovered.classes)
        for (const auto& object : objects) CHECK(object == objects.front());
}

TEST_CASE("a row that cannot be understood stops recovery and is named", "[storage][R34]") {
    Shard shard;
    Changes changes;
    changes.added = {full_job(JobSeq{with_epoch(Epoch{1}, 7)})};
    shard.apply(changes);
    Batch damage;
    damage.put(Table::Main, job_key(shard.id, JobSeq{with_epoch(Epoch{1}, 9)}), "\x7fshort");
    REQUIRE(shard.store.apply(damage, {1, 2}, Sync::No).ok());
    Recovered recovered;
    const auto result = recover(shard.store, shard.id, recovered, {});
    REQUIRE(result.code() == Code::Internal);
    CHECK(result.error().detail.find("job j5-1-9 (6 bytes)") != std::string::npos);
    CHECK(result.error().detail.find("swarmqd verify") != std::string::npos);
}

TEST_CASE("a batch's keys rise", "[storage][R36]") {
    Changes changes;
    changes.turn = TurnNumber{9};
    changes.added = {full_job(JobSeq{20}), full_job(JobSeq{21})};
    changes.removed = {{JobSeq{12}, 0}, {JobSeq{11}, kProgressRow | kOutcomeRow}};
    changes.statuses = {full_status(JobSeq{13}), full_status(JobSeq{3})};
    changes.progress = {{JobSeq{13}, "2"}, {JobSeq{3}, "1"}};
    changes.queues = {{QueueId{2}, "b", {}, {}}, {QueueId{1}, "a", {}, {}}};
    changes.turns_dropped = {TurnNumber{8}, TurnNumber{2}};
    changes.answers = {{"b", 1, {{1, {}}}}, {"a", 1, {{1, {}}}}};
    Batch batch;
    Encoder{ShardId{1}}.encode(changes, batch);
    struct Rising : Batch::Visitor {
        void put(Table, std::string_view key, std::string_view) override { check(key); }
        void erase(Table, std::string_view key) override { check(key); }
        void erase_range(Table, std::string_view from, std::string_view) override { check(from); }
        void check(std::string_view key) {
            CHECK(last < key);
            last = key;
            ++seen;
        }
        std::string last;
        int seen = 0;
    } rising;
    batch.visit(rising);
    CHECK(rising.seen == 15);
}
