// Narrow columns: at 80 characters a queue's name still has room.
#include "watch_view.h"

#include "event_text.h"
#include "figures.h"
#include "table.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace swarmq::cli {
namespace {

// All columns but the name, with their gaps.
constexpr std::size_t kFigureColumns = 68;
constexpr std::size_t kNameLeast = 12;
constexpr std::size_t kNamesMost = 8;

bool is_busy(const QueueMetrics& queue) {
    const Activity& recent = queue.recent;
    return queue.waiting + queue.active + recent.added + recent.completed + recent.failed > 0;
}

Cell alarming(std::string text, bool is_alarming) {
    return {std::move(text), is_alarming ? Colour::Red : Colour::None};
}

std::string title_line(std::string_view what, const WatchTitle& title, const ScreenSize& size) {
    const std::string time = fmt::format(
        "{:%H:%M:%S} UTC", fmt::gmtime(std::chrono::system_clock::to_time_t(title.now)));
    const std::size_t room = size.columns > time.size() + 2 ? size.columns - time.size() - 2 : 20;
    const std::string left = one_line(
        title.problem.empty() ? fmt::format("{}  {}", title.server, what) : title.problem, room);
    const std::string padding(std::max<std::size_t>(room + 2, left.size() + 2) - left.size(), ' ');
    if (!title.is_coloured) return left + padding + time;
    return coloured(left, title.problem.empty() ? Colour::Bold : Colour::Red) + padding +
           coloured(time, Colour::Dim);
}

std::size_t name_width(const ScreenSize& size) {
    return std::max(size.columns > kFigureColumns ? size.columns - kFigureColumns : 0, kNameLeast);
}

Table figures_table(std::string first) {
    return Table({{std::move(first)},
                  {"WAIT", Align::Right},
                  {"RUN", Align::Right},
                  {"DELAY", Align::Right},
                  {"DEAD", Align::Right},
                  {"WORK", Align::Right},
                  {"DONE/s", Align::Right},
                  {"FAIL%", Align::Right},
                  {"P50", Align::Right},
                  {"P99", Align::Right},
                  {"OLDEST", Align::Right}});
}

std::string times(const char* label, const Durations& durations) {
    const Milliseconds average(static_cast<std::int64_t>(durations.average_ms + 0.5));
    return fmt::format("{:<11} average {:>5}   p50 {:>5}   p99 {:>5}   max {:>5}", label,
                       short_duration(durations, average), short_duration(durations, durations.p50),
                       short_duration(durations, durations.p99),
                       short_duration(durations, durations.max));
}

void append(std::vector<std::string>& lines, const std::vector<std::string>& more) {
    lines.insert(lines.end(), more.begin(), more.end());
}

std::vector<std::string> names_table(const QueueMetrics& metrics, bool is_coloured) {
    Table table({{"NAME"},
                 {"ADDED/s", Align::Right},
                 {"DONE/s", Align::Right},
                 {"FAIL%", Align::Right},
                 {"WAITED", Align::Right},
                 {"TOOK", Align::Right},
                 {"P99", Align::Right},
                 {"OLDEST", Align::Right}});
    std::size_t shown = 0;
    for (const NameMetrics& name : metrics.by_name) {
        if (shown++ == kNamesMost) break;
        const Activity& recent = name.recent;
        table.row({name.name.empty() ? "(others)" : one_line(name.name, 22),
                   short_rate(recent.added_per_second), short_rate(recent.completed_per_second),
                   alarming(short_percent(recent.failure_rate), recent.failed > 0),
                   short_duration(recent.time_in_queue, recent.time_in_queue.p50),
                   short_duration(recent.processing_time, recent.processing_time.p50),
                   short_duration(recent.processing_time, recent.processing_time.p99),
                   short_age(name.oldest_waiting_age)});
    }
    return table.lines(is_coloured);
}

}  // namespace

void sort_for_watching(std::vector<QueueMetrics>& queues) {
    std::sort(queues.begin(), queues.end(), [](const QueueMetrics& a, const QueueMetrics& b) {
        return is_busy(a) != is_busy(b) ? is_busy(a) : a.queue < b.queue;
    });
}

