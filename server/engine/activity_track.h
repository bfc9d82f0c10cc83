// The last five minutes of a queue or of one of its job names: what was counted in each, and how long things took.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/activity_view.h"
#include "engine/log_histogram.h"

namespace swarmq::engine {

// The first minute of time is 1, so that 0 can stand for none.
using Minute = std::int64_t;
inline constexpr DurationMs kMinuteMs = 60'000;
constexpr Minute minute_of(TimeMs now_ms) { return now_ms / kMinuteMs + 1; }
constexpr TimeMs begin_of(Minute minute) { return (minute - 1) * kMinuteMs; }

// The running minute and the four before it.
inline constexpr std::size_t kRecentMinutes = 5;

class Timed {
  public:
    void record(DurationMs ms);
    void add(const Timed& other);
    Durations durations() const;

  private:
    std::uint64_t count_ = 0;
    std::uint64_t sum_ms_ = 0;
    DurationMs max_ms_ = 0;
    LogHistogram histogram_;
};

// What was timed in a minute.
struct MinuteTimes {
    Timed time_in_queue;
    Timed processing_time;
};

class MinuteCell {
  public:
    Minute minute() const { return minute_; }  // 0: never used.
    // Empty for this minute, unless it is of this minute already.
    MinuteCell& begin(Minute minute);
    // Made when something is timed: it takes memory that a queue to which jobs are only added does without.
    MinuteTimes& times();
    const MinuteTimes* known_times() const { return times_.get(); }
    MinuteActivity activity() const;

    Happenings happened;

  private:
    Minute minute_ = 0;
    std::unique_ptr<MinuteTimes> times_;
};

class ActivityTrack {
  public:
    // The cell of this minute, which is not before any asked for; one of an earlier minute may still be in it.
    MinuteCell& place_of(Minute minute) { return cells_[static_cast<std::size_t>(minute) % kRecentMinutes]; }
    RecentActivity recent(TimeMs now_ms, TimeMs since_ms, bool with_times) const;
    const std::array<MinuteCell, kRecentMinutes>& cells() const { return cells_; }
    // Of all the times it may come to have, besides itself.
    static constexpr std::size_t kTimesBytesMax = kRecentMinutes * sizeof(MinuteTimes);

  private:
    std::array<MinuteCell, kRecentMinutes> cells_{};
};

}  // namespace swarmq::engine
