// Counts jobs and hands each thread its own histogram.
#include "bench/consumers.h"

#include <utility>

namespace swarmq::cli {

Consumers::Consumers(const Session& session, const BenchSettings& settings, Observe observe)
    : observe_(std::move(observe)) {
    for (std::uint64_t i = 0; i < settings.connections; ++i) {
        WorkerOptions options{.queues = settings.queues, .connection = session.open()};
        options.connection.connect();
        options.concurrency = share_of(settings.concurrency, settings.connections, i);
        workers_.push_back(std::make_unique<Worker>(
            std::move(options), [this](JobContext& context) { return handle(context); }));
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
