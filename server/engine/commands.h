// What can be asked of the engine, as plain values. Sizes and names are checked by the engine.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/changes.h"
#include "model/ids.h"
#include "model/job.h"
#include "model/scheduler.h"

namespace swarmq::engine {

// Names a session inside one boot.
enum class SessionKey : std::uint64_t {};

struct JobSpec {
    std::string id;  // Empty: made by the engine.
    std::string name;
    std::string key;  // Empty: none.
    std::shared_ptr<const std::string> payload;
    std::uint32_t priority = 2;  // 0..255
    bool lifo = false;
    DurationMs delay_ms = 0;
    TimeMs run_at_ms = 0;  // Excludes delay_ms; 0: not given.
    std::uint32_t attempts_max = 1;
    Backoff backoff;
    DurationMs timeout_ms = 0;
    DurationMs ttl_ms = 0;
    std::uint32_t max_stalled = 1;
    Keep keep_completed = kKeepCompletedDefault;
    Keep keep_failed = kKeepFailedDefault;
    std::string on_failure_queue;
    std::string on_failure_name;
    Deduplication deduplication;
    Headers headers;
    std::vector<std::string> tags;
    // The fields whose value the producer chose, JobField bits: the queue's defaults fill in the others.
    std::uint32_t chosen = 0;
};

// Bits of JobSpec::chosen. Stored with schedulers: never renumber.
enum JobField : std::uint32_t {
    kPriority = 1,
    kAttempts = 2,
    kBackoff = 4,
    kTimeout = 8,
    kTtl = 16,
    kMaxStalled = 32,
    kKeepCompleted = 64,
    kKeepFailed = 128,
    kOnFailure = 256,
};

struct AddJobs {
    std::string queue;
    std::vector<JobSpec> jobs;
    std::vector<std::string> queues{};  // Instead of queue: of each job.
    bool is_independent = false;        // Each job as if it had come alone.
};

// Names one job: its queue, and the id its producer or the engine gave it.
struct JobName {
    std::string queue;
    std::string id;
};

struct Subscribe {
    std::uint32_t subscription = 0;
    std::vector<std::string> queues;
    DurationMs lease_ms = 0;  // 0: the default.
    // The timeouts of its jobs run from BeatItem::is_started, not from their grant (R16).
    bool timeouts_start_when_told = false;
};

struct Take {
    std::vector<std::string> queues;
    std::uint32_t jobs_max = 1;
    DurationMs wait_ms = 0;
    DurationMs lease_ms = 0;
    std::uint64_t request = 0;  // Comes back with the delivery.
};

struct Complete {
    std::shared_ptr<const std::string> result;
    std::string content_type;
};
struct Fail {
    std::string reason;
    bool is_unrecoverable = false;
    std::optional<DurationMs> retry_in_ms;
};
struct Release {};
struct Delay {
    DurationMs delay_ms = 0;
};
struct WaitForChildren {};

// A job that is added together with the end of another one (R13).
struct FollowUp {
    std::string queue;
    JobSpec job;
};

struct FinishItem {
    JobName job;
    LeaseToken token{};
    std::variant<Complete, Fail, Release, Delay, WaitForChildren> outcome;
    // Nothing of the queue, or of the job's key, begins for so long; 0: no hold.
    DurationMs hold_queue_ms = 0;
    DurationMs hold_key_ms = 0;
    std::vector<std::string> log_lines = {};  // What the handler said last.
    std::vector<FollowUp> follow_ups = {};    // Added when the job completes, or fails for good.
};

struct FlowJob {
    std::string queue;
    JobSpec job;
    std::optional<std::uint32_t> parent = {};  // Its index in AddFlow::jobs, below this one's.
    OnChildFailure on_child_failure = OnChildFailure::None;  // Only of a child; None: FailParent.
};

// A job that the caller works on.
struct HeldJob {
    JobName job;
    LeaseToken token{};
};

struct AddFlow {
    std::vector<FlowJob> jobs;
    std::optional<HeldJob> parent = {};  // Of the jobs that name none.
};

// The tree below a job.
struct GetFlow {
    JobName job;
    std::uint32_t levels = 0;  // 0: all.
    std::size_t limit = 0;     // 0: the most allowed.
    bool from_root = false;    // From the topmost stored job above it.
};

struct BeatItem {
    JobName job;
    LeaseToken token{};
    std::optional<std::string> progress;
    bool is_started = false;  // A handler has begun; the first time counts.
    std::vector<std::string> log_lines = {};
    std::shared_ptr<const std::string> checkpoint = nullptr;
};

// What is paused, held or resumed: a queue, or one key of it.
struct HoldTarget {
    std::string queue;
    std::string key;  // Empty: the whole queue.
};

// Which jobs a bulk change is about: these ids, or with none all, at most `limit`.
struct BulkSelection {
    std::string queue;
    std::vector<std::string> ids;
    bool all = false;
    std::size_t limit = 0;  // 0: the most allowed.
};

struct Drain {
    std::string queue;
    bool include_delayed = false;
    std::size_t limit = 0;
};

struct Clean {
    std::string queue;
    JobState state = JobState::Completed;
    DurationMs older_than_ms = 0;
    std::size_t limit = 0;
    std::vector<std::string> ids = {};  // Not empty: only these; excludes older_than_ms.
};

// What is not set stays as it is (R17a).
struct UpdateJob {
    JobName job;
    std::shared_ptr<const std::string> payload;
    std::optional<std::uint32_t> priority;
    std::optional<DurationMs> delay_ms;  // From now; 0: no delay any more.
    std::optional<std::vector<std::string>> tags;
};

// A queue with everything in it; running jobs only if `is_forced`.
struct Obliterate {
    std::string queue;
    bool is_forced = false;
    std::size_t limit = 0;
};

struct ListWorkers {
    std::string queue;        // Empty: of all.
    std::uint64_t after = 0;  // Sessions with a higher number.
    std::size_t limit = 0;
};

struct ListQueues {
    std::string after;  // Names behind this one; empty: from the first.
    std::size_t limit = 0;
};

struct UpsertScheduler {
    std::string queue;
    std::string key;
    Repeat repeat;
    JobSpec job;  // Without id, delay_ms and run_at_ms.
};

struct ListSchedulers {
    std::string queue;  // Empty: of all, in order of queue and key.
    std::size_t limit = 0;
    std::string cursor;
};

// Which jobs a listing shows; what is not set lets every job pass. Times are from <= time < before.
struct JobFilter {
    std::string name;
    std::string tag;
    TimeMs created_from_ms = 0;
    TimeMs created_before_ms = 0;
    TimeMs finished_from_ms = 0;
    TimeMs finished_before_ms = 0;
    std::string error_text;

    // It can only be decided by what is stored of a job, not by what memory knows.
    bool needs_rows() const {
        return !tag.empty() || created_from_ms != 0 || created_before_ms != 0 ||
               !error_text.empty();
    }
    bool is_set() const {
        return needs_rows() || !name.empty() || finished_from_ms != 0 || finished_before_ms != 0;
    }
};

struct List {
    std::string queue;
    JobState state = JobState::None;  // None: all, in order of creation.
    std::size_t limit = 0;
    std::string cursor;
    JobFilter filter = {};
};

}  // namespace swarmq::engine
