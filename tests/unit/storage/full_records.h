// Plain values in which every field says something.
#pragma once

#include "model/changes.h"

#include <memory>
#include <string>

namespace swarmq::test {

inline std::shared_ptr<const std::string> bytes(std::size_t size, char fill) {
    return std::make_shared<const std::string>(size, fill);
}

inline std::shared_ptr<const JobClass> full_class() {
    JobClass job_class{.queue = QueueId{3},
                       .name = "generate-embedding",
                       .key = "tenant-7",
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

inline JobRecord full_job(JobSeq seq) {
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
    job.deduplication = {"invoice-7", DedupMode::Debounce, 50'000};
    job.headers = {{"traceparent", "00-1"}, {"a", ""}, {"not utf-8", "\xff\xfe"}};
    job.tags = {"tenant:7", "nightly"};
    job.payload = bytes(10, 'p');
    job.parent = JobSeq{3};
    job.child_index = 7;
    job.on_child_failure = OnChildFailure::Ignore;
    return job;
}

inline JobStatus full_status(JobSeq seq) {
    JobStatus status;
    status.seq = seq;
    status.state = JobState::Failed;
    status.priority = 255;
    status.rows = kOutcomeRow | kProgressRow | kAttemptRows;
    status.failure_kind = FailureKind::Timeout;
    status.last_answer = AnswerKind::Fail;
    status.due_by_wall_clock = true;
    status.starts_when_told = true;
    status.rank = {-5, ~0ull};
    status.due_ms = 11;
    status.delay_ms = 12;
    status.attempts_made = 13;
    status.stalls = 14;
    status.attempt_rows = 15;
    status.log_lines = 21;
    status.checkpoint_bytes = 22;
    status.token = LeaseToken{with_epoch(Epoch{9}, 16)};
    status.lease_ms = 30'000;
    status.session = std::make_shared<SessionRecord>(SessionRecord{"session", "worker"});
    status.started_ms = 17;
    status.finished_ms = 18;
    status.ended_ordinal = 19;
    status.family = std::make_shared<const FamilyRecord>(FamilyRecord{9, 3, 2, 1, 2, true, JobSeq{5}});
    return status;
}

inline SchedulerRecord full_scheduler(QueueId queue, std::string key) {
    SchedulerRecord scheduler;
    scheduler.queue = queue;
    scheduler.key = std::move(key);
    scheduler.repeat = std::make_shared<const Repeat>(
        Repeat{60'000, "0 9 * * 1-5", "Europe/Berlin", 1'700'000'000'000, 1'800'000'000'000, 12,
               OverlapRule::Allow, MissedRule::All, 7});
    scheduler.job = std::make_shared<const JobTemplate>(
        JobTemplate{*full_class(), 200, true, 511, {{"a", "ÿ"}}, {"nightly"}, bytes(5'000, 'p')});
    scheduler.created_ms = 1;
    scheduler.due_ms = 2;
    scheduler.due_by_wall_clock = true;
    scheduler.added = 3;
    scheduler.skipped = 4;
    scheduler.last_tick_ms = 5;
    scheduler.last_job = JobSeq{6};
    return scheduler;
}

inline DedupRecord full_dedup_key(QueueId queue, std::string key) {
    return {
        {queue, std::move(key)}, DedupMode::KeepLatest, JobSeq{7}, "invoice-7", JobSeq{8}, 9, 10};
}

inline AttemptRecord attempt(JobSeq seq, std::uint32_t index) {
    return {seq,        index,          index + 1,          "worker",
            10 * index, 10 * index + 5, FailureKind::Error, "it \xff broke"};
}

}  // namespace swarmq::test
