// One measurement of a peer: what may be added when, what came back, and how long that took.
#pragma once

#include "bench/latency.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <limits>
#include <mutex>
#include <string>
#include <string_view>

namespace swarmq::bench {

using Clock = std::chrono::steady_clock;

struct Settings {
    std::string workload;  // add, drain, steady or pickup.
    std::string queue = "bench";
    std::uint16_t port = 0;
    double seconds = 1;             // Of adding; a drain is cut off after three times that.
    std::uint64_t jobs = 10'000;    // Of a drain.
    std::uint64_t batch = 1;        // Jobs an add.
    std::uint64_t window = 1;       // Jobs added and not yet acknowledged.
    std::uint64_t concurrency = 1;  // Jobs taken and not yet ended.
    std::uint64_t payload_bytes = 256;
    std::uint64_t backlog = 2'000;  // Of steady: jobs added and not yet taken.
};

struct Limits {
    Clock::duration longest = std::chrono::hours(1);
    std::uint64_t jobs = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t backlog = std::numeric_limits<std::uint64_t>::max() / 2;
    Clock::duration pace{};  // Between two adds; 0: as fast as it goes.
    // For jobs to end after the last add, or of a drain for all of it.
    Clock::duration patience = std::chrono::minutes(1);
};

// At most one thread adds and one takes.
class Run {
  public:
    Run(const Settings& settings, const Limits& limits) : settings_(settings), limits_(limits) {}

    const Settings& settings() const { return settings_; }

    // Each side, when it is connected: the first one starts the clock.
    void start();

    // The adding side. How many of `wanted` jobs may be added now; 0: none now, or none any more.
    std::uint64_t take(std::uint64_t wanted);
    bool is_over() const { return is_over_; }
    // Blocks until a job may be added or none any more.
    void wait();
    // A payload that tells the time.
    std::string payload() const;
    void acknowledged(std::uint64_t jobs, Clock::time_point sent_at);
    // Instead of adding: so many jobs are there, and no time is for more.
    void expect(std::uint64_t jobs) {
        added_ = jobs;
        is_over_ = true;
    }

    // The taking side: a job has come, and later its end is acknowledged.
    void received(std::string_view payload);
    void ended(std::uint64_t jobs) { ended_ += jobs; }
    // All that was added is ended, or that has taken too long.
    bool is_finished() const;

    // Either side, when it cannot go on: the other one ends too.
    void give_up() {
        has_given_up_ = true;
        is_over_ = true;
    }

    std::uint64_t added() const { return added_; }
    std::uint64_t ended() const { return ended_; }
    double seconds() const;
    const cli::Latency& add_latency() const { return add_latency_; }
    const cli::Latency& job_latency() const { return job_latency_; }

  private:
    bool has_room(std::uint64_t wanted) const {
        return added_ - received_ + wanted <= limits_.backlog;
    }

    const Settings settings_;
    const Limits limits_;
    std::once_flag started_;
    std::atomic<Clock::time_point> begin_ = Clock::now();
    Clock::time_point next_due_;
    std::atomic<std::uint64_t> added_ = 0, received_ = 0, ended_ = 0;
    std::atomic<bool> is_over_ = false, is_waiting_ = false, has_given_up_ = false;
    std::mutex mutex_;
    std::condition_variable room_;
    cli::Latency add_latency_, job_latency_;
};

}  // namespace swarmq::bench
