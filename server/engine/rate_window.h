// How many jobs began within the last so many milliseconds: a window that slides (R15).
// Times are kept to a 256th of the window, and always as the later end: never one start too many.
#pragma once

#include <cstdint>
#include <vector>

#include "model/job.h"

namespace swarmq::engine {

class RateWindow {
  public:
    explicit RateWindow(const Rate& rate);

    // A job began. Times never fall.
    void note(TimeMs now_ms);
    // When another one may begin: now, or later.
    TimeMs free_at(TimeMs now_ms);
    // When the window is empty if nothing more begins.
    TimeMs empty_at() const;
    const Rate& rate() const { return rate_; }
    // Counts what the other one has seen, as far as it is not too old for this one.
    void take_over(const RateWindow& other) {
        starts_ = other.starts_;
        first_ = other.first_;
        jobs_ = other.jobs_;
    }
    void set_jobs(std::uint64_t jobs) { rate_.jobs = jobs; }

  private:
    struct Starts {
        TimeMs last_ms = 0;  // The latest that they may have been at.
        std::uint64_t jobs = 0;
    };

    void forget_old(TimeMs now_ms);

    Rate rate_;
    DurationMs step_ms_ = 1;
    std::uint64_t jobs_ = 0;
    std::size_t first_ = 0;  // Before it, `starts_` is forgotten.
    std::vector<Starts> starts_;
};

}  // namespace swarmq::engine
