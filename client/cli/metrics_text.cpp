// One table for each question: where are the jobs, what happened lately, to which names, in which
// minutes.
#include "metrics_text.h"

#include "figures.h"
#include "job_json.h"
#include "table.h"
#include "values.h"

#include <boost/json.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <string>

namespace swarmq::cli {
namespace {

namespace json = boost::json;

void add_durations(json::object& object, const std::string& name, const Durations& durations) {
    object[name + "_count"] = durations.count;
    object[name + "_average"] = durations.average_ms;
    object[name + "_p50"] = durations.p50.count();
    object[name + "_p99"] = durations.p99.count();
    object[name + "_max"] = durations.max.count();
}

void add_recent(json::object& object, const Activity& recent) {
    object["recent_span"] = recent.span.count();
    object["recent_added"] = recent.added;
    object["recent_completed"] = recent.completed;
    object["recent_failed"] = recent.failed;
    object["recent_retried"] = recent.retried;
    object["added_per_second"] = recent.added_per_second;
    object["completed_per_second"] = recent.completed_per_second;
    object["failed_per_second"] = recent.failed_per_second;
    object["failure_rate"] = recent.failure_rate;
    add_durations(object, "time_in_queue", recent.time_in_queue);
    add_durations(object, "processing_time", recent.processing_time);
}

json::object name_json(const NameMetrics& metrics) {
    json::object object{{"name", metrics.name},
                        {"added_total", metrics.added_total},
                        {"completed_total", metrics.completed_total},
                        {"failed_total", metrics.failed_total},
                        {"oldest_waiting_age", metrics.oldest_waiting_age.count()}};
    add_recent(object, metrics.recent);
    return object;
}

json::object minute_json(const MinuteMetrics& minute) {
    json::object object{{"begin", unix_ms(minute.begin)},
                        {"added", minute.added},
                        {"completed", minute.completed},
                        {"failed", minute.failed},
                        {"retried", minute.retried}};
    add_durations(object, "time_in_queue", minute.time_in_queue);
    add_durations(object, "processing_time", minute.processing_time);
    return object;
}

Cell failures(std::uint64_t count) {
    return {std::to_string(count), count > 0 ? Colour::Red : Colour::None};
}

void duration_row(Table& table, const char* label, const Durations& durations) {
    const Milliseconds average(static_cast<std::int64_t>(durations.average_ms + 0.5));
    table.row({label, std::to_string(durations.count), short_duration(durations, average),
               short_duration(durations, durations.p50), short_duration(durations, durations.p99),
               short_duration(durations, durations.max)});
}

}  // namespace

void add_activity(json::object& object, const QueueMetrics& metrics,
                  const MetricsOptions& options) {
    object["oldest_waiting_age"] = metrics.oldest_waiting_age.count();
    object["held_until"] = metrics.held_until ? json::value(unix_ms(*metrics.held_until)) : nullptr;
    object["since"] = metrics.since ? json::value(unix_ms(*metrics.since)) : nullptr;
    add_recent(object, metrics.recent);
    if (options.by_name) {
        json::array names;
        for (const auto& name : metrics.by_name) names.push_back(name_json(name));
        object["by_name"] = std::move(names);
    }
    if (options.history_minutes > 0) {
        json::array minutes;
        for (const auto& minute : metrics.history) minutes.push_back(minute_json(minute));
        object["history"] = std::move(minutes);
    }
}

void print_counts(const QueueMetrics& metrics) {
    Table table({{"QUEUE " + metrics.queue}, {metrics.paused ? "(paused)" : "JOBS", Align::Right}});
    const auto row = [&](std::string label, std::uint64_t count, Colour colour = Colour::None) {
        table.row({std::move(label), Cell(std::to_string(count), colour)});
    };
    row("waiting", metrics.waiting);
    for (const auto& [priority, count] : metrics.waiting_by_priority) {
        row(fmt::format("  priority {}", priority), count);
    }
    if (metrics.waiting > 0)
        table.row({"  the oldest for", show_duration(metrics.oldest_waiting_age)});
    row("active", metrics.active);
    row("delayed", metrics.delayed);
    row("waiting-children", metrics.waiting_children);
    row("completed", metrics.completed);
    row("failed", metrics.failed, metrics.failed > 0 ? Colour::Red : Colour::None);
    row("added ever", metrics.added_total);
    row("completed ever", metrics.completed_total);
    row("failed ever", metrics.failed_total);
    row("retries ever", metrics.retried_total);
    row("lost workers ever", metrics.stalled_total);
    row("workers now", metrics.workers);
    table.print(stdout);
}

void print_activity(const QueueMetrics& metrics) {
    if (!metrics.since) return;
    const Activity& recent = metrics.recent;
    fmt::print("\n");
    Table jobs({{"THE LAST " + show_duration(recent.span)},
                {"ADDED", Align::Right},
                {"COMPLETED", Align::Right},
                {"FAILED", Align::Right},
                {"RETRIED", Align::Right}});
    jobs.row({"jobs", std::to_string(recent.added), std::to_string(recent.completed),
              failures(recent.failed), std::to_string(recent.retried)});
    jobs.row({"per second", short_rate(recent.added_per_second),
              short_rate(recent.completed_per_second), short_rate(recent.failed_per_second), ""});
    jobs.row({"failure rate", "", "", short_percent(recent.failure_rate), ""});
    jobs.print(stdout);
    fmt::print("\n");
    Table times({{"TIME"},
                 {"JOBS", Align::Right},
                 {"AVERAGE", Align::Right},
                 {"P50", Align::Right},
                 {"P99", Align::Right},
                 {"MAX", Align::Right}});
    duration_row(times, "in the queue", recent.time_in_queue);
    duration_row(times, "processing", recent.processing_time);
    times.print(stdout);
}

void print_names(const QueueMetrics& metrics) {
    fmt::print("\n");
    Table table({{"NAME"},
                 {"ADDED", Align::Right},
                 {"DONE", Align::Right},
                 {"FAILED", Align::Right},
                 {"FAIL%", Align::Right},
                 {"WAITED", Align::Right},
                 {"P99", Align::Right},
                 {"TOOK", Align::Right},
                 {"P99", Align::Right},
                 {"OLDEST", Align::Right}});
    for (const NameMetrics& name : metrics.by_name) {
        const Durations& waited = name.recent.time_in_queue;
        const Durations& took = name.recent.processing_time;
        table.row({name.name.empty() ? "(others)" : one_line(name.name, 24),
                   short_count(name.recent.added), short_count(name.recent.completed),
                   Cell(short_count(name.recent.failed),
                        name.recent.failed > 0 ? Colour::Red : Colour::None),
                   short_percent(name.recent.failure_rate), short_duration(waited, waited.p50),
                   short_duration(waited, waited.p99), short_duration(took, took.p50),
                   short_duration(took, took.p99), short_age(name.oldest_waiting_age)});
    }
    table.print(stdout);
}

void print_history(const QueueMetrics& metrics) {
    fmt::print("\n");
    Table table({{"MINUTE (UTC)"},
                 {"ADDED", Align::Right},
                 {"COMPLETED", Align::Right},
                 {"FAILED", Align::Right},
                 {"RETRIED", Align::Right},
                 {"WAITED", Align::Right},
                 {"P99", Align::Right},
                 {"TOOK", Align::Right},
                 {"P99", Align::Right}});
    for (const MinuteMetrics& minute : metrics.history) {
        const auto begin = std::chrono::system_clock::to_time_t(minute.begin);
        const Durations& waited = minute.time_in_queue;
        const Durations& took = minute.processing_time;
        table.row({fmt::format("{:%m-%d %H:%M}", fmt::gmtime(begin)), short_count(minute.added),
                   short_count(minute.completed), failures(minute.failed),
                   short_count(minute.retried), short_duration(waited, waited.p50),
                   short_duration(waited, waited.p99), short_duration(took, took.p50),
                   short_duration(took, took.p99)});
    }
    table.print(stdout);
}

}  // namespace swarmq::cli
