// What one turn of the engine makes durable, as plain values: the only thing that is ever written.
// Self-contained: applying it needs no read, clock or random number, but for `payload_of` and patches, of
// which the broker makes whole records before it hands the changes on.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/error.h"
#include "model/ids.h"
#include "model/job.h"
#include "model/scheduler.h"

namespace swarmq {

// The row of a new job. What never changes about a job, and where it starts.
struct JobRecord {
    JobSeq seq{};
    std::shared_ptr<const JobClass> job_class;
    std::string chosen_id;  // Empty: the id is made from seq.
    std::uint8_t priority = 2;
    bool lifo = false;
    TimeMs created_ms = 0;
    TimeMs due_ms = 0;         // 0: not delayed.
    DurationMs delay_ms = 0;   // With due_ms: how long the delay was when it was set.
    bool due_by_wall_clock = false;
    Deduplication deduplication;
    TimeMs rank_when_ms = 0;   // Of its first rank; the rank's number is seq.
    Headers headers;
    std::vector<std::string> tags;
    std::shared_ptr<const std::string> payload;
    JobSeq payload_of{};  // With no payload: copy payload, headers and tags of this stored job.
    // It lies in the table of large values: it is above kLargeValueBytes, or one before it was. Known after
    // recovery without the payload.
    bool payload_is_large = false;
    // About what payload, headers and tags take, never less; known after recovery without the payload.
    std::size_t content_bytes = 0;
    JobSeq parent{};  // Of a child; it may be stored no more.
    std::uint32_t child_index = 0;  // Counts the children of the parent from 0.
    OnChildFailure on_child_failure = OnChildFailure::None;
    bool waits_first = false;  // It does not run soon, for it waits for other jobs. Said by its status, not stored.
};

// What a parent knows of its children, those of them included that are stored no more. How many are pending is
// known from their own rows.
struct FamilyRecord {
    std::uint32_t added = 0;  // Also the index of the next one.
    std::uint32_t completed = 0;
    std::uint32_t failed = 0;
    std::uint32_t removed = 0;
    // Failed with FailParent, but for those that were retried since, or before the parent was.
    std::uint32_t blocking = 0;
    // One failed with ContinueParent while the parent did not wait: it waits no more, once.
    bool continues = false;
    JobSeq failing{};  // With blocking: the last of them.
    bool operator==(const FamilyRecord&) const = default;
};

// Other contents of a stored job, whose record memory does not have.
struct JobPatch {
    JobSeq seq{};
    std::shared_ptr<const std::string> payload;  // Null: as it was.
    bool payload_is_large = false;               // As in JobRecord.
    std::optional<std::vector<std::string>> tags;
};

// A due time that is none: the job waits for the end of another one.
inline constexpr TimeMs kAfterAnotherMs = (TimeMs{1} << 47) - 1;

// A worker's session, as far as it outlives the broker.
struct SessionRecord {
    std::string id;
    std::string worker;  // The client's name, for people.
    bool operator==(const SessionRecord&) const = default;
};

// Where a job stands now. The newest status of a job says all; with none it is as its record says.
struct JobStatus {
    JobSeq seq{};
    JobState state = JobState::Waiting;
    std::uint8_t priority = 2;
    RowBits rows = 0;  // JobRows
    FailureKind failure_kind = FailureKind::None;
    AnswerKind last_answer = AnswerKind::None;
    bool due_by_wall_clock = false;
    bool starts_when_told = false;  // Active: its timeout runs from when its worker says that it began.
    Rank rank;
    TimeMs due_ms = 0;
    DurationMs delay_ms = 0;
    std::uint32_t attempts_made = 0;
    std::uint32_t stalls = 0;
    std::uint32_t attempt_rows = 0;  // Written so far; the newest 100 are stored.
    std::uint32_t log_lines = 0;     // The same.
    std::uint32_t checkpoint_bytes = 0;
    LeaseToken token{};
    DurationMs lease_ms = 0;
    std::shared_ptr<const SessionRecord> session;  // The holder of `token`.
    TimeMs started_ms = 0;
    TimeMs finished_ms = 0;
    std::uint64_t ended_ordinal = 0;  // The how-manieth of its queue to end this way.
    std::shared_ptr<const FamilyRecord> family;  // Of a job that has, or had, children; else null.
};

// How a job ended, when there is something to say.
struct OutcomeRecord {
    JobSeq seq{};
    std::shared_ptr<const std::string> result;  // May be null.
    std::string content_type;
    std::string failed_reason;
};

struct ProgressRecord {
    JobSeq seq{};
    std::string progress;
};

// One attempt that ended without success.
struct AttemptRecord {
    JobSeq seq{};
    std::uint32_t index = 0;  // Counts the job's attempt rows, from 0; rows wrap, newest kept.
    std::uint32_t number = 0;
    std::string worker;
    TimeMs started_ms = 0;
    TimeMs ended_ms = 0;
    FailureKind kind = FailureKind::None;
    std::string error;
};

// One line of a job's log.
struct LogRecord {
    JobSeq seq{};
    std::uint32_t number = 0;  // Counts the job's lines from 1; rows wrap, the newest 100 are kept.
    TimeMs time_ms = 0;
    std::string text;
};

// What an attempt leaves to those after it.
struct CheckpointRecord {
    JobSeq seq{};
    std::shared_ptr<const std::string> data;
    bool is_large = false;  // It lies in the table of large values, as all later ones of its job.
};

// How a child ended, kept with its parent. Either its queue or itself may be gone.
struct ChildRecord {
    JobSeq parent{};
    std::uint32_t index = 0;
    ChildKind kind = ChildKind::None;  // None: it has not ended after all, and its row goes.
    std::string queue;
    JobSeq seq{};
    std::string chosen_id;  // Empty: the id is made from seq.
    std::string name;
    std::shared_ptr<const std::string> result;  // May be null.
    std::string content_type;
    FailureKind failure_kind = FailureKind::None;
    std::string failed_reason;
};

struct RemovedJob {
    JobSeq seq{};
    RowBits rows = 0;  // JobRows: what to delete besides the job's own row.
};

// Nothing begins until someone resumes it, or until a time.
struct Hold {
    bool is_paused = false;
    TimeMs until_ms = 0;       // 0: not held.
    DurationMs length_ms = 0;  // With until_ms: how long it was when it began.
    bool operator==(const Hold&) const = default;
};

struct QueueRecord {
    QueueId id{};
    std::string name;
    TimeMs created_ms = 0;
    std::uint64_t added_total = 0;
    std::uint64_t completed_total = 0;
    std::uint64_t failed_total = 0;
    std::uint64_t retried_total = 0;
    std::uint64_t stalled_total = 0;
};

// What people set on a queue: a row of its own, for it changes seldom and may be large.
struct QueueControls {
    QueueId queue{};
    Hold hold;
    std::map<std::string, Hold> key_holds;  // Keys that are paused or held.
    std::shared_ptr<const QueueSettings> settings = nullptr;  // Null: none.

