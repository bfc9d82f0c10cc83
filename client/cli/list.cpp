// `swarm queue list`: the queues, or the jobs of one.
#include "bulk.h"
#include "exit_codes.h"
#include "filters.h"
#include "job_json.h"
#include "job_text.h"
#include "table.h"
#include "values.h"
#include "verbs.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace swarmq::cli {
namespace {

constexpr std::uint64_t kLimitDefault = 20;
constexpr std::uint64_t kLimitMax = 1'000'000;
constexpr std::uint64_t kPageMax = 1'000;

struct List {
    std::optional<std::string> queue;
    JobState state = JobState::Unknown;
    std::optional<std::uint64_t> limit;
    std::string cursor;
    Filters filters;
    bool with_payload = false;
    bool is_json = false;
};

std::string paused_text(const QueueMetrics& queue, WallTime now) {
    if (queue.paused) return "paused";
    return queue.held_until && *queue.held_until > now
               ? "goes on " + show_when(queue.held_until, now)
               : "";
}

int list_queues(Session& session, bool is_json) {
    std::vector<QueueMetrics> queues = session.admin().list_queues();
    std::sort(queues.begin(), queues.end(),
              [](const auto& a, const auto& b) { return a.queue < b.queue; });
    if (is_json) {
        boost::json::array array;
        for (const QueueMetrics& queue : queues) array.push_back(metrics_json(queue));
        print_json(boost::json::object{{"queues", std::move(array)}});
        return kExitOk;
    }
    Table table({{"QUEUE"},
                 {"WAITING", Align::Right},
                 {"ACTIVE", Align::Right},
                 {"DELAYED", Align::Right},
                 {"COMPLETED", Align::Right},
                 {"FAILED", Align::Right},
                 {"WORKERS", Align::Right},
                 {"PAUSED"}});
    const WallTime now = std::chrono::system_clock::now();
    for (const QueueMetrics& queue : queues) {
        table.row(
            {queue.queue, std::to_string(queue.waiting), std::to_string(queue.active),
             std::to_string(queue.delayed), std::to_string(queue.completed),
             Cell(std::to_string(queue.failed), queue.failed > 0 ? Colour::Red : Colour::None),
             std::to_string(queue.workers), Cell(paused_text(queue, now), Colour::Yellow)});
    }
    table.print(stdout);
    return kExitOk;
}

// A page of the broker may be short though more follow, so pages are asked for until enough is
// there.
JobPage list_jobs(Session& session, const List& list) {
    Admin admin = session.admin();
    JobPage all;
    all.next_cursor = list.cursor;
    const std::uint64_t limit = list.limit.value_or(kLimitDefault);
    do {
        ListQuery query{*list.queue, list.state};
        query.limit = static_cast<std::uint32_t>(std::min(limit - all.jobs.size(), kPageMax));
        query.cursor = all.next_cursor;
        query.with_payload = list.with_payload || list.is_json;
        list.filters.apply(query);
        JobPage page = admin.list_jobs(std::move(query));
        std::move(page.jobs.begin(), page.jobs.end(), std::back_inserter(all.jobs));
        all.next_cursor = std::move(page.next_cursor);
    } while (all.jobs.size() < limit && !all.next_cursor.empty());
    return all;
}

void print_jobs(const List& list, const JobPage& page) {
    const WallTime now = std::chrono::system_clock::now();
    std::vector<Column> columns{{"ID"},
                                {"NAME", Align::Left, 12},
                                {"STATE"},
                                {"PRIO", Align::Right},
                                {"TRIED", Align::Right},
                                {"CREATED"},
                                {"DETAIL", Align::Left, 12}};
    if (list.with_payload) columns.push_back({"PAYLOAD"});
    Table table(std::move(columns));
    for (const Job& job : page.jobs) {
        std::vector<Cell> cells{job.id,
                                job.name,
                                Cell(std::string(to_string(job.state)), colour_of(job.state)),
                                std::to_string(job.options.priority.value_or(kPriorityNormal)),
                                show_attempts(job),
                                show_when(job.created_at, now),
                                show_detail(job, now, 60)};
        if (list.with_payload) cells.emplace_back(one_line(job.payload, 60));
        table.row(std::move(cells));
    }
    table.print(stdout);
    if (!page.next_cursor.empty()) {
        fmt::print(stderr, "more: --cursor {}\n", page.next_cursor);
    }
}

}  // namespace

Run declare_list(Arguments& arguments) {
    auto list = std::make_shared<List>();
    arguments.optional_word("QUEUE", list->queue, "The queue; without it the queues are listed");
    declare_state(arguments, list->state);
    declare_filters(arguments, list->filters);
    arguments.number("--limit", list->limit, 1, kLimitMax, "At most so many jobs. Default: 20");
    arguments.text("--cursor", list->cursor, "Go on after a page before, as that page says");
    arguments.flag("--payload", list->with_payload, "Show payloads too");
    arguments.flag("--json", list->is_json,
                   "One JSON object with jobs and next_cursor, or with queues");
    return [list](Session& session) {
        if (!list->queue) return list_queues(session, list->is_json);
        const JobPage page = list_jobs(session, *list);
        // No jobs and no queue are different things: NotFound.
        if (page.jobs.empty()) session.admin().get_metrics(*list->queue);
        if (!list->is_json) {
            print_jobs(*list, page);
            return kExitOk;
        }
        boost::json::array jobs;
        for (const Job& job : page.jobs) jobs.push_back(job_json(job));
        print_json(
            boost::json::object{{"jobs", std::move(jobs)}, {"next_cursor", page.next_cursor}});
        return kExitOk;
    };
}

}  // namespace swarmq::cli
