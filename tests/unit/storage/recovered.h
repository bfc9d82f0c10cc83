// What recovery answers, as text by key, and a shard to encode changes into.
#pragma once

#include "memory_store.h"
#include "records.h"
#include "shown.h"

#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <vector>

namespace swarmq::test {

// Also checks the order that recovery promises.
class Recovered : public storage::RecoverySink {
  public:
    void recover_queue(QueueRecord&& queue) override {
        at_step(0);
        queues[queue.id] = show(queue);
    }
    void recover_controls(QueueControls&& set) override {
        at_step(1);
        controls[set.queue] = show(set);
    }
    void recover_scheduler(SchedulerRecord&& scheduler) override {
        at_step(2);
        schedulers[scheduler.key] = show(scheduler);
    }
    void recover_dedup_key(DedupRecord&& key) override {
        at_step(3);
        dedup_keys[key.name.key] = show(key);
    }
    void recover_job(JobRecord&& job) override {
        at_step(4);
        CHECK(job.seq > newest_job_);
        CHECK_FALSE(job.payload);
        newest_job_ = job.seq;
        jobs[job.seq] = show(job);
        classes[show(*job.job_class)].push_back(job.job_class);
    }
    void recover_status(TurnNumber turn, JobStatus&& status) override {
        at_step(5);
        CHECK(turn >= newest_turn_);
        newest_turn_ = turn;
        statuses[status.seq] = show(status);
    }
    void recover_condemned(JobSeq seq) override {
        at_step(6);
        condemned.push_back(seq);
    }
    void recover_answers(AnswersRecord&& record) override {
        at_step(6);
        answers[{record.client_id, record.answers.front().number}] = show(record);
    }

    std::map<QueueId, std::string> queues;
    std::map<QueueId, std::string> controls;
    std::map<std::string, std::string> schedulers;
    std::map<std::string, std::string> dedup_keys;
    std::map<JobSeq, std::string> jobs;
    std::map<std::string, std::vector<std::shared_ptr<const JobClass>>> classes;
    std::map<JobSeq, std::string> statuses;
    std::vector<JobSeq> condemned;
    std::map<std::pair<std::string, std::uint64_t>, std::string> answers;

  private:
    void at_step(int step) {
        CHECK(step >= step_);
        step_ = step;
    }

    int step_ = 0;
    JobSeq newest_job_{};
    TurnNumber newest_turn_{};
};

// A shard's rows in memory.
struct Shard {
    void apply(const Changes& changes) {
        batch.clear();
        encoder.encode(changes, batch);
        const Position next{1, store.applied().sequence + 1};
        REQUIRE(store.apply(batch, next, storage::Sync::No).ok());
    }
    Recovered recover() const {
        Recovered recovered;
        const auto result = storage::recover(store, id, recovered, {});
        if (!result.ok()) FAIL(result.error().detail);
        return recovered;
    }
    std::size_t row_count() const {
        std::size_t rows = 0;
        const auto count = [&](std::string_view, std::string_view) { return ++rows > 0; };
        for (const auto table : {storage::Table::Main, storage::Table::Large})
            REQUIRE(store.scan(table, std::string_view{"\0", 1}, "\xff", count).ok());
        return rows - 1;  // Without the position row.
    }

    using Position = storage::Position;
    ShardId id{5};
    storage::MemoryStore store{{.shard = ShardId{5}}};
    storage::Encoder encoder{ShardId{5}};
    storage::Batch batch;
};

}  // namespace swarmq::test
