// The numbers of queues as they come from the broker.
#include "convert.h"

namespace swarmq::inline sdk {
namespace {

Milliseconds to_ms(std::uint64_t ms) {
    return Milliseconds(static_cast<std::int64_t>(ms));
}

Durations to_durations(const v1::Durations& durations) {
    return {durations.count(), durations.average_ms(), to_ms(durations.p50_ms()),
            to_ms(durations.p99_ms()), to_ms(durations.max_ms())};
}

Activity to_activity(const v1::Activity& activity) {
    return {to_ms(activity.span_ms()),
            activity.added(),
            activity.completed(),
            activity.failed(),
            activity.retried(),
            activity.added_per_second(),
            activity.completed_per_second(),
            activity.failed_per_second(),
            activity.failure_rate(),
            to_durations(activity.time_in_queue()),
            to_durations(activity.processing_time())};
}

NameMetrics to_name_metrics(const v1::NameMetrics& metrics) {
    return {metrics.name(),         to_activity(metrics.recent()),
            metrics.added_total(),  metrics.completed_total(),
            metrics.failed_total(), to_ms(metrics.oldest_waiting_age_ms())};
}

MinuteMetrics to_minute_metrics(const v1::MinuteMetrics& minute) {
    return {to_optional_wall(minute.begin_ms()).value_or(WallTime()),
            minute.added(),
            minute.completed(),
            minute.failed(),
            minute.retried(),
            to_durations(minute.time_in_queue()),
            to_durations(minute.processing_time())};
}

}  // namespace

QueueMetrics to_metrics(const v1::QueueMetrics& metrics) {
    QueueMetrics plain;
    plain.queue = metrics.queue();
    plain.paused = metrics.paused();
    plain.waiting = metrics.waiting();
    plain.active = metrics.active();
    plain.completed = metrics.completed();
    plain.failed = metrics.failed();
    plain.delayed = metrics.delayed();
    plain.waiting_children = metrics.waiting_children();
    for (const auto& count : metrics.waiting_by_priority()) {
        plain.waiting_by_priority[static_cast<int>(count.priority())] = count.jobs();
    }
    plain.added_total = metrics.added_total();
    plain.completed_total = metrics.completed_total();
    plain.failed_total = metrics.failed_total();
    plain.retried_total = metrics.retried_total();
    plain.stalled_total = metrics.stalled_total();
    plain.workers = metrics.workers();
    plain.held_until = to_optional_wall(metrics.held_until_ms());
    plain.oldest_waiting_age = to_ms(metrics.oldest_waiting_age_ms());
    plain.since = to_optional_wall(metrics.since_ms());
    plain.recent = to_activity(metrics.recent());
    for (const auto& name : metrics.by_name()) plain.by_name.push_back(to_name_metrics(name));
    for (const auto& minute : metrics.history()) plain.history.push_back(to_minute_metrics(minute));
    return plain;
}

}  // namespace swarmq::inline sdk
