// The threads that run handlers, the jobs that wait for them, and the results that wait for the I/O
// thread.
//
// Built for handlers of any length. Jobs are taken one at a time, so a long one never holds up those
// behind it; but where handlers are short, one thread is woken for many jobs and the I/O thread once for
// many results: no system call per job. What a wrong guess about their length could leave behind,
// nudge() puts right within a millisecond; while a thread was to run the I/O, within some tens.
//
// Where short jobs come one by one the thread that runs them runs the I/O as well while it waits for the next: a job
// begins on the thread that has read it from the socket.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <swarmq/batch.h>

#include "lease.h"
#include "prefetch.h"

namespace swarmq::inline sdk {

struct Finished {
    LeasePtr lease;
    Outcome outcome;
};

class HandlerPool : public std::enable_shared_from_this<HandlerPool> {
  public:
    // wake_io makes the I/O thread call collect() soon; any thread calls it.
    HandlerPool(Handler handler, std::size_t concurrency, std::function<void()> wake_io);
    HandlerPool(BatchOptions batch, BatchHandler handler, std::size_t concurrency,
                std::function<void()> wake_io);

    // Before anything else.
    void set_telemetry(std::shared_ptr<Telemetry> telemetry) { telemetry_ = std::move(telemetry); }
    // Runs the I/O on the calling thread until its argument says that it is enough; false: somebody else runs it.
    using RunIo = std::function<bool(const std::function<bool()>&)>;
    void set_run_io(RunIo run_io) { run_io_ = std::move(run_io); }
    void set_ahead_max(std::optional<std::size_t> jobs) { prefetch_.set_ahead_max(jobs); }

    // For the I/O thread.
    enum class Given {
        ToThreads,
        ToServingThread,  // It runs the I/O when it has nothing else to do, or will when it is done.
        NeedsNudge,       // Call nudge() in a millisecond.
    };
    Given give(std::vector<LeasePtr> leases);
    // Moves what is there to the end of the vectors; `noted` are jobs whose handlers said something, `started` jobs
    // with a timeout, which the broker is to hear of at once.
    void collect(std::vector<Finished>& finished, std::vector<LeasePtr>& noted,
                 std::vector<LeasePtr>& started);
    // The jobs that no handler has begun.
    std::vector<LeasePtr> take_back();
    // Likewise, but only when the first of them has waited for kAheadLongest: then nothing more is wanted ahead
    // until handlers are short again. Batches wait for as long as they may.
    std::vector<LeasePtr> take_overdue(SteadyTime now);
    // The broker has answered what was sent so long ago.
    void note_turn(std::chrono::nanoseconds length);
    // True: call it again in a millisecond.
    bool nudge();
    // How many jobs it makes sense to hold: those that can run, and some ahead while handlers are short.
    std::size_t jobs_wanted() const;
    // Those that can run.
    std::size_t jobs_at_once() const;

    // For any thread.
    void finish(LeasePtr lease, Outcome outcome);
    // Its handler said something.
    void noted(LeasePtr lease);
    void set_concurrency(std::size_t concurrency);
    std::size_t running() const;
    // True when no handler runs any more.
    bool wait_idle(Milliseconds longest);
    // Ends the threads when their handlers have returned. Not from a handler.
    void join();

  private:
    // Up to this mean one thread runs many jobs in a row, and results are handed over in batches.
    static constexpr std::int64_t kTinyNs = 50'000;
    static constexpr std::chrono::milliseconds kAheadLongest{200};

    struct Thread {
        std::thread thread;
        bool is_over = false;
    };

    void run(Thread& self);
    bool can_begin() const;
    bool serve_io(std::unique_lock<std::mutex>& lock);
    bool is_to_serve() const;
    void wait_for_work(std::unique_lock<std::mutex>& lock);
    void run_one(std::unique_lock<std::mutex>& lock);
    void run_batch(std::unique_lock<std::mutex>& lock);
    bool is_full_batch() const { return backlog_.size() >= batch_.jobs_min; }
    bool note_start(const LeasePtr& lease);
    std::vector<Finished> take_held(const ActiveJob& job, const Outcome& outcome);
    void end_one(LeasePtr lease, Outcome outcome, SteadyTime now, std::size_t together = 1);
    static Outcome checked(Outcome outcome);
    std::int64_t mean_ns() const { return prefetch_.handler_ns(); }
    bool is_tiny() const { return handler_ && mean_ns() > 0 && mean_ns() < kTinyNs; }
    void end_running();
    bool must_wake_io(SteadyTime now) const;
    std::size_t threads_for_backlog() const;
    void wake_threads(std::size_t count);
    void spawn();

    const Handler handler_;             // Empty: jobs run in batches.
    const BatchOptions batch_{.jobs_max = 1};
    const BatchHandler batch_handler_;
    const std::function<void()> wake_io_;
    RunIo run_io_;
    std::shared_ptr<Telemetry> telemetry_;

    mutable std::mutex mutex_;  // Guards all below.
    std::condition_variable work_;
    std::condition_variable idle_changed_;
    std::deque<LeasePtr> backlog_;
    std::vector<Finished> finished_;
    std::vector<LeasePtr> noted_;
    std::vector<LeasePtr> started_;
    SteadyTime first_finished_{};
    bool is_io_woken_ = false;
    std::size_t concurrency_;
    std::size_t running_ = 0;
    std::list<Thread> threads_;
    std::size_t threads_alive_ = 0;
    std::size_t threads_idle_ = 0;
    bool is_joining_ = false;
    bool is_lone_ = false;     // The last job came alone, and nothing else was to be done.
    bool is_serving_ = false;  // A thread runs the I/O.
    std::atomic<bool> has_work_ = false;  // For that thread, which is to leave the I/O.
    const Lease* front_at_nudge_ = nullptr;
    Prefetch prefetch_;
};

}  // namespace swarmq::inline sdk
