// The plain values of the reference: a job, a queue, what is asked of them.
#pragma once

#include "model/job.h"
#include "simulation/reference_limits.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace swarmq::simulation {

using QueueNumber = std::uint32_t;
inline constexpr QueueNumber kNoQueue = ~QueueNumber{0};
inline constexpr std::uint32_t kNoSession = ~std::uint32_t{0};
inline std::string queue_text(QueueNumber queue) {
    return "queue-" + std::to_string(queue);
}
inline QueueNumber queue_number(const std::string& text) {
    return static_cast<QueueNumber>(text.back() - '0');
}

struct Rules {
    std::uint32_t attempts_max = 1;
    Backoff backoff;
    DurationMs timeout_ms = 0;
    DurationMs ttl_ms = 0;
    std::uint32_t max_stalled = 1;
    Keep keep_completed = kKeepCompletedDefault;
    Keep keep_failed = kKeepFailedDefault;
    QueueNumber on_failure = kNoQueue;
    bool operator==(const Rules&) const = default;
};

// Where `lifo` puts a job.
inline constexpr TimeMs kHeadMs = -(TimeMs{1} << 50);

// 0: none.
using DedupNumber = std::uint32_t;
inline constexpr DedupNumber kDedupKeys = 4;  // Of a queue, with none.
inline std::string dedup_text(DedupNumber number) {
    return "once-" + std::to_string(number);
}
// When a successor is due: when another job ends, and not before.
inline constexpr TimeMs kNever = TimeMs{1} << 60;

// What a deduplication key stands for.
struct DedupModel {
    bool exists = false;
    DedupMode mode = DedupMode::None;
    std::uint64_t job = 0;
    std::uint64_t successor = 0;  // KeepLatest: begins when the job has ended; 0: none.
    DurationMs window_ms = 0;
    TimeMs until_ms = 0;  // Of Throttle.
};

// What someone wants of a stored job.
struct Wish {
    std::optional<std::uint8_t> priority;
    std::optional<DurationMs> delay_ms;
};

// How the children of a job ended; those that have not are pending.
struct FamilyModel {
    bool exists = false;
    std::uint32_t pending = 0;
    std::uint32_t completed = 0;
    std::uint32_t failed = 0;
    std::uint32_t removed = 0;
    std::uint32_t blocking = 0;  // Failed ones for which it fails.
    bool continues = false;      // One failed with ContinueParent, and the job has not run since.
};

// Smaller runs first. Equal for jobs whose order no rule decides.
struct Place {
    TimeMs when_ms = 0;
    std::int64_t number = 0;
    auto operator<=>(const Place&) const = default;
};

struct Job {
    std::uint64_t seq = 0;
    QueueNumber queue = 0;
    std::uint32_t chosen = 0;  // 0: its id was made.
    std::string name;
    KeyNumber key = 0;
    std::uint8_t priority = 2;
    Rules rules;
    JobState state = JobState::None;
    Place place;  // Delayed: when_ms is its due time, once known.
    bool is_due_known = true;
    DurationMs delay_least_ms = 0;
    DurationMs delay_most_ms = 0;
    TimeMs runnable_ms = 0;
    TimeMs granted_ms = 0;
    TimeMs started_ms = 0;  // The same, or when its worker said that it began.
    TimeMs finished_ms = 0;
    std::uint32_t attempts = 0;
    std::uint32_t stalls = 0;
    std::uint64_t token = 0;
    AnswerKind last_answer = AnswerKind::None;
    std::uint32_t session = kNoSession;
    TimeMs lease_until_ms = 0;
    DurationMs lease_ms = 0;
    bool starts_when_told = false;  // Its timeout runs from a beat that says that it began,
    bool awaits_start = false;      // which has not been said since the last crash.
    std::uint64_t ordinal = 0;
    FailureKind failure_kind = FailureKind::None;
    std::uint64_t log_lines = 0;
    std::uint64_t checkpoint_bytes = 0;  // 0: none.
    std::uint64_t parent = 0;            // Stored or not; 0: none.
    OnChildFailure policy = OnChildFailure::None;
    FamilyModel family;
    bool awaits_delay = false;  // It waits for its children, and may be delayed then.
    DedupNumber dedup = 0;      // The key that it stands for, or is the successor of.
    DurationMs later_ms = 0;    // Of a successor: its delay, from when it may begin.
};

inline bool is_successor(const Job& job) {
    return job.state == JobState::Delayed && job.place.when_ms >= kNever;
}

struct QueueModel {
    std::uint64_t added = 0;
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;
    std::uint64_t stalled = 0;
};

struct ControlsModel {
    std::array<HoldModel, kKeys> holds;  // [0]: of the queue.
    std::shared_ptr<const SettingsModel> settings;
};

// What a producer, a dead letter or a tick adds.
struct Added {
    std::uint64_t seq = 0;
    QueueNumber queue = 0;
    std::uint32_t chosen = 0;
    std::string name;
    KeyNumber key = 0;
    std::uint32_t chosen_fields = 0;  // JobField bits: the queue's defaults fill in the others.
    std::uint8_t priority = 2;
    bool lifo = false;
    DurationMs delay_ms = 0;
    DurationMs asked_delay_ms = 0;  // Without the step of a clock.
    DedupNumber dedup = 0;
    DedupMode dedup_mode = DedupMode::None;
    DurationMs window_ms = 0;
    bool waits_first = false;  // For its children.
    Rules rules;
    std::optional<Place> place;  // Not set: as of now.
    std::string follow_up;       // Not empty: the header of a follow-up.
};

struct Answered {
    AnswerKind kind = AnswerKind::Complete;
    bool is_unrecoverable = false;
    std::optional<DurationMs> retry_in_ms;
    DurationMs delay_ms = 0;
    bool is_started = false;  // A beat says that its handler began.
    DurationMs hold_queue_ms = 0;
    DurationMs hold_key_ms = 0;
    std::uint64_t log_lines = 0;
    std::uint64_t checkpoint_bytes = 0;  // 0: none is sent.
    std::string progress;                // Empty: none is sent.
    std::vector<Added> follow_ups;
};

inline constexpr std::uint64_t kNoScheduler = ~std::uint64_t{0};

// A job that must be among those added by the turn: the engine numbers it.
struct Expected {
    std::uint64_t from = 0;  // Of a dead letter: the job that failed.
    std::string follow_up;   // Of a follow-up: what its header says.
    std::uint64_t scheduler = kNoScheduler;
    TimeMs tick_ms = 0;
    bool is_orphan = false;  // The scheduler was removed meanwhile.
    Added added;
    std::size_t told = ~std::size_t{0};  // Where its event is noted.
};

}  // namespace swarmq::simulation
