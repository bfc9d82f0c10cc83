// What a turn changes comes back from its rows, field by field.
#include "records.h"

#include "keys.h"
#include "recovered.h"

#include <catch2/catch.hpp>

using namespace swarmq;
using namespace swarmq::storage;
using namespace swarmq::test;

namespace {

std::shared_ptr<const std::string> bytes(std::size_t size, char fill) {
    return std::make_shared<const std::string>(size, fill);
}

std::shared_ptr<const JobClass> full_class() {
    JobClass job_class{.queue = QueueId{3},
                       .name = "generate-embedding",
                       .attempts_max = 4,
                       .backoff = {BackoffType::Exponential, 1000, 60'000, 0.25},
                       .timeout_ms = 5000,
                       .ttl_ms = 6000,
                       .max_stalled = 2,
                       .keep_completed = {0, std::nullopt},
                       .keep_failed = {std::nullopt, 7 * kDayMs},
                       .on_failure_queue = "dead",
                       .on_failure_name = "look-at-it"};
    return std::make_shared<const JobClass>(job_class);
}

JobRecord full_job(JobSeq seq) {
    JobRecord job;
    job.seq = seq;
    job.job_class = full_class();
    job.chosen_id = "invoice-7";
    job.priority = 200;
    job.lifo = true;
    job.created_ms = 1'700'000'000'000;
    job.due_ms = 1'700'000'050'000;
    job.delay_ms = 50'000;
    job.due_by_wall_clock = true;
    job.rank_when_ms = -17;
    job.headers = {{"traceparent", "00-1"}, {"a", ""}, {"not utf-8", "\xff\xfe"}};
    job.tags = {"tenant:7", "nightly"};
    job.payload = bytes(10, 'p');
    return job;
}

JobStatus full_status(JobSeq seq) {
    JobStatus status;
    status.seq = seq;
    status.state = JobState::Failed;
    status.priority = 255;
    status.rows = kOutcomeRow | kProgressRow | kAttemptRows;
    status.failure_kind = FailureKind::Timeout;
    status.last_answer = AnswerKind::Fail;
    status.due_by_wall_clock = true;
    status.rank = {-5, ~0ull};
    status.due_ms = 11;
    status.delay_ms = 12;
    status.attempts_made = 13;
    status.stalls = 14;
    status.attempt_rows = 15;
    status.token = LeaseToken{with_epoch(Epoch{9}, 16)};
    status.lease_ms = 30'000;
    status.session = std::make_shared<SessionRecord>(SessionRecord{"session", "worker"});
    status.started_ms = 17;
    status.finished_ms = 18;
    status.ended_ordinal = 19;
    return status;
}

AttemptRecord attempt(JobSeq seq, std::uint32_t index) {
    return {seq,        index,          index + 1,          "worker",
            10 * index, 10 * index + 5, FailureKind::Error, "it \xff broke"};
}

}  // namespace

TEST_CASE("every field of a job comes back after a restart", "[storage][R7][R34]") {
    Shard shard;
    JobRecord plain;
    plain.seq = JobSeq{2};
    plain.job_class = std::make_shared<JobClass>();
    plain.payload = bytes(0, ' ');
    Changes changes;
    changes.turn = TurnNumber{1};
    changes.added = {full_job(JobSeq{1}), plain};
    shard.apply(changes);
    const Recovered recovered = shard.recover();
    REQUIRE(recovered.jobs.size() == 2);
    CHECK(recovered.jobs.at(JobSeq{1}) == show(changes.added[0]));
    CHECK(recovered.jobs.at(JobSeq{2}) == show(plain));
}

TEST_CASE("every field of a status comes back, and the last one of a job counts",
          "[storage][R34]") {
    Shard shard;
    Changes changes;
    changes.turn = TurnNumber{7};
    JobStatus older = full_status(JobSeq{1});
    older.state = JobState::Active;
    changes.statuses = {older, full_status(JobSeq{2}), full_status(JobSeq{1})};
    shard.apply(changes);
    CHECK(shard.row_count() == 1);
    CHECK(shard.recover().statuses.at(JobSeq{1}) == show(full_status(JobSeq{1})));

    Changes later;
    later.turn = TurnNumber{8};
    later.statuses.emplace_back().seq = JobSeq{1};
    shard.apply(later);
    const Recovered recovered = shard.recover();
    CHECK(recovered.statuses.at(JobSeq{1}) == show(later.statuses[0]));
    CHECK(recovered.statuses.at(JobSeq{2}) == show(full_status(JobSeq{2})));
}

TEST_CASE("every field of a queue comes back, until it is forgotten", "[storage][R8][R34]") {
    Shard shard;
    Changes changes;
    changes.queues = {{QueueId{1}, "embeddings", true, 2, 3, 4, 5, 6, 7}, {QueueId{2}, "other"}};
    shard.apply(changes);
    CHECK(shard.recover().queues.at(QueueId{1}) == show(changes.queues[0]));
    Changes forgotten;
    forgotten.queues_forgotten = {QueueId{1}};
    shard.apply(forgotten);
    const Recovered recovered = shard.recover();
    CHECK(recovered.queues.size() == 1);
    CHECK(recovered.queues.at(QueueId{2}) == show(changes.queues[1]));
}

TEST_CASE("every field of a client's answers comes back, until they are dropped",
          "[storage][R12][R34]") {
    Shard shard;
    Answer items;
    items.items = {{Code::AlreadyExists, 2, JobSeq{5}, "invoice-7", "why"},
                   {Code::Ok, 1, JobSeq{6}, "", ""}};
    items.changed = 3;
    items.more = true;
    Answer range;
    range.first_seq = JobSeq{100};
    range.seq_count = 50;
    Changes changes;
    changes.answers = {{"client-b", 9, {{7, range}}}, {"client-a", 8, {{1, items}, {2, range}}}};
    shard.apply(changes);
    Recovered recovered = shard.recover();
    CHECK(recovered.answers.at({"client-a", 1}) == show(changes.answers[1]));
    CHECK(recovered.answers.at({"client-b", 7}) == show(changes.answers[0]));
    Changes dropped;
    dropped.answers_dropped = {{"client-a", 1}};
    shard.apply(dropped);
    recovered = shard.recover();
    CHECK(recovered.answers.size() == 1);
}

TEST_CASE("one job is read with payload, outcome, progress and attempts, oldest first",
          "[storage][R7]") {
    Shard shard;
    const std::size_t size = GENERATE(0, 4096, 4097, 1 << 20);
    Changes changes;
    JobRecord job = full_job(JobSeq{4});
    job.payload = bytes(size, 'p');
    job.payload_is_large = size > kLargeValueBytes;
    changes.added = {job};
    changes.outcomes = {{JobSeq{4}, bytes(size, 'r'), "application/json", "no reason"}};
    changes.progress = {{JobSeq{4}, "20"}, {JobSeq{4}, "25"}};
    for (std::uint32_t i = 0; i < 130; ++i) changes.attempts.push_back(attempt(JobSeq{4}, i));
    shard.apply(changes);

    const JobKey keys[] = {{JobSeq{3}, 0}, {JobSeq{4}, kOutcomeRow | kProgressRow | kAttemptRows}};
    const auto read = read_jobs(shard.store, shard.id, keys, true);
    REQUIRE(read.ok());
    CHECK_FALSE((*read)[0]);
    const StoredJob& stored = *(*read)[1];
    CHECK(show(stored.record) == show(job));
    CHECK(*stored.record.payload == *job.payload);
    CHECK(show(stored.outcome) == show(changes.outcomes[0]));
    CHECK(stored.progress == "25");
    REQUIRE(stored.attempts.size() == kAttemptRowsMax);
    CHECK(show(stored.attempts.front()) == show(changes.attempts[30]));
    CHECK(show(stored.attempts.back()) == show(changes.attempts[129]));

    const JobKey bare[] = {{JobSeq{4}, 0}};
    const auto without = read_jobs(shard.store, shard.id, bare, false);
    REQUIRE(without.ok());
    CHECK_FALSE((*without)[0]->record.payload);
    CHECK((*without)[0]->attempts.empty());
    const JobSeq seqs[] = {JobSeq{4}, JobSeq{5}};
    const auto deliverables = read_deliverables(shard.store, shard.id, seqs);
    REQUIRE(deliverables.ok());
    CHECK(*(*deliverables)[0]->payload == *job.payload);
    CHECK((*deliverables)[0]->headers == job.headers);
    CHECK((*deliverables)[0]->tags == job.tags);
    CHECK_FALSE((*deliverables)[1]);
}

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
    changes.queues = {{QueueId{2}, "b"}, {QueueId{1}, "a"}};
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
