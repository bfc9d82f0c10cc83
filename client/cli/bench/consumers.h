// Workers of several connections whose handlers do nothing but look at the clock.
#pragma once

#include "bench/latency.h"
#include "bench/workloads.h"

#include <swarmq/worker.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace swarmq::cli {

// What a handler does with its job, on one of many threads; the Latency is that thread's own.
using Observe = std::function<void(const JobContext&, Latency&)>;

class Consumers {
  public:
    Consumers(const Session& session, const BenchSettings& settings, Observe observe);

    void start();
    // Blocks until that many jobs were handled, or until then; true for the former.
    bool wait_handled(std::uint64_t jobs, std::chrono::steady_clock::time_point until);
    // Returns when the broker has all answers; ends the handler threads.
    void stop();

    std::uint64_t handled() const { return handled_; }
    // After stop().
    Latency latency() const;

  private:
    Outcome handle(const JobContext& context);
    Latency& own_latency();

    Observe observe_;
    BenchMeter* const meter_;
    std::vector<std::unique_ptr<Worker>> workers_;
    std::atomic<std::uint64_t> handled_ = 0;
    std::atomic<std::uint64_t> wanted_ = ~std::uint64_t{0};
    std::mutex mutex_;
    std::condition_variable enough_;
    std::vector<std::unique_ptr<Latency>> latencies_;
};

}  // namespace swarmq::cli
