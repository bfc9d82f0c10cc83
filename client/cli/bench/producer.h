// Adds jobs as fast as a window allows: each answer sends the next add.
#pragma once

#include "bench/answers.h"
#include "bench/display.h"
#include "bench/latency.h"

#include <swarmq/queue.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace swarmq::cli {

// Where all producers of a run draw from, so that together they add so many jobs and not for
// longer.
class AddBudget {
  public:
    using Clock = std::chrono::steady_clock;

    AddBudget(std::uint64_t jobs, Clock::time_point end) : left_(jobs), end_(end) {}

    // How many of `wanted` jobs may be added now; 0: no more.
    std::uint64_t take(std::uint64_t wanted, Clock::time_point now) {
        if (now >= end_) return 0;
        std::uint64_t left = left_.load(std::memory_order_relaxed);
        while (left > 0) {
            const std::uint64_t taken = left < wanted ? left : wanted;
            if (left_.compare_exchange_weak(left, left - taken)) return taken;
        }
        return 0;
    }

  private:
    std::atomic<std::uint64_t> left_;
    const Clock::time_point end_;
};

struct ProducerOptions {
    Connection connection;
    std::vector<std::string> queues;  // In turn.
    std::uint64_t batch = 1;
    std::uint64_t window = 1;
    std::string payload;
    std::uint64_t keys = 1;  // In turn; 1: none.
    std::optional<WallTime> run_at;
    BenchMeter* meter = nullptr;
};

// One connection's. start() or add_one_by_one(), then wait(), from one thread.
class Producer {
  public:
    Producer(ProducerOptions options, AddBudget& budget);

    void start();
    // What a window of 1 does, as a program does it that has nothing else to do: each call blocks.
    void add_one_by_one();
    // Blocks until the budget is used up and all is answered.
    void wait() { answers_.wait(); }
    // After wait(): throws the first refusal.
    void check() const { answers_.check(); }

    // After wait().
    std::uint64_t added() const { return added_; }
    const Latency& latency() const { return latency_; }

  private:
    using Clock = AddBudget::Clock;

    Result<std::uint64_t> add_blocking(Queue& queue, std::uint64_t jobs);
    std::vector<NewJob> next_batch(std::uint64_t jobs);
    Queue& next_queue();
    void send_next(Clock::time_point now);
    JobOptions next_options();
    template <class T>
    void answered(std::uint64_t jobs, Clock::time_point sent_at, const Result<T>& result);
    void count(std::uint64_t jobs, Clock::duration took);

    const ProducerOptions options_;
    AddBudget& budget_;
    std::vector<Queue> queues_;
    std::atomic<std::uint64_t> turn_ = 0;
    std::atomic<std::uint64_t> key_turn_ = 0;
    Answers answers_;
    // Until wait() returns, of the callback thread or of whoever adds one by one.
    std::uint64_t added_ = 0;
    Latency latency_;
};

}  // namespace swarmq::cli
