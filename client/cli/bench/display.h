// How far a workload has come, drawn on a terminal while it runs.
#pragma once

#include "terminal.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>

namespace swarmq::cli {

// Counted by the workload, on any threads.
struct BenchMeter {
    std::atomic<std::uint64_t> added = 0;
    std::atomic<std::uint64_t> handled = 0;
    std::atomic<bool> is_filling = false;  // What is added now is for a measuring that comes after.
};

struct BenchGoal {
    std::uint64_t jobs = 0;  // 0: until the time is over.
    std::chrono::steady_clock::duration longest{};
    bool counts_handled = false;  // Else what is added.
    bool begins_filling = false;
};

// Looks at the meter a few times a second from a thread of its own, until it goes; then nothing of
// it is left on the terminal.
class BenchDisplay {
  public:
    explicit BenchDisplay(const BenchGoal& goal);
    ~BenchDisplay();
    BenchDisplay(const BenchDisplay&) = delete;

    // Null where standard error is no terminal: nobody looks, and nothing need be counted.
    BenchMeter* meter() { return looker_.joinable() ? &meter_ : nullptr; }

  private:
    void look();
    void show();
    bool ends_within_a_tick();

    const BenchGoal goal_;
    BenchMeter meter_;
    std::mutex mutex_;
    std::condition_variable ended_;
    bool has_ended_ = false;
    // Of the looker.
    std::optional<Progress> progress_;
    bool shows_filling_ = false;
    std::chrono::steady_clock::time_point shown_since_{};
    std::thread looker_;
};

}  // namespace swarmq::cli
