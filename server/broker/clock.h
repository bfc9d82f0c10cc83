// The broker's time: monotonic inside a boot, set from the wall clock once at its start, so that a jump
// of the wall clock neither fires nor freezes a timer.
#pragma once

#include <chrono>

#include "model/ids.h"

namespace swarmq::broker {

class Clock {
  public:
    using Steady = std::chrono::steady_clock;

    static constexpr DurationMs kStepMs = 1;  // Times are whole milliseconds, cut off.

    // Starts at the wall clock's time, or at `not_before_ms` if that is later.
    explicit Clock(TimeMs not_before_ms = 0);

    TimeMs now_ms() const;
    // Wall clock minus now_ms(): 0 until someone sets the wall clock.
    DurationMs wall_offset_ms() const;
    // When now_ms() becomes `time_ms`.
    Steady::time_point when(TimeMs time_ms) const;

  private:
    Steady::time_point start_;
    TimeMs start_ms_;
};

}  // namespace swarmq::broker
