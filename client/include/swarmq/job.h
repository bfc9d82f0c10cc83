// What a stored job looks like from outside: the values that queues and admins return.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <swarmq/options.h>

namespace swarmq::inline sdk {

enum class JobState { Unknown, Waiting, Delayed, Active, Completed, Failed, WaitingChildren };

// "waiting", "waiting-children" and so on.
std::string_view to_string(JobState state);
// The state of that name; nothing for any other text.
std::optional<JobState> parse_job_state(std::string_view text);

// Why an attempt, or in the end a job, failed.
enum class FailureKind { None, Error, Timeout, Stalled, Expired, Cancelled, Dependency };

// "error", "timeout" and so on; "" for None.
std::string_view to_string(FailureKind kind);

// What becomes of a parent when a child of it fails for good, in whatever way (R13): at once while the parent waits for
// its children, else when it says that it does.
enum class OnChildFailure {
    FailParent,        // It fails, kind Dependency, and so on upwards. Its other children go on by themselves.
    ContinueParent,    // It runs at once and sees the failure; the others go on.
    Ignore,            // It runs when the others have ended, and sees the failure.
    RemoveDependency,  // As if the child had not been.
};

// "fail-parent", "continue-parent", "ignore", "remove-dependency".
std::string_view to_string(OnChildFailure policy);
std::optional<OnChildFailure> parse_on_child_failure(std::string_view text);

// Names a stored job.
struct JobRef {
    std::string queue;
    std::string id;
};

// The children of a job, by what became of them.
struct ChildCounts {
    std::uint32_t pending = 0;
    std::uint32_t completed = 0;
    std::uint32_t failed = 0;
    std::uint32_t removed = 0;
};

// A job to be added.
struct NewJob {
    std::string name;       // 1..128 of A-Z a-z 0-9 . _ : -
    std::string payload{};  // Any bytes, by convention JSON; at most 1 MiB.
    JobOptions options{};
};

// How an add ended. It is durable as far as the broker's durability promises.
struct AddedJob {
    enum class Outcome { Added, Existing, Deduplicated };
    std::string id;
    // Existing: a job with this id was stored already, and nothing was changed. Deduplicated: the job with this id,
    // of the same deduplication key, stands for it.
    Outcome outcome = Outcome::Added;
};

// One attempt that ended without success.
struct Attempt {
    std::uint32_t number = 0;  // The first is 1.
    std::string worker;        // The client_name of the worker.
    WallTime started_at{};
    WallTime ended_at{};
    FailureKind kind = FailureKind::None;
    std::string error;
};

// A job as the broker stores it. Times that have not come are not set.
struct Job {
    std::string id;
    std::string queue;
    std::string name;
    std::string payload;
    JobState state = JobState::Unknown;
    JobOptions options;  // As stored: id, headers and tags are here too.
    std::string progress;             // As the handler gave it: by convention JSON, often 0..100.
    std::uint32_t attempts_made = 0;  // Attempts that ended; losses of a worker are not among them.
    std::uint32_t stalls = 0;         // Losses of a worker.
    FailureKind failure_kind = FailureKind::None;
    std::string failed_reason;  // The last failure.
    std::string result;
    std::string result_content_type;
    std::optional<WallTime> created_at;
    std::optional<WallTime> run_at;  // When a delayed job is due.
    // A delayed job that waits for the end of another one (Deduplication::keep_latest): the id of that one.
    std::string waits_for;
    std::optional<WallTime> started_at;
    std::optional<WallTime> finished_at;
    std::vector<Attempt> attempts;  // Those that failed, oldest first, the newest 100.
    std::string worker;             // The client_name of the worker that holds or last held it.
    std::uint64_t log_lines = 0;        // Ever written; Queue::get_log has the newest kLogLinesMax.
    std::uint64_t checkpoint_bytes = 0; // Of its checkpoint, see Queue::get_checkpoint; 0: none is stored.
    std::optional<JobRef> parent{};  // Of a child whose parent is stored.
    std::optional<ChildCounts> children{};  // Of a job that has, or had, children; see FlowProducer::get_children.
    OnChildFailure on_child_failure = OnChildFailure::FailParent;  // Of a job that was added as a child.
};

// The lines of its log that are kept of one job, and the longest of them, in bytes.
inline constexpr std::uint32_t kLogLinesMax = 100;
inline constexpr std::size_t kLogLineBytesMax = 4 * 1024;

struct LogLine {
    std::uint64_t number = 0;  // Counts the job's lines, over all its attempts, from 1.
    WallTime time{};           // When the broker got it.
    std::string text;
};

struct JobLog {
    std::vector<LogLine> lines;       // By number.
    std::uint64_t total = 0;          // Lines ever written: the number of the newest.
    JobState state = JobState::Unknown;  // Once the job has ended no more lines come.
};

// What is to change of a stored job; what is not set stays as it is (R17a).
struct JobUpdate {
    // At most 1 MiB. Not of running and completed jobs; a failed one runs with it when it is retried.
    std::optional<std::string> payload{};
    // 0..255. Of jobs that wait, are delayed or wait for children. A waiting job goes behind those of its new
    // priority that could run before it, and its ttl goes on.
    std::optional<int> priority{};
    // Of waiting and delayed jobs: not before this long from now; 0: as soon as may be.
    std::optional<Milliseconds> delay{};
    // In place of all old ones; an empty list takes them away. Not of running and completed jobs.
    std::optional<std::vector<std::string>> tags{};
};

// What a deduplication key stands for now (R12).
struct DeduplicationKey {
    std::string key;
    Deduplication::Mode mode = Deduplication::Mode::UntilEnded;
    std::string job_id;      // Answers adds with this key. With Throttle it may be stored no more.
    Milliseconds window{0};  // Of Throttle and Debounce.
    Milliseconds remaining{0};  // How much of the window is left.
    // KeepLatest: the job with the newest data, which starts when job_id has ended. Empty: none.
    std::string successor_id;
};

// How a job ended, for those who waited.
struct JobResult {
    enum class Outcome { Completed, Failed };
    std::string id;
    Outcome outcome = Outcome::Completed;
    std::string result;  // Completed: what the handler returned.
    std::string result_content_type;
    FailureKind failure_kind = FailureKind::None;  // Failed: why.
    std::string failed_reason;

    bool is_completed() const { return outcome == Outcome::Completed; }
};

}  // namespace swarmq::inline sdk