// Title, empty line, head of the table, and what is left out.
std::size_t rows_for_queues(const ScreenSize& size) {
    return size.rows > 5 ? size.rows - 4 : 1;
}

std::vector<std::string> queues_view(const std::vector<QueueMetrics>& queues, std::size_t total,
                                     const WatchTitle& title, const ScreenSize& size) {
    Table table = figures_table("QUEUE");
    for (const QueueMetrics& queue : queues) {
        const Activity& recent = queue.recent;
        const bool is_stuck = queue.waiting > 0 && queue.workers == 0;
        const std::string mark = queue.paused ? "=" : queue.held_until ? "~" : "";
        table.row({Cell(one_line(mark + queue.queue, name_width(size)),
                        mark.empty() ? Colour::None : Colour::Yellow),
                   short_count(queue.waiting), short_count(queue.active),
                   short_count(queue.delayed),
                   alarming(short_count(queue.failed), queue.failed > 0),
                   alarming(short_count(queue.workers), is_stuck),
                   short_rate(recent.completed_per_second),
                   alarming(short_percent(recent.failure_rate), recent.failed > 0),
                   short_duration(recent.processing_time, recent.processing_time.p50),
                   short_duration(recent.processing_time, recent.processing_time.p99),
                   short_age(queue.oldest_waiting_age)});
    }
    std::vector<std::string> lines{
        title_line(total == 1 ? "1 queue" : fmt::format("{} queues", total), title, size), ""};
    append(lines, table.lines(title.is_coloured));
    if (queues.size() < total)
        lines.push_back(fmt::format("... and {} more", total - queues.size()));
    return lines;
}

std::vector<std::string> queue_view(const QueueMetrics& metrics, const std::deque<Event>& events,
                                    const WatchTitle& title, const ScreenSize& size) {
    const Activity& recent = metrics.recent;
    std::vector<std::string> lines{title_line(fmt::format("{}{}", metrics.queue,
                                                          metrics.paused       ? "  (paused)"
                                                          : metrics.held_until ? "  (held)"
                                                                               : ""),
                                              title, size),
                                   ""};
    Table counts({{"WAITING", Align::Right},
                  {"ACTIVE", Align::Right},
                  {"DELAYED", Align::Right},
                  {"CHILDREN", Align::Right},
                  {"COMPLETED", Align::Right},
                  {"FAILED", Align::Right},
                  {"WORKERS", Align::Right},
                  {"OLDEST", Align::Right}});
    counts.row({short_count(metrics.waiting), short_count(metrics.active),
                short_count(metrics.delayed), short_count(metrics.waiting_children),
                short_count(metrics.completed),
                alarming(short_count(metrics.failed), metrics.failed > 0),
                alarming(short_count(metrics.workers), metrics.waiting > 0 && metrics.workers == 0),
                short_age(metrics.oldest_waiting_age)});
    append(lines, counts.lines(title.is_coloured));
    lines.push_back("");
    lines.push_back(
        fmt::format("last {:<6} added {}/s   completed {}/s   failed {}/s ({})   retried {}",
                    short_duration(recent.span), short_rate(recent.added_per_second),
                    short_rate(recent.completed_per_second), short_rate(recent.failed_per_second),
                    short_percent(recent.failure_rate), short_count(recent.retried)));
    lines.push_back(times("in queue", recent.time_in_queue));
    lines.push_back(times("processing", recent.processing_time));
    if (!metrics.by_name.empty()) {
        lines.push_back("");
        append(lines, names_table(metrics, title.is_coloured));
    }
    lines.push_back("");
    const std::size_t room = size.rows > lines.size() ? size.rows - lines.size() : 0;
    const std::size_t first = events.size() > room ? events.size() - room : 0;
    for (std::size_t i = first; i < events.size(); ++i)
        lines.push_back(event_line(events[i], false, title.is_coloured, size.columns));
    return lines;
}

}  // namespace swarmq::cli
