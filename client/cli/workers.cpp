// `swarm workers`: who works, on what, and when it was last heard.
#include "exit_codes.h"
#include "job_json.h"
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

constexpr std::uint32_t kPageLimit = 1'000;
constexpr std::size_t kNameWidth = 40;
constexpr std::size_t kQueuesWidth = 60;

struct Workers {
    std::optional<std::string> queue;
    bool is_json = false;
};

template <class Visit>
void each_worker(Admin admin, const std::string& queue, Visit visit) {
    std::uint64_t after = 0;
    do {
        const WorkerPage page = admin.list_workers(queue, after, kPageLimit);
        for (const WorkerState& worker : page.workers) visit(worker);
        after = page.next;
    } while (after != 0);
}

std::string labels_of(const WorkerState& worker) {
    std::string text;
    for (const auto& [name, value] : worker.labels) {
        if (!text.empty()) text += ' ';
        text += name + "=" + value;
    }
    return text;
}

std::string queues_of(const WorkerState& worker) {
    std::string text = fmt::format("{}", fmt::join(worker.queues, " "));
    if (worker.queues_more > 0) text += fmt::format(" and {} more", worker.queues_more);
    return text;
}

boost::json::value milliseconds(const std::optional<WallTime>& time) {
    if (!time) return nullptr;
    return std::chrono::duration_cast<Milliseconds>(time->time_since_epoch()).count();
}

boost::json::object worker_json(const WorkerState& worker) {
    boost::json::object labels;
    for (const auto& [name, value] : worker.labels) labels[name] = value;
    boost::json::array queues;
    for (const std::string& queue : worker.queues) queues.emplace_back(queue);
    return {{"session", worker.session},
            {"worker", worker.client_name},
            {"sdk", worker.sdk},
            {"address", worker.address},
            {"labels", std::move(labels)},
            {"queues", std::move(queues)},
            {"queues_more", worker.queues_more},
            {"holds", worker.leases},
            {"credit", worker.credit},
            {"connected", milliseconds(worker.connected_at)},
            {"last_heard", milliseconds(worker.last_heard_at)}};
}

std::string show_since(const std::optional<WallTime>& time, WallTime now) {
    if (!time) return "-";
    const auto since = std::chrono::duration_cast<Milliseconds>(now - *time);
    return show_duration(std::max(since, Milliseconds{0}));
}

void print_table(Admin admin, const std::string& queue) {
    const WallTime now = admin.server_info().now;
    Table table({{"WORKER", Align::Left, 12},
                 {"QUEUES", Align::Left, 12},
                 {"HOLDS", Align::Right},
                 {"CREDIT", Align::Right},
                 {"QUIET", Align::Right},
                 {"AGE", Align::Right},
                 {"ADDRESS"},
                 {"LABELS"}});
    each_worker(admin, queue, [&](const WorkerState& worker) {
        const bool is_lost = worker.address.empty();
        table.row(
            {one_line(worker.client_name, kNameWidth), one_line(queues_of(worker), kQueuesWidth),
             std::to_string(worker.leases), std::to_string(worker.credit),
             is_lost ? Cell("lost", Colour::Red) : Cell(show_since(worker.last_heard_at, now)),
             show_since(worker.connected_at, now), worker.address,
             one_line(labels_of(worker), kQueuesWidth)});
    });
    table.print(stdout);
}

}  // namespace

Run declare_workers(Arguments& arguments) {
    auto workers = std::make_shared<Workers>();
    arguments.optional_word("QUEUE", workers->queue, "Those of this queue. Default: all");
    arguments.flag("--json", workers->is_json, "One JSON object a line, for programs");
    return [workers](Session& session) {
        const std::string queue = workers->queue.value_or("");
        if (workers->is_json) {
            each_worker(session.admin(), queue,
                        [](const WorkerState& worker) { print_json(worker_json(worker)); });
        } else {
            print_table(session.admin(), queue);
        }
        return kExitOk;
    };
}

}  // namespace swarmq::cli