    bool says_nothing() const { return hold == Hold{} && key_holds.empty() && !settings; }
};

struct DedupName {
    QueueId queue{};
    std::string key;
};

// A deduplication key that stands.
struct DedupRecord {
    DedupName name;
    DedupMode mode = DedupMode::UntilEnded;
    JobSeq job{};           // That stands for it; of a throttle it may be stored no more.
    std::string chosen_id;  // Of that job.
    JobSeq successor{};     // KeepLatest: the job that waits for the end of that one; 0: none.
    DurationMs window_ms = 0;
    TimeMs until_ms = 0;  // Throttle: the end of its window.
};

// How one item of a request ended.
struct ItemAnswer {
    Code code = Code::Ok;
    std::uint8_t outcome = 0;  // swarmq.v1.AddedJob.Outcome, for adds.
    JobSeq seq{};
    std::string id;  // Only for ids that producers chose.
    std::string detail;
    DurationMs retry_after_ms = 0;
    bool operator==(const ItemAnswer&) const = default;
};

// The answer to a request that changed something, as far as a resend must get it again.
struct Answer {
    std::vector<ItemAnswer> items;
    // With seq_count: that many jobs were added under consecutive numbers and made ids, and items is empty.
    JobSeq first_seq{};
    std::uint64_t seq_count = 0;
    std::uint64_t changed = 0;
    bool more = false;
    bool operator==(const Answer&) const = default;
    // Every item was refused.
    bool says_nothing_done() const {
        return !items.empty() && seq_count == 0 && changed == 0 && !more &&
               std::all_of(items.begin(), items.end(),
                           [](const ItemAnswer& item) { return item.code != Code::Ok; });
    }
};

struct NumberedAnswer {
    std::uint64_t number = 0;
    Answer answer;
};

// All answers that one client got in one turn: one row.
struct AnswersRecord {
    std::string client_id;
    TimeMs used_ms = 0;
    std::vector<NumberedAnswer> answers;  // Rising numbers; the first names the row.
};

struct AnswersKey {
    std::string client_id;
    std::uint64_t first_number = 0;
};

struct Changes {
    TurnNumber turn{};
    std::vector<JobRecord> added;       // Rising seq.
    std::vector<JobRecord>
        replaced;  // Of stored jobs, new ones among them; the last of a job counts.
    std::vector<JobPatch>
        patches;  // Of jobs that are not in `replaced`, in the order they were made.
    std::vector<JobStatus> statuses;    // In the order they were made; the last of a job counts.
    std::vector<OutcomeRecord> outcomes;
    std::vector<ProgressRecord> progress;
    std::vector<AttemptRecord> attempts;
    std::vector<LogRecord> logs;        // In the order they came.
    std::vector<CheckpointRecord> checkpoints;     // The last of a job counts.
    std::vector<RemovedJob> checkpoints_dropped;  // Wins over those; only the bits of checkpoints count.
    std::vector<ChildRecord> children;  // In the order they were made; the last of a parent and index counts.
    std::vector<RemovedJob> removed;    // Wins over everything above.
    // Jobs that were removed before they ended, and the children that they waited for with them: as long as some
    // of those are stored. And those of which none is.
    std::vector<JobSeq> condemned;
    std::vector<JobSeq> condemned_done;
    std::vector<QueueRecord> queues;
    std::vector<QueueControls> controls;
    std::vector<QueueId> queues_forgotten;
    std::vector<SchedulerRecord> schedulers;        // Win over removals.
    std::vector<SchedulerName> schedulers_removed;
    std::vector<DedupRecord> dedup_keys;  // Win over removals.
    std::vector<DedupName> dedup_keys_removed;
    std::vector<AnswersRecord> answers;
    std::vector<AnswersKey> answers_dropped;
    std::vector<TurnNumber> turns_dropped;  // Their statuses are all superseded.

    bool empty() const {
        return added.empty() && replaced.empty() && patches.empty() && dedup_keys.empty() &&
               dedup_keys_removed.empty() && statuses.empty() && outcomes.empty() && progress.empty() &&
               attempts.empty() && logs.empty() && checkpoints.empty() &&
               checkpoints_dropped.empty() && children.empty() && removed.empty() &&
               condemned.empty() && condemned_done.empty() && queues.empty() && controls.empty() &&
               queues_forgotten.empty() &&
               schedulers.empty() && schedulers_removed.empty() && answers.empty() &&
               answers_dropped.empty() && turns_dropped.empty();
    }
};

}  // namespace swarmq
