// Sums up minutes.
#include "engine/activity_track.h"

#include <algorithm>

namespace swarmq::engine {

void Timed::record(DurationMs ms) {
    ms = std::max<DurationMs>(0, ms);
    ++count_;
    sum_ms_ += static_cast<std::uint64_t>(ms);
    max_ms_ = std::max(max_ms_, ms);
    histogram_.record(ms);
}

void Timed::add(const Timed& other) {
    count_ += other.count_;
    sum_ms_ += other.sum_ms_;
    max_ms_ = std::max(max_ms_, other.max_ms_);
    histogram_.add(other.histogram_);
}

Durations Timed::durations() const {
    Durations durations;
    if (count_ == 0) return durations;
    durations.count = count_;
    durations.average_ms = static_cast<double>(sum_ms_) / static_cast<double>(count_);
    // The middle of the last bucket may lie above all that is in it.
    durations.p50_ms = std::min(histogram_.percentile(500), max_ms_);
    durations.p99_ms = std::min(histogram_.percentile(990), max_ms_);
    durations.max_ms = max_ms_;
    return durations;
}

MinuteCell& MinuteCell::begin(Minute minute) {
    if (minute_ == minute) return *this;
    minute_ = minute;
    happened = {};
    if (times_) *times_ = {};
    return *this;
}

MinuteTimes& MinuteCell::times() {
    if (!times_) times_ = std::make_unique<MinuteTimes>();
    return *times_;
}

MinuteActivity MinuteCell::activity() const {
    MinuteActivity activity{begin_of(minute_), happened, {}, {}};
    if (!times_) return activity;
    activity.time_in_queue = times_->time_in_queue.durations();
    activity.processing_time = times_->processing_time.durations();
    return activity;
}

RecentActivity ActivityTrack::recent(TimeMs now_ms, TimeMs since_ms, bool with_times) const {
    const Minute first = minute_of(now_ms) - static_cast<Minute>(kRecentMinutes) + 1;
    RecentActivity recent;
    recent.span_ms = std::max<DurationMs>(1, now_ms - std::max(begin_of(first), since_ms));
    Timed time_in_queue;
    Timed processing_time;
    for (const MinuteCell& cell : cells_) {
        if (cell.minute() == 0 || cell.minute() < first) continue;
        recent.happened.added += cell.happened.added;
        recent.happened.completed += cell.happened.completed;
        recent.happened.failed += cell.happened.failed;
        recent.happened.retried += cell.happened.retried;
        const MinuteTimes* const times = cell.known_times();
        if (!with_times || times == nullptr) continue;
        time_in_queue.add(times->time_in_queue);
        processing_time.add(times->processing_time);
    }
    if (!with_times) return recent;
    recent.time_in_queue = time_in_queue.durations();
    recent.processing_time = processing_time.durations();
    return recent;
}

}  // namespace swarmq::engine
