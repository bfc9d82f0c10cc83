// What a turn of the engine says to the world. It leaves only when the turn's changes are durable.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/activity_view.h"
#include "engine/commands.h"
#include "engine/event.h"
#include "model/changes.h"

namespace swarmq::engine {

struct Granted {
    JobSeq seq{};
    LeaseToken token{};
    std::shared_ptr<const JobClass> job_class;
    std::string chosen_id;
    std::uint32_t attempt = 1;
    std::uint32_t stalls = 0;
    std::uint8_t priority = 2;
    RowBits rows = 0;  // JobRows: whether there is a checkpoint to deliver.
    std::uint32_t children_ended = 0;
    std::uint32_t children_pending = 0;
};

// A lease that a resumed session holds.
struct HeldLease {
    LeaseToken token{};
    JobName job;
};

// Jobs for one subscription, or the answer to a Take.
struct Delivery {
    SessionKey session{};
    std::uint32_t subscription = 0;
    std::uint64_t take_request = 0;  // 0: a subscription's.
    DurationMs lease_ms = 0;
    std::vector<Granted> jobs;
};

// An attempt is over before its worker ended it. Numbers as in swarmq.v1.JobNotice.Kind.
enum class NoticeKind : std::uint8_t { Cancelled = 1, LeaseLost = 2, TimedOut = 3 };

struct Notice {
    SessionKey session{};
    JobSeq seq{};
    QueueId queue{};
    std::string chosen_id;
    LeaseToken token{};
    NoticeKind kind = NoticeKind::Cancelled;
};

// A job ended or was removed: waiters hear of it, and payloads held for it may go.
struct EndedJob {
    JobSeq seq{};
    QueueId queue{};
    std::string chosen_id;
    JobState state = JobState::None;  // Completed, Failed, or None: removed before it ended.
    bool is_stored = true;            // False: its rows go with this turn.
    FailureKind failure_kind = FailureKind::None;
    std::shared_ptr<const std::string> result;
    std::string content_type;
    std::string failed_reason;
};

struct Effects {
    Changes changes;
    std::vector<Delivery> deliveries;
    std::vector<Notice> notices;
    std::vector<EndedJob> ended;
    std::vector<Event> events;  // Of queues that are watched, in order.
};

// Where a job stands in the list of its state.
struct PlaceInList {
    std::int64_t a = 0;
    std::uint64_t b = 0;
    std::uint64_t c = 0;
    std::uint64_t d = 0;
};
// The cursor of the page that begins behind it: "<a>.<b>.<c>.<d>".
std::string cursor_text(const PlaceInList& place);

struct ChildCounts {
    std::uint32_t pending = 0;
    std::uint32_t completed = 0;
    std::uint32_t failed = 0;
    std::uint32_t removed = 0;
};

// A job's place in a flow, for those who look.
struct FlowView {
    std::optional<JobName> parent;  // Of a child whose parent is stored.
    OnChildFailure on_child_failure = OnChildFailure::None;  // Of a job that was added as a child.
    std::optional<ChildCounts> children;  // Of a job that has, or had, children.
};

struct FlowNodeView {
    JobName job;
    std::string name;
    JobState state = JobState::None;
    FailureKind failure_kind = FailureKind::None;
    std::optional<std::uint32_t> parent;  // Its index in FlowTree::nodes.
    FlowView flow;
    bool is_cut = false;  // It has stored children that are not shown.
};

struct FlowTree {
    std::vector<FlowNodeView> nodes;  // Each parent before its children.
    bool is_cut = false;
};

// A job as memory knows it, for those who look.
struct JobView {
    JobSeq seq{};
    std::shared_ptr<const JobClass> job_class;
    std::string chosen_id;
    JobState state = JobState::None;
    std::uint8_t priority = 2;
    RowBits rows = 0;
    TimeMs due_ms = 0;      // 0 also for one that waits for another.
    std::string waits_for;  // The id of the job whose end it waits for.
    std::uint32_t attempts_made = 0;
    std::uint32_t stalls = 0;
    FailureKind failure_kind = FailureKind::None;
    TimeMs started_ms = 0;
    TimeMs finished_ms = 0;
    std::string worker;
    std::uint64_t log_lines = 0;  // Written so far.
    std::uint64_t checkpoint_bytes = 0;
    FlowView flow;
    PlaceInList place;  // In a page of a list.
};

struct Page {
    std::vector<JobView> jobs;
    std::string next_cursor;  // Empty: the last page.
};

// What became of an UpsertScheduler. Numbers as in swarmq.v1. Stored in answers: never renumber.
enum class SchedulerOutcome : std::uint8_t { Created = 1, Changed = 2, Unchanged = 3 };

struct SchedulerView {
    std::string queue;
    SchedulerRecord record;
    std::vector<TimeMs> next_ms;  // Its next ticks by the wall clock; empty: there are none.
    std::string problem;          // Why it does not tick, where something is wrong with it.
};

struct SchedulerPage {
    std::vector<SchedulerView> schedulers;
    std::string next_cursor;  // Empty: the last page.
};
// The cursor of the page that begins behind it: "<queue>/<key>".
std::string scheduler_cursor(const SchedulerView& last);

// A session that takes jobs or holds some, as memory knows it.
struct WorkerView {
    SessionKey session{};
    std::string name;  // As its leases are stored.
    std::vector<std::string> queues;  // By name, at most kWorkerQueuesShownMax.
    std::size_t queues_more = 0;
    std::uint64_t credit = 0;
    std::uint64_t leases = 0;
};

struct WorkerPage {
    std::vector<WorkerView> workers;
    std::uint64_t next = 0;  // The `after` of the next page; 0: this was the last.
};

// What a deduplication key stands for.
struct DedupView {
    DedupMode mode = DedupMode::UntilEnded;
    std::string job_id;
    DurationMs window_ms = 0;
    DurationMs remaining_ms = 0;
    std::string successor_id;  // Empty: none waits.
};

struct QueueView {
    QueueRecord record;
    QueueControls controls;  // Without key_holds: see list_keys.
    std::uint64_t by_state[kJobStateCount] = {};
    std::vector<std::pair<std::uint8_t, std::uint64_t>> waiting_by_priority;
    std::uint64_t workers = 0;
};

struct QueuePage {
    std::vector<QueueView> queues;
    std::string next;  // The `after` of the next page; empty: this was the last.
};

// What operators watch of a queue.
struct QueueGlance {
    QueueId id{};
    std::string name;
    std::array<std::uint64_t, kJobStateCount> by_state{};
    bool is_paused = false;
    std::uint64_t added_total = 0;
    std::uint64_t completed_total = 0;
    std::uint64_t failed_total = 0;
    std::uint64_t retried_total = 0;
    std::uint64_t stalled_total = 0;
    std::uint64_t workers = 0;
    TimeMs oldest_waiting_ms = 0;  // When the job that waits longest could first run; 0: none waits.
    std::uint64_t near_timeout = 0;  // Of the 1,000 oldest attempts, those in the last fifth of theirs.
    QueueTimes times;                // Only in an Overview.
};

struct Overview {
    std::vector<QueueGlance> queues;  // By name.
    QueueGlance others;               // Sums over the queues that are not shown.
    std::uint64_t other_queues = 0;
    std::uint64_t sessions = 0;
};

// A key that has jobs, or had some lately.
struct KeyView {
    std::string key;
    std::uint64_t waiting = 0;
    std::uint64_t active = 0;
    std::uint32_t weight = 1;
    Hold hold;
    bool is_closed = false;  // By a pause, a hold, its concurrency or its rate.
};

}  // namespace swarmq::engine
