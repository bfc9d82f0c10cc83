// Starts in steps, oldest first.
#include "engine/rate_window.h"

#include <algorithm>

namespace swarmq::engine {
namespace {

constexpr DurationMs kSteps = 256;
constexpr std::size_t kForgottenMax = 64;

}  // namespace

RateWindow::RateWindow(const Rate& rate)
    : rate_(rate), step_ms_(std::max<DurationMs>(1, rate.per_ms / kSteps)) {}

void RateWindow::note(TimeMs now_ms) {
    const TimeMs last_ms = now_ms - now_ms % step_ms_ + step_ms_ - 1;
    ++jobs_;
    if (first_ < starts_.size() && starts_.back().last_ms >= last_ms)
        ++starts_.back().jobs;
    else
        starts_.push_back({last_ms, 1});
}

TimeMs RateWindow::free_at(TimeMs now_ms) {
    forget_old(now_ms);
    if (jobs_ < rate_.jobs) return now_ms;
    // A rate that was made smaller: more than one step may have to go.
    std::uint64_t left = jobs_;
    for (std::size_t i = first_; i < starts_.size(); ++i) {
        left -= starts_[i].jobs;
        if (left < rate_.jobs) return starts_[i].last_ms + rate_.per_ms;
    }
    return now_ms;
}

TimeMs RateWindow::empty_at() const {
    return first_ == starts_.size() ? 0 : starts_.back().last_ms + rate_.per_ms;
}

void RateWindow::forget_old(TimeMs now_ms) {
    while (first_ < starts_.size() && starts_[first_].last_ms + rate_.per_ms <= now_ms)
        jobs_ -= starts_[first_++].jobs;
    if (first_ < kForgottenMax && first_ < starts_.size()) return;
    starts_.erase(starts_.begin(), starts_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
}

}  // namespace swarmq::engine
