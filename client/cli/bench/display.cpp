// A bar for each part of the work: filling, then measuring.
#include "bench/display.h"

#include <fmt/format.h>

#include <algorithm>

namespace swarmq::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTick{100};

constexpr std::uint64_t kWhole = 1'000;

double seconds_of(Clock::duration duration) {
    return std::chrono::duration<double>(duration).count();
}

double part_of(double done, double whole) {
    return whole > 0 ? std::min(done / whole, 1.0) : 0;
}

}  // namespace

BenchDisplay::BenchDisplay(const BenchGoal& goal) : goal_(goal) {
    meter_.is_filling = goal.begins_filling;
    if (is_terminal(stderr)) looker_ = std::thread([this] { look(); });
}

BenchDisplay::~BenchDisplay() {
    if (!looker_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        has_ended_ = true;
    }
    ended_.notify_one();
    looker_.join();
}

void BenchDisplay::look() {
    do {
        show();
    } while (!ends_within_a_tick());
    show();
}

// What comes first ends the work: the jobs or the time.
void BenchDisplay::show() {
    const bool is_filling = meter_.is_filling;
    const auto now = Clock::now();
    if (!progress_ || is_filling != shows_filling_) {
        progress_.emplace(is_filling ? "filling" : "measuring", kWhole);
        shows_filling_ = is_filling;
        shown_since_ = now;
    }
    const bool counts_handled = goal_.counts_handled && !is_filling;
    const std::uint64_t jobs = counts_handled ? meter_.handled : meter_.added;
    const double seconds = seconds_of(now - shown_since_);
    double share = part_of(static_cast<double>(jobs), static_cast<double>(goal_.jobs));
    if (!is_filling) share = std::max(share, part_of(seconds, seconds_of(goal_.longest)));
    const double rate = seconds > 0 ? static_cast<double>(jobs) / seconds : 0;
    progress_->show(static_cast<std::uint64_t>(share * static_cast<double>(kWhole)),
                    fmt::format("{} jobs, {:.0f}/s", jobs, rate));
}

bool BenchDisplay::ends_within_a_tick() {
    std::unique_lock lock(mutex_);
    return ended_.wait_for(lock, kTick, [this] { return has_ended_; });
}

}  // namespace swarmq::cli
