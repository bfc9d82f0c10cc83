// `swarm queue metrics`: how many jobs are where.
#include "exit_codes.h"
#include "job_json.h"
#include "table.h"
#include "verbs.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <memory>

namespace swarmq::cli {
namespace {

struct Metrics {
    std::string queue;
    bool is_json = false;
};

void print_metrics(const QueueMetrics& metrics) {
    Table table({{"QUEUE " + metrics.queue}, {metrics.paused ? "(paused)" : "JOBS", Align::Right}});
    const auto row = [&](std::string label, std::uint64_t count, Colour colour = Colour::None) {
        table.row({std::move(label), Cell(std::to_string(count), colour)});
    };
    row("waiting", metrics.waiting);
    for (const auto& [priority, count] : metrics.waiting_by_priority) {
        row(fmt::format("  priority {}", priority), count);
    }
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

}  // namespace

Run declare_metrics(Arguments& arguments) {
    auto options = std::make_shared<Metrics>();
    arguments.word("QUEUE", options->queue, "The queue");
    arguments.flag("--json", options->is_json, "One flat JSON object, for programs");
    return [options](Session& session) {
        const QueueMetrics metrics = session.queue(options->queue).get_metrics();
        if (options->is_json) {
            print_json(metrics_json(metrics));
        } else {
            print_metrics(metrics);
        }
        return kExitOk;
    };
}

}  // namespace swarmq::cli
