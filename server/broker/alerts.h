// Decides what operators should be told of queues (R30): an alert rises once and falls once. Pure: figures
// and time are handed in. Owner: whoever looks; not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/effects.h"

namespace swarmq::broker {

struct AlertLimits {
    // Above this share of the jobs that ended within the window, in percent; 0: never.
    std::uint32_t failure_percent = 10;
    DurationMs failure_window_ms = 300'000;
    std::uint64_t failure_jobs_min = 20;  // With fewer ended jobs in the window a share says nothing.
    std::uint64_t backlog = 100'000;      // More waiting jobs than this; 0: never.
    // Jobs wait and no worker is there for this long; 0: never. A paused queue has reason to wait.
    DurationMs no_worker_ms = 60'000;
    bool near_timeout = true;  // An attempt is in the last fifth of its timeout.
    bool operator==(const AlertLimits&) const = default;
};

enum class AlertKind : std::uint8_t { FailureRate, Backlog, NoWorker, NearTimeout };
inline constexpr std::size_t kAlertKinds = 4;
// "failure_rate", "backlog", "no_worker", "near_timeout".
const char* name_of(AlertKind kind);

struct AlertChange {
    std::string queue;
    AlertKind kind{};
    bool is_up = false;
    std::string detail;  // What was seen, with figures, and the limit.
};

class Alerts {
  public:
    explicit Alerts(const AlertLimits& limits) : limits_(limits) {}

    // Takes effect with the next look.
    void set_limits(const AlertLimits& limits) { limits_ = limits; }
    // What changed since the last look at these queues. With `ends_round` every queue that exists has
    // been looked at since the last time: those that were not are forgotten, their alerts with them.
    std::vector<AlertChange> look(const std::vector<engine::QueueGlance>& queues, TimeMs now_ms,
                                  bool ends_round);

    struct Raised {
        std::string queue;
        AlertKind kind{};
    };
    // Those that are up, at most `size_max`.
    std::vector<Raised> raised(std::size_t size_max) const;

  private:
    struct Sample {
        TimeMs at_ms = 0;
        std::uint64_t completed = 0;
        std::uint64_t failed = 0;
    };
    struct Watch {
        std::string queue;
        std::uint64_t round = 0;
        std::deque<Sample> samples;  // Over the window, at most a dozen.
        TimeMs alone_since_ms = 0;   // Jobs wait and no worker is there; 0: not so.
        bool is_up[kAlertKinds] = {};
    };

    void sample(Watch& watch, const engine::QueueGlance& queue, TimeMs now_ms) const;
    std::string why(AlertKind kind, Watch& watch, const engine::QueueGlance& queue, TimeMs now_ms) const;
    std::string why_failures(const Watch& watch, const engine::QueueGlance& queue) const;
    std::string why_alone(Watch& watch, const engine::QueueGlance& queue, TimeMs now_ms) const;
    void forget_gone(std::vector<AlertChange>& changes);

    AlertLimits limits_;
    std::unordered_map<QueueId, Watch> watches_;
    std::uint64_t round_ = 1;
};

}  // namespace swarmq::broker
