// Who runs the I/O: its own thread, or for the time of its wait a caller that waits for an answer, or a thread that waits
// for work; they then hear of it without a change of threads.
//
// While callers ask one thing after another, each waiting for its answer, and while one who waits for work is back at
// once, the thread steps aside; it comes back when it is called, or when nobody has run the I/O for a while.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "asio.h"

namespace swarmq::inline sdk {

class IoRunner {
  public:
    explicit IoRunner(asio::io_context& io) : io_(io) {}

    // For the I/O thread: runs what comes until the context is stopped.
    void run();
    // For a caller, after it has asked: runs what comes until `is_done`, or until it is the I/O thread's again: the caller
    // then waits for its answer as others do. At once if somebody runs already. Any thread; `is_done` is called on it. What
    // runs must not throw: as on the I/O thread that ends the program.
    void run_until(const std::function<bool()>& is_done) noexcept;
    // For what runs: a thread has got its work that will be back to serve at once. So the I/O thread steps aside.
    void step_aside_for_worker();
    // For a thread that waits for work: runs what comes for everybody, for as long as it has nothing else to do.
    // begin_serving() is false when somebody else runs, who then goes on. Whoever leaves must be back within 10 ms, or
    // the I/O thread is within 20. Any thread.
    bool begin_serving();
    void serve_until(const std::function<bool()>& is_done) noexcept;
    // Whether all that was asked is answered, and nobody expects anything else. Told by whoever has the I/O lock.
    void set_quiet(bool is_quiet) { is_quiet_ = is_quiet; }
    // For what runs: it is not the I/O thread that runs it.
    bool is_run_by_other() const { return is_run_by_other_; }
    // Something was sent, or is to be, by one who does not wait for the answer: the I/O thread has to, and whoever else
    // runs leaves. Any thread.
    void call_back();

  private:
    using SteadyTime = std::chrono::steady_clock::time_point;

    // What the I/O thread does after what it runs now.
    enum class Aside { No, ForCaller, ForWorker };

    void step_aside(std::unique_lock<std::mutex>& lock, Aside wanted);
    void leave_to_others();
    bool is_free() const { return is_aside_ && !is_running_ && !is_called_back_ && !io_.stopped(); }
    void run_here(const std::function<bool()>& is_done);
    void end_run();
    void run_one();
    bool look(SteadyTime until);

    asio::io_context& io_;
    std::atomic<bool> is_quiet_{false};
    std::atomic<bool> is_aside_{false};
    std::atomic<bool> is_called_back_{false};  // Set with the mutex.

    std::mutex mutex_;  // Guards what follows.
    std::condition_variable changed_;
    bool is_running_ = false;
    Aside wanted_ = Aside::No;
    bool awaits_runner_ = false;  // The I/O thread does, one that has run for long.
    SteadyTime called_back_at_{};
    std::thread::id last_waiter_;
    SteadyTime last_wait_{};
    std::uint64_t runs_of_others_ = 0;

    bool comes_soon_ = false;  // Of whoever runs.
    bool is_run_by_other_ = false;
};

}  // namespace swarmq::inline sdk
