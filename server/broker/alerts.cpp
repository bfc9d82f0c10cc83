// Each kind of alert says why it is up, or nothing.
#include "broker/alerts.h"

#include <utility>

namespace swarmq::broker {
namespace {

constexpr AlertKind kKinds[] = {AlertKind::FailureRate, AlertKind::Backlog, AlertKind::NoWorker,
                                AlertKind::NearTimeout};
// The window slides in steps: one in so many of it.
constexpr DurationMs kSamplesPerWindow = 10;

std::uint64_t waiting(const engine::QueueGlance& queue) {
    return queue.by_state[static_cast<std::size_t>(JobState::Waiting)];
}

}  // namespace

const char* name_of(AlertKind kind) {
    switch (kind) {
        case AlertKind::FailureRate:
            return "failure_rate";
        case AlertKind::Backlog:
            return "backlog";
        case AlertKind::NoWorker:
            return "no_worker";
        case AlertKind::NearTimeout:
            return "near_timeout";
    }
    return "backlog";
}

// The oldest sample is the last one at or before the window's begin.
void Alerts::sample(Watch& watch, const engine::QueueGlance& queue, TimeMs now_ms) const {
    auto& samples = watch.samples;
    // A queue that was obliterated counts anew.
    if (!samples.empty() && (queue.completed_total < samples.back().completed ||
                             queue.failed_total < samples.back().failed))
        samples.clear();
    const bool is_due = samples.empty() || now_ms - samples.back().at_ms >=
                                               limits_.failure_window_ms / kSamplesPerWindow;
    if (is_due) samples.push_back({now_ms, queue.completed_total, queue.failed_total});
    while (samples.size() > 1 && samples[1].at_ms <= now_ms - limits_.failure_window_ms)
        samples.pop_front();
}

std::string Alerts::why_failures(const Watch& watch, const engine::QueueGlance& queue) const {
    if (limits_.failure_percent == 0) return "";
    const Sample& from = watch.samples.front();
    const std::uint64_t failed = queue.failed_total - from.failed;
    const std::uint64_t ended = failed + queue.completed_total - from.completed;
    if (ended == 0 || ended < limits_.failure_jobs_min ||
        failed * 100 <= ended * limits_.failure_percent)
        return "";
    return std::to_string(failed) + " of " + std::to_string(ended) + " jobs failed within " +
           std::to_string(limits_.failure_window_ms / 1'000) + " s, more than " +
           std::to_string(limits_.failure_percent) + " %";
}

std::string Alerts::why_alone(Watch& watch, const engine::QueueGlance& queue, TimeMs now_ms) const {
    const bool is_alone = waiting(queue) > 0 && queue.workers == 0 && !queue.is_paused;
    if (!is_alone)
        watch.alone_since_ms = 0;
    else if (watch.alone_since_ms == 0)
        watch.alone_since_ms = now_ms;
    if (!is_alone || limits_.no_worker_ms == 0 ||
        now_ms - watch.alone_since_ms < limits_.no_worker_ms)
        return "";
    return std::to_string(waiting(queue)) + " jobs wait and no worker has been there for " +
           std::to_string((now_ms - watch.alone_since_ms) / 1'000) + " s";
}

std::string Alerts::why(AlertKind kind, Watch& watch, const engine::QueueGlance& queue,
                        TimeMs now_ms) const {
    switch (kind) {
        case AlertKind::FailureRate:
            return why_failures(watch, queue);
        case AlertKind::Backlog:
            if (limits_.backlog == 0 || waiting(queue) <= limits_.backlog) return "";
            return std::to_string(waiting(queue)) + " jobs wait, more than " +
                   std::to_string(limits_.backlog);
        case AlertKind::NoWorker:
            return why_alone(watch, queue, now_ms);
        case AlertKind::NearTimeout:
            if (!limits_.near_timeout || queue.near_timeout == 0) return "";
            return "of the 1,000 oldest attempts " + std::to_string(queue.near_timeout) +
                   " have used four fifths of their timeout";
    }
    return "";
}

std::vector<AlertChange> Alerts::look(const std::vector<engine::QueueGlance>& queues, TimeMs now_ms,
                                      bool ends_round) {
    std::vector<AlertChange> changes;
    for (const auto& queue : queues) {
        Watch& watch = watches_[queue.id];
        watch.queue = queue.name;
        watch.round = round_;
        sample(watch, queue, now_ms);
        for (const AlertKind kind : kKinds) {
            std::string detail = why(kind, watch, queue, now_ms);
            bool& is_up = watch.is_up[static_cast<std::size_t>(kind)];
            if (std::exchange(is_up, !detail.empty()) != !detail.empty())
                changes.push_back({queue.name, kind, is_up, std::move(detail)});
        }
    }
    if (ends_round) forget_gone(changes);
    return changes;
}

void Alerts::forget_gone(std::vector<AlertChange>& changes) {
    for (auto at = watches_.begin(); at != watches_.end();) {
        if (at->second.round == round_) {
            ++at;
            continue;
        }
        for (const AlertKind kind : kKinds)
            if (at->second.is_up[static_cast<std::size_t>(kind)])
                changes.push_back({at->second.queue, kind, false, "the queue is gone"});
        at = watches_.erase(at);
    }
    ++round_;
}

std::vector<Alerts::Raised> Alerts::raised(std::size_t size_max) const {
    std::vector<Raised> up;
    for (const auto& [id, watch] : watches_)
        for (const AlertKind kind : kKinds)
            if (watch.is_up[static_cast<std::size_t>(kind)] && up.size() < size_max)
                up.push_back({watch.queue, kind});
    return up;
}

}  // namespace swarmq::broker
