// What a turn changes comes back from its rows, field by field.
#include "records.h"

#include "full_records.h"
#include "keys.h"
#include "recovered.h"

#include <catch2/catch.hpp>

using namespace swarmq;
using namespace swarmq::storage;
using namespace swarmq::test;

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
    QueueControls full{QueueId{1}, {true, 11, 12}, {}};
    full.key_holds = {{"a", {true, 0, 0}}, {"b", {false, 13, 14}}};
    QueueSettings settings;
    settings.waiting_max = 15;
    settings.limits = {16, {{17, 18}, {19, 20}}};
    settings.key_limits = {0, {{21, 22}}};
    settings.keys = {{"a", {23, {}}}, {"b", {1, Limits{24, {}}}}};
    full.settings = std::make_shared<const QueueSettings>(settings);
    changes.queues = {{QueueId{1}, "embeddings", 2, 3, 4, 5, 6, 7}, {QueueId{2}, "other"}};
    changes.controls = {full, {QueueId{2}, {false, 11, 12}, {}}};
    shard.apply(changes);
    for (const QueueRecord& queue : changes.queues)
        CHECK(shard.recover().queues.at(queue.id) == show(queue));
    for (const QueueControls& set : changes.controls)
        CHECK(shard.recover().controls.at(set.queue) == show(set));
    const std::size_t rows = shard.row_count();
    Changes resumed;
    resumed.controls = {{QueueId{2}, {}, {}}};
    shard.apply(resumed);
    CHECK(shard.row_count() == rows - 1);
    Changes forgotten;
    forgotten.queues_forgotten = {QueueId{1}};
    shard.apply(forgotten);
    const Recovered recovered = shard.recover();
    CHECK(recovered.queues.size() == 1);
    CHECK(recovered.controls.empty());
    CHECK(recovered.queues.at(QueueId{2}) == show(changes.queues[1]));
}

TEST_CASE("every field of a scheduler comes back, until it is removed", "[storage][R14][R34]") {
    Shard shard;
    Changes changes;
    changes.queues = {{QueueId{1}, "reports", {}, {}}};
    changes.schedulers = {full_scheduler(QueueId{1}, "nightly"), full_scheduler(QueueId{1}, "a")};
    changes.schedulers_removed = {{QueueId{1}, "a"}};
    shard.apply(changes);
    Recovered recovered = shard.recover();
    CHECK(recovered.schedulers.at("nightly") == show(changes.schedulers[0]));
    CHECK(recovered.schedulers.at("a") == show(changes.schedulers[1]));
    Changes removed;
    removed.schedulers_removed = {{QueueId{1}, "nightly"}};
    shard.apply(removed);
    recovered = shard.recover();
    CHECK(recovered.schedulers.size() == 1);
    CHECK(recovered.schedulers.count("a") == 1);
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

TEST_CASE("a page of jobs ends before it is too large, whichever part is large", "[storage][R36]") {
    Shard shard;
    Changes changes;
    constexpr std::uint64_t kJobs = 200;
    for (std::uint64_t i = 1; i <= kJobs; ++i) {
        JobRecord job = full_job(JobSeq{i});
        const bool is_large = i % 50 == 0;
        job.payload = bytes(is_large ? 300'000 : 1'000, 'p');
        job.payload_is_large = is_large;
        changes.added.push_back(job);
        if (i % 60 == 0) changes.outcomes.push_back({JobSeq{i}, bytes(200'000, 'r'), "", ""});
    }
    shard.apply(changes);
    std::vector<JobKey> keys;
    for (std::uint64_t i = 1; i <= kJobs; ++i)
        keys.push_back({JobSeq{i}, static_cast<std::uint8_t>((i % 50 == 0 ? kLargePayloadRow : 0) |
                                                             (i % 60 == 0 ? kLargeOutcomeRow : 0))});
    constexpr std::size_t kBytesMax = 350'000;
    std::span<const JobKey> left = keys;
    std::size_t pages = 0;
    while (!left.empty()) {
        const auto page = read_jobs_within(shard.store, shard.id, left, true, kBytesMax);
        REQUIRE(page.ok());
        REQUIRE(page->size() >= 1);
        std::size_t size = 0;
        for (std::size_t i = 0; i < page->size(); ++i) {
            REQUIRE((*page)[i]);
            CHECK((*page)[i]->record.seq == left[i].seq);
            size += (*page)[i]->record.payload->size();
            if ((*page)[i]->outcome.result) size += (*page)[i]->outcome.result->size();
        }
        CHECK((size <= kBytesMax || page->size() == 1));
        left = left.subspan(page->size());
        ++pages;
    }
    CHECK(pages > 3);
    CHECK(pages < 20);
    const auto first = read_jobs_within(shard.store, shard.id, keys, true, 1);
    REQUIRE(first.ok());
    CHECK(first->size() == 1);
}
