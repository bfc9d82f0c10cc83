// Copies numbers, and makes rates of counts.
#include "api/convert_activity.h"

#include <algorithm>

#include "swarmq/v1/envelope.pb.h"

namespace swarmq::api {
namespace {

std::uint64_t to_wire(DurationMs ms) {
    return static_cast<std::uint64_t>(std::max<DurationMs>(0, ms));
}

void fill_durations(const engine::Durations& durations, v1::Durations& message) {
    message.set_count(durations.count);
    message.set_average_ms(durations.average_ms);
    message.set_p50_ms(to_wire(durations.p50_ms));
    message.set_p99_ms(to_wire(durations.p99_ms));
    message.set_max_ms(to_wire(durations.max_ms));
}

void fill_recent(const engine::RecentActivity& recent, v1::Activity& message) {
    const engine::Happenings& happened = recent.happened;
    const double seconds = static_cast<double>(std::max<DurationMs>(1, recent.span_ms)) / 1'000;
    const std::uint64_t ended = happened.completed + happened.failed;
    message.set_span_ms(to_wire(recent.span_ms));
    message.set_added(happened.added);
    message.set_completed(happened.completed);
    message.set_failed(happened.failed);
    message.set_retried(happened.retried);
    message.set_added_per_second(static_cast<double>(happened.added) / seconds);
    message.set_completed_per_second(static_cast<double>(happened.completed) / seconds);
    message.set_failed_per_second(static_cast<double>(happened.failed) / seconds);
    if (ended > 0)
        message.set_failure_rate(static_cast<double>(happened.failed) / static_cast<double>(ended));
    if (recent.time_in_queue.count > 0)
        fill_durations(recent.time_in_queue, *message.mutable_time_in_queue());
    if (recent.processing_time.count > 0)
        fill_durations(recent.processing_time, *message.mutable_processing_time());
}

std::uint64_t age_ms(TimeMs since_ms, TimeMs now_ms) {
    return since_ms == 0 ? 0 : to_wire(std::max<DurationMs>(1, now_ms - since_ms));
}

}  // namespace

void fill_activity(const engine::QueueActivity& activity, TimeMs now_ms, v1::QueueMetrics& metrics) {
    metrics.set_since_ms(to_wire(activity.since_ms));
    metrics.set_oldest_waiting_age_ms(age_ms(activity.oldest_waiting_ms, now_ms));
    if (activity.since_ms == 0) return;
    fill_recent(activity.recent, *metrics.mutable_recent());
    for (const auto& name : activity.by_name) {
        v1::NameMetrics& entry = *metrics.add_by_name();
        entry.set_name(name.name);
        fill_recent(name.recent, *entry.mutable_recent());
        entry.set_added_total(name.total.added);
        entry.set_completed_total(name.total.completed);
        entry.set_failed_total(name.total.failed);
        entry.set_oldest_waiting_age_ms(age_ms(name.oldest_waiting_ms, now_ms));
    }
    for (const auto& minute : activity.history) {
        v1::MinuteMetrics& entry = *metrics.add_history();
        entry.set_begin_ms(to_wire(minute.begin_ms));
        entry.set_added(minute.happened.added);
        entry.set_completed(minute.happened.completed);
        entry.set_failed(minute.happened.failed);
        entry.set_retried(minute.happened.retried);
        if (minute.time_in_queue.count > 0)
            fill_durations(minute.time_in_queue, *entry.mutable_time_in_queue());
        if (minute.processing_time.count > 0)
            fill_durations(minute.processing_time, *entry.mutable_processing_time());
    }
}

}  // namespace swarmq::api
