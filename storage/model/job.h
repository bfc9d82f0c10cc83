// What a job is, as plain values: its states, the options producers choose, the rules jobs share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/ids.h"

namespace swarmq {

// Numbers as in swarmq.v1.JobState. Stored: never renumber.
enum class JobState : std::uint8_t {
    None = 0,
    Waiting = 1,
    Delayed = 2,
    Active = 3,
    Completed = 4,
    Failed = 5,
    WaitingChildren = 6,
};
inline constexpr std::size_t kJobStateCount = 7;

constexpr bool is_ended(JobState state) {
    return state == JobState::Completed || state == JobState::Failed;
}

// Numbers as in swarmq.v1.FailureKind. Stored: never renumber.
enum class FailureKind : std::uint8_t {
    None = 0,
    Error = 1,
    Timeout = 2,
    Stalled = 3,
    Expired = 4,
    Cancelled = 5,
    Dependency = 6,
};

// How a worker answered an attempt. Stored: never renumber.
enum class AnswerKind : std::uint8_t {
    None = 0,
    Complete = 1,
    Fail = 2,
    Release = 3,
    Delay = 4,
    WaitForChildren = 5,
};

// What becomes of a parent when a child fails for good (R13). Numbers as in swarmq.v1.OnChildFailure.
// Stored: never renumber.
enum class OnChildFailure : std::uint8_t {
    None = 0,
    FailParent = 1,
    ContinueParent = 2,
    Ignore = 3,
    RemoveDependency = 4,
};

// How a child ended, for its parent. Numbers as in swarmq.v1.ChildOutcome.Kind. Stored: never renumber.
enum class ChildKind : std::uint8_t { None = 0, Completed = 1, Failed = 2, Removed = 3 };

// Stored: never renumber.
enum class BackoffType : std::uint8_t { None = 0, Fixed = 1, Exponential = 2 };

struct Backoff {
    BackoffType type = BackoffType::None;
    DurationMs delay_ms = 0;
    DurationMs max_delay_ms = 0;  // 0: no upper bound.
    double jitter = 0;            // 0..1: drawn evenly from [d * (1 - jitter), d].
    bool operator==(const Backoff&) const = default;
};

// Numbers as in swarmq.v1.Deduplication.Mode, where it says what each means. Stored: never renumber.
enum class DedupMode : std::uint8_t {
    None = 0,
    UntilEnded = 1,
    Throttle = 2,
    Debounce = 3,
    KeepLatest = 4
};

// What a producer chose for its add (R12).
struct Deduplication {
    std::string key;
    DedupMode mode = DedupMode::None;  // None: nothing was chosen.
    DurationMs window_ms = 0;          // Of Throttle and Debounce.
    bool operator==(const Deduplication&) const = default;
};

// How long an ended job stays; a bound that is not set does not bound.
struct Keep {
    std::optional<std::uint64_t> count;  // Gone once this many later ones have ended; 0: at once.
    std::optional<DurationMs> age_ms;
    bool operator==(const Keep&) const = default;
};

inline constexpr DurationMs kDayMs = 24LL * 3600 * 1000;
inline const Keep kKeepCompletedDefault{1'000, 7 * kDayMs};
inline const Keep kKeepFailedDefault{100'000, 30 * kDayMs};

// At most `jobs` begin within any `per_ms`.
struct Rate {
    std::uint64_t jobs = 0;
    DurationMs per_ms = 0;
    bool operator==(const Rate&) const = default;
};

struct Limits {
    std::uint64_t concurrency = 0;  // Leases held at once; 0: no bound.
    std::vector<Rate> rates;        // All of them hold.
    bool operator==(const Limits&) const = default;
};

// What many jobs of a queue share; the engine interns it.
struct JobClass {
    QueueId queue{};
    std::string name;
    std::string key;  // Whose turn it is: a tenant, an agent; empty: nobody's.
    std::uint32_t attempts_max = 1;
    Backoff backoff;
    DurationMs timeout_ms = 0;  // 0: none.
    DurationMs ttl_ms = 0;      // 0: none.
    std::uint32_t max_stalled = 1;
    Keep keep_completed = kKeepCompletedDefault;
    Keep keep_failed = kKeepFailedDefault;
    std::string on_failure_queue;  // Empty: none.
    std::string on_failure_name;
    bool operator==(const JobClass&) const = default;
};

// What jobs of a queue get where their producer chose nothing.
struct JobDefaults {
    std::optional<std::uint32_t> priority;
    std::optional<std::uint32_t> attempts_max;
    std::optional<Backoff> backoff;
    std::optional<DurationMs> timeout_ms;
    std::optional<DurationMs> ttl_ms;
    std::optional<std::uint32_t> max_stalled;
    std::optional<Keep> keep_completed;
    std::optional<Keep> keep_failed;
    std::string on_failure_queue;  // Empty: nothing chosen.
    std::string on_failure_name;
    bool operator==(const JobDefaults&) const = default;
};

// What one key has of its own.
struct KeySettings {
    std::uint32_t weight = 1;      // How many jobs it is given in each round of turns.
    std::optional<Limits> limits;  // In place of QueueSettings::key_limits.
    bool operator==(const KeySettings&) const = default;
};

struct QueueSettings {
    std::map<std::string, JobDefaults> defaults;  // By job name; "" is for every name, and weaker.
    std::uint64_t waiting_max = 0;                // Adds beyond it are refused; 0: no bound.
    Limits limits;                                // Of all jobs of the queue together.
    Limits key_limits;                            // Of each key.
    std::map<std::string, KeySettings> keys;
    bool operator==(const QueueSettings&) const = default;
};

using Headers = std::vector<std::pair<std::string, std::string>>;

// A job's place among the waiting ones of its priority: smaller runs first.
struct Rank {
    TimeMs when_ms = 0;
    std::uint64_t number = 0;
    auto operator<=>(const Rank&) const = default;
};

// Larger payloads and results lie in a table of their own.
inline constexpr std::size_t kLargeValueBytes = 4 * 1024;

// Where the rows of a job are besides its own; a bit set. Stored: never renumber.
using RowBits = std::uint16_t;
enum JobRows : RowBits {
    kOutcomeRow = 1,
    kProgressRow = 2,
    kAttemptRows = 4,
    kLargePayloadRow = 8,
    kLargeOutcomeRow = 16,
    kLogRows = 32,
    kCheckpointRow = 64,
    kLargeCheckpointRow = 128,  // Wins over kCheckpointRow, which an earlier, smaller one may have left.
    kChildRows = 256,           // How children of it ended.
    kLargeChildRows = 512,
};

}  // namespace swarmq
