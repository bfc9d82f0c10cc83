// The options of connections and jobs, with their defaults and limits. Plain values; nothing blocks.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace swarmq::inline sdk {

// Anything that makes a std::string. Constructors take it so, and not a std::string, because g++ 12 thinks
// that {.queues = ...} might be one, too.
template <class T>
concept Text = std::convertible_to<T, std::string>;

using Milliseconds = std::chrono::milliseconds;
using WallTime = std::chrono::system_clock::time_point;

// Lower runs first; any 0..255 is accepted.
inline constexpr int kPriorityUrgent = 0;
inline constexpr int kPriorityHigh = 1;
inline constexpr int kPriorityNormal = 2;
inline constexpr int kPriorityLow = 3;

class Telemetry;

struct ConnectionOptions {
    // "host:port" or "[v6 address]:port". Empty: the environment's SWARMQ_SERVER, else 127.0.0.1:6410.
    std::string server{};
    // Sent to the broker, which asks for none yet: reserved for authentication. At most 1 KiB.
    std::string token{};
    // Shown to people next to the jobs a worker holds; at most 128 bytes. Empty: "host:pid".
    std::string client_name{};
    // Shown to people; at most 16, 128 bytes each.
    std::map<std::string, std::string> labels{};

    // The longest one attempt to connect may take, the handshake included.
    Milliseconds connect_timeout{2'000};
    // A call that could not be sent for want of a connection for this long fails with Unavailable.
    Milliseconds unavailable_after{3'000};
    // A call that was sent and not answered within this time fails: with Unknown if it may have
    // changed something, else with Timeout. Waits add their own time to it.
    Milliseconds request_timeout{15'000};
    // The pause before the second attempt to reconnect, doubled for each further one up to the
    // maximum, each drawn evenly from its upper half.
    Milliseconds reconnect_delay{50};
    Milliseconds reconnect_delay_max{2'000};
    // Requests that wait to be sent, in bytes. Over it asynchronous calls fail with TooManyInflight;
    // blocking calls wait for room instead, within request_timeout.
    std::size_t queued_bytes_max = 64 * 1024 * 1024;
    // Told of adds and attempts, see telemetry.h; may be null.
    std::shared_ptr<Telemetry> telemetry{};
};

// How long to wait before the attempt after the n-th failure.
struct Backoff {
    enum class Type { None, Fixed, Exponential };
    Type type = Type::None;
    // Fixed: the delay. Exponential: the first delay, then delay * 2^(n-1).
    Milliseconds delay{0};
    // Upper bound of the delay before jitter; 0: none.
    Milliseconds max_delay{0};
    // 0..1: the delay is drawn evenly from [d * (1 - jitter), d].
    double jitter = 0;

    static Backoff fixed(Milliseconds delay) { return {Type::Fixed, delay}; }
    static Backoff exponential(Milliseconds first, Milliseconds max_delay = Milliseconds{0}) {
        return {Type::Exponential, first, max_delay};
    }
};

// How long an ended job stays stored. Bounds that are not set do not bound.
struct Keep {
    // Removed at once when it ends. Waiters still get its result for 60 s, or until 20,000 such jobs or 16 MiB of
    // their results have ended after it.
    bool remove = false;
    bool forever = false;  // Kept until someone removes it.
    std::optional<std::uint64_t> count{};  // Removed once this many later ones have ended likewise.
    std::optional<Milliseconds> age{};     // Removed this long after it ended.

    static Keep none() { return {true}; }
    static Keep always() { return {false, true}; }
    static Keep newest(std::uint64_t count) { return {false, false, count}; }
    static Keep for_age(Milliseconds age) { return {false, false, {}, age}; }
};

// Where a job with the same payload is added, in the same atomic step, after the last failure.
struct OnFailure {
    std::string queue;
    std::string name{};  // Empty: the name of the failed job.
};

// Of all adds with the same deduplication key one makes a job; while the key stands for it, later ones are answered
// with it, as AddedJob::Outcome::Deduplicated (R12). A key has one mode at a time, that of the add that began it; it
// survives restarts. A stored JobOptions::id comes first: such an add is Existing, whatever its key. A job that is
// retried does not get its key back, and dead letters have none.
struct Deduplication {
    enum class Mode { UntilEnded = 1, Throttle, Debounce, KeepLatest };
    std::string key;  // 1..128 of A-Z a-z 0-9 . _ : -, of one queue.
    Mode mode = Mode::UntilEnded;
    Milliseconds window{0};  // Of Throttle and Debounce: at least 1 ms. Of the others: 0.

    // Until the job ends for good or is removed, later adds are dropped.
    static Deduplication until_ended(std::string key) { return {std::move(key)}; }
    // For `window` from the add that made the job, later adds are dropped, whatever becomes of the job. MemoryLimit
    // over 1,000,000 such keys in the broker.
    static Deduplication throttle(std::string key, Milliseconds window) {
        return {std::move(key), Mode::Throttle, window};
    }
    // The job is delayed for `window` (delay and run_at must not be set). Until that is over, a later add replaces
    // all of the job but its id, and the delay begins anew; afterwards it makes a new job.
    static Deduplication debounce(std::string key, Milliseconds window) {
        return {std::move(key), Mode::Debounce, window};
    }
    // While the job waits or is delayed, a later add replaces all of it but its id, its place and its delay. While
    // it runs, the newest add is kept as one successor, which starts when the running one has ended or was
    // removed; its delay counts from there (run_at must not be set). Never two at once, and the last one that
    // runs has the newest data.
    static Deduplication keep_latest(std::string key) { return {std::move(key), Mode::KeepLatest}; }
};

// What is not set is taken from the queue handle's default_job, then from the queue's settings, then
// from the defaults named here.
struct JobOptions {
    // 1..128 of A-Z a-z 0-9 . _ : -, unique in its queue while stored, not of the form
    // j<number>-<number>-<number>. Empty: the broker makes one. Adding a stored id again adds nothing.
    std::string id{};
    // 0..255, lower first. Default 2. Inside one priority first in, first out, lifo jobs at the head. Jobs that were
    // released or whose worker was lost go back to the head, where they were; retries, promoted and due jobs join
    // the tail, due ones in the order of their times.
    std::optional<int> priority{};
    // Whose job it is: a tenant, an agent. Inside one priority the keys of a queue get turns, each by its
    // weight, and each key's jobs run in order, so that one that floods the queue holds nobody else up;
    // limits of keys are in the queue's settings (R15). Empty: none; else of the grammar of ids.
    std::string key{};
    std::optional<bool> lifo{};             // To the head of its priority. Default false.
    std::optional<Milliseconds> delay{};    // Not before this long from now. Excludes run_at.
    std::optional<WallTime> run_at{};       // Not before this wall-clock time; past: now.
    std::optional<std::uint32_t> attempts{};      // All attempts, the first included: 1..1000000. Default 1.
    std::optional<Backoff> backoff{};             // Default: the next attempt waits for no time.
    std::optional<Milliseconds> timeout{};        // The longest one attempt's handler may run. Default: no limit.
    // Must start within this from when it could first run, or it expires. A change of its priority begins it anew.
    // Default: no limit.
    std::optional<Milliseconds> ttl{};
    std::optional<std::uint32_t> max_stalled{};   // Losses of a worker it survives: 0..1000. Default 1.
    std::optional<Keep> remove_on_complete{};     // Default: the newest 1,000 and at most 7 days.
    std::optional<Keep> remove_on_fail{};         // Default: the newest 100,000 and at most 30 days.
    std::optional<OnFailure> on_failure{};        // Default: none.
    std::optional<Deduplication> deduplication{};  // Default: none. Not for schedulers and flows.
    std::map<std::string, std::string> headers{}; // At most 64, 16 KiB together; carried untouched.
    std::vector<std::string> tags{};              // At most 16, each of the grammar of ids.
};

// At most `jobs` attempts begin within any `per`: the window slides. 1..10^9 jobs, per 1 ms..1 day.
struct Rate {
    std::uint64_t jobs = 0;
    Milliseconds per{0};
};

// What holds jobs back although workers are free (R15).
struct RunLimits {
    std::uint64_t concurrency = 0;  // Jobs active at once; 0: no bound.
    std::vector<Rate> rates{};      // At most 8, of different lengths; all of them hold.
};

struct KeySettings {
    std::uint32_t weight = 1;           // Jobs it is given in each round of turns: 1..1000.
    std::optional<RunLimits> limits{};  // In place of QueueSettings::key_limits.
};

// What a queue does for its producers, and how many jobs it lets wait (R5). Kept by the broker, over
// restarts, until they are changed; jobs that are stored already keep the options they were added with.
struct QueueSettings {
    // What a job gets where neither it nor the handle's default_job says anything: from the entry of
    // its name, then from the entry "", which is for every name. At most 100 entries. Of the options
    // id, key, lifo, delay, run_at, deduplication, headers and tags must not be set: they belong to single jobs.
    std::map<std::string, JobOptions> defaults{};
    // Adds that would make more jobs wait, delayed ones and those that wait for children included, fail with QueueFull
    // and may be tried again. Jobs that come back after a failure or a lost worker always find room. 0: no bound.
    std::uint64_t waiting_max = 0;
    RunLimits limits{};                        // Of all jobs of the queue together.
    RunLimits key_limits{};                    // Of each key.
    std::map<std::string, KeySettings> keys{}; // Keys with settings of their own; at most 1,000.
};

}  // namespace swarmq::inline sdk
