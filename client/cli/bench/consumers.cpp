// Counts jobs and hands each thread its own histogram.
#include "bench/consumers.h"

#include <utility>

namespace swarmq::cli {
namespace {

// A worker takes no more queues than this.
constexpr std::size_t kQueuesMax = 64;

std::vector<std::vector<std::string>> groups_of(const std::vector<std::string>& queues) {
    std::vector<std::vector<std::string>> groups;
    for (std::size_t i = 0; i < queues.size(); ++i) {
        if (i % kQueuesMax == 0) groups.emplace_back();
        groups.back().push_back(queues[i]);
    }
    return groups;
}

}  // namespace

Consumers::Consumers(const Session& session, const BenchSettings& settings, Observe observe)
    : observe_(std::move(observe)), meter_(settings.meter) {
    const auto groups = groups_of(settings.queues);
    const std::uint64_t workers = settings.connections * groups.size();
    for (std::uint64_t i = 0; i < settings.connections; ++i) {
        Connection connection = session.open();
        connection.connect();
        for (const auto& group : groups) {
            WorkerOptions options{.queues = group, .connection = connection};
            options.concurrency = share_of(settings.concurrency, workers, workers_.size());
            if (settings.ahead) options.ahead_max = share_of(*settings.ahead, workers, workers_.size());
            workers_.push_back(std::make_unique<Worker>(
                std::move(options), [this](JobContext& context) { return handle(context); }));
        }
    }
}

void Consumers::start() {
    for (const auto& worker : workers_) worker->start();
}

bool Consumers::wait_handled(std::uint64_t jobs, std::chrono::steady_clock::time_point until) {
    std::unique_lock lock(mutex_);
    wanted_ = jobs;
    return enough_.wait_until(lock, until, [&] { return handled_ >= jobs; });
}

void Consumers::stop() {
    for (const auto& worker : workers_) worker->close();
}

Outcome Consumers::handle(const JobContext& context) {
    observe_(context, own_latency());
    if (meter_ != nullptr) meter_->handled.fetch_add(1, std::memory_order_relaxed);
    if (handled_.fetch_add(1) + 1 >= wanted_) {
        const std::lock_guard lock(mutex_);
        enough_.notify_all();
    }
    return {};
}

// Threads come and go; a run has only one Consumers.
Latency& Consumers::own_latency() {
    thread_local Latency* own = nullptr;
    if (own == nullptr) {
        const std::lock_guard lock(mutex_);
        own = latencies_.emplace_back(std::make_unique<Latency>()).get();
    }
    return *own;
}

Latency Consumers::latency() const {
    Latency all;
    for (const auto& one : latencies_) all.merge(*one);
    return all;
}

}  // namespace swarmq::cli
