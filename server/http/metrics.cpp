// A family after the other, as Prometheus wants it.
#include "http/metrics.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "http/process.h"
#include "http/prometheus.h"

namespace swarmq::http {
namespace {

// No name of a queue looks like this.
constexpr std::string_view kOthers = "(others)";

constexpr std::array<std::pair<JobState, std::string_view>, 6> kStates{{
    {JobState::Waiting, "waiting"},
    {JobState::Delayed, "delayed"},
    {JobState::Active, "active"},
    {JobState::Completed, "completed"},
    {JobState::Failed, "failed"},
    {JobState::WaitingChildren, "waiting-children"},
}};

// Calls visit(label, figures) for each queue that is shown and for the rest.
template <class Visit>
void each_queue(const engine::Overview& overview, Visit visit) {
    for (const auto& queue : overview.queues) visit(std::string_view(queue.name), queue);
    if (overview.other_queues > 0) visit(kOthers, overview.others);
}

double seconds(DurationMs duration_ms) { return static_cast<double>(duration_ms) / 1'000; }

void write_queues(PrometheusPage& page, const Snapshot& snapshot) {
    const engine::Overview& overview = snapshot.overview;
    page.gauge("swarmq_queues", overview.queues.size() + overview.other_queues, "Queues that exist.");
    page.family("swarmq_queue_jobs", "gauge", "Jobs stored now, by state.");
    each_queue(overview, [&](std::string_view name, const engine::QueueGlance& queue) {
        for (const auto& [state, word] : kStates)
            page.sample({{"queue", name}, {"state", word}},
                        queue.by_state[static_cast<std::size_t>(state)]);
    });
    const auto per_queue = [&](std::string_view name, std::string_view type, std::string_view help,
                               std::uint64_t engine::QueueGlance::*figure) {
        page.family(name, type, help);
        each_queue(overview, [&](std::string_view label, const engine::QueueGlance& queue) {
            page.sample({{"queue", label}}, queue.*figure);
        });
    };
    using Glance = engine::QueueGlance;
    per_queue("swarmq_queue_added_total", "counter", "Jobs added since the queue's creation.",
              &Glance::added_total);
    per_queue("swarmq_queue_completed_total", "counter", "Jobs completed.", &Glance::completed_total);
    per_queue("swarmq_queue_failed_total", "counter", "Jobs failed for good.", &Glance::failed_total);
    per_queue("swarmq_queue_retried_total", "counter", "Failed attempts and jobs that are made again.",
              &Glance::retried_total);
    per_queue("swarmq_queue_stalled_total", "counter", "Attempts lost with their worker.",
              &Glance::stalled_total);
    per_queue("swarmq_queue_workers", "gauge", "Subscriptions that take jobs of the queue.",
              &Glance::workers);
    per_queue("swarmq_queue_near_timeout_attempts", "gauge",
              "Of the queue's 1,000 oldest attempts, those in the last fifth of their timeout.",
              &Glance::near_timeout);
    page.family("swarmq_queue_paused", "gauge", "1 while the queue is paused.");
    for (const auto& queue : overview.queues)
        page.sample({{"queue", queue.name}}, std::uint64_t{queue.is_paused});
    page.family("swarmq_queue_oldest_waiting_seconds", "gauge",
                "How long the oldest waiting job could have run already; 0 when none waits.");
    each_queue(overview, [&](std::string_view name, const Glance& queue) {
        const bool has_any = queue.oldest_waiting_ms > 0;
        page.sample({{"queue", name}},
                    has_any ? seconds(std::max<DurationMs>(0, snapshot.now_ms - queue.oldest_waiting_ms)) : 0.0);
    });
}

// The percentiles are of the last minutes, sum and count of all since the boot.
void write_times(PrometheusPage& page, const engine::Overview& overview) {
    const auto family = [&](std::string_view name, std::string_view help, auto durations, auto sum_ms) {
        page.family(name, "summary", help);
        for (const auto& queue : overview.queues) {
            const engine::Durations& told = queue.times.*durations;
            if (told.count == 0) continue;
            page.sample({{"queue", queue.name}, {"quantile", "0.5"}}, seconds(told.p50_ms));
            page.sample({{"queue", queue.name}, {"quantile", "0.99"}}, seconds(told.p99_ms));
            page.sample({{"queue", queue.name}}, static_cast<double>(queue.times.*sum_ms) / 1'000, "_sum");
            page.sample({{"queue", queue.name}}, told.count, "_count");
        }
    };
    using Times = engine::QueueTimes;
    family("swarmq_queue_time_in_queue_seconds",
           "From when a job could first run until it was given to a worker; quantiles of the last five minutes.",
           &Times::time_in_queue, &Times::time_in_queue_sum_ms);
    family("swarmq_queue_processing_seconds",
           "How long attempts took that completed, failed or timed out; quantiles of the last five minutes.",
           &Times::processing_time, &Times::processing_sum_ms);
}

void write_commits(PrometheusPage& page, const broker::Stats& stats) {
    constexpr std::string_view kName = "swarmq_commit_duration_seconds";
    page.family(kName, "histogram", "Time that a group commit took: write and, if so set, sync.");
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < broker::kCommitBoundsUs.size(); ++i) {
        below += stats.commits_by_time[i];
        const double bound = static_cast<double>(broker::kCommitBoundsUs[i]) / 1e6;
        std::string label = std::to_string(bound);
        label.erase(label.find_last_not_of('0') + 1);
        if (label.ends_with('.')) label += '0';
        page.sample({{"le", label}}, below, "_bucket");
    }
    page.sample({{"le", "+Inf"}}, stats.commits_total, "_bucket");
    page.sample({}, static_cast<double>(stats.commit_us_total) / 1e6, "_sum");
    page.sample({}, stats.commits_total, "_count");
    page.counter("swarmq_committed_bytes_total", stats.commit_bytes_total, "Bytes of committed batches.");
}

void write_loop(PrometheusPage& page, const Snapshot& snapshot) {
    page.gauge("swarmq_jobs", snapshot.jobs, "Jobs stored now, in all queues.");
    page.gauge("swarmq_connections", snapshot.facts.connections, "Connections that are open.");
    page.counter("swarmq_connections_accepted_total", snapshot.facts.connections_total,
                 "Connections accepted.");
    page.counter("swarmq_connections_refused_total", snapshot.facts.connections_refused_total,
                 "Connections closed at once because too many were open.");
    page.gauge("swarmq_sessions", snapshot.overview.sessions,
               "Sessions, those included whose connection was lost a moment ago.");
    page.counter("swarmq_requests_total", snapshot.stats.requests_total, "Requests received.");
    page.counter("swarmq_jobs_delivered_total", snapshot.stats.delivered_total,
                 "Attempts handed to workers.");
    write_commits(page, snapshot.stats);
    page.gauge("swarmq_adds_refused", std::uint64_t{!snapshot.add_refusal.empty()},
               "1 while adds are refused because the disk is low.");
    page.gauge("swarmq_draining", std::uint64_t{snapshot.facts.is_draining},
               "1 while the daemon stops.");
    page.family("swarmq_alert", "gauge", "1 for each alert that is up.");
    for (const auto& alert : snapshot.alerts)
        page.sample({{"queue", alert.queue}, {"kind", alert.kind}}, std::uint64_t{1});
}

void write_store(PrometheusPage& page, const Sources& sources) {
    page.gauge("swarmq_recovery_seconds", sources.recovery_seconds,
               "How long the start took until all queues were in memory.");
    page.gauge("swarmq_recovered_rows", sources.recovered_rows, "Rows read at the start.");
    if (const auto free_bytes = sources.disk_free_bytes())
        page.gauge("swarmq_disk_free_bytes", *free_bytes, "Free space where the data directory is.");
    for (const auto& [name, value] : sources.store_figures())
        page.gauge("swarmq_store_" + name, value, "A figure of the store; see deploy/README.md.");
}

void write_process(PrometheusPage& page) {
    const ProcessFigures figures = read_process();
    page.counter("process_cpu_seconds_total", figures.cpu_seconds, "Processor time used.");
    page.gauge("process_start_time_seconds", figures.start_seconds, "Start, in seconds since the epoch.");
    page.gauge("process_resident_memory_bytes", figures.resident_bytes, "Memory in use.");
    page.gauge("process_virtual_memory_bytes", figures.virtual_bytes, "Memory mapped.");
    page.gauge("process_open_fds", figures.open_fds, "Descriptors open.");
    page.gauge("process_max_fds", figures.max_fds, "Descriptors allowed.");
    page.gauge("process_threads", figures.threads, "Threads.");
}

}  // namespace

std::string metrics_page(const std::string& version, const Snapshot* snapshot, const Sources* sources) {
    PrometheusPage page;
    page.family("swarmq_build_info", "gauge", "1; the version and durability are labels.");
    page.sample({{"version", version},
                 {"durability", snapshot ? std::string_view(snapshot->facts.durability) : ""}},
                std::uint64_t{1});
    page.gauge("swarmq_recovering", std::uint64_t{snapshot == nullptr},
               "1 while the daemon reads its store at the start.");
    if (snapshot) {
        write_loop(page, *snapshot);
        write_queues(page, *snapshot);
        write_times(page, snapshot->overview);
    }
    if (sources) write_store(page, *sources);
    write_process(page);
    return page.take();
}

}  // namespace swarmq::http
