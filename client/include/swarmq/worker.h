// Takes jobs of one or more queues and runs a handler for each.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <swarmq/batch.h>
#include <swarmq/connection.h>
#include <swarmq/handler.h>

namespace swarmq::inline sdk {

// Something a worker cannot tell its handler, because the handler is done: an answer was refused.
struct WorkerProblem {
    std::string queue;
    std::string job_id;
    Error error;  // StaleLease: the lease was lost before the answer arrived; the job runs again.
};

struct WorkerOptions {
    std::vector<std::string> queues{};  // 1..64 names.
    Connection connection{};
    // Handlers that run at a time, of single jobs or of batches, each on a thread of its own: 1 for heavy work, 16 and more for work
    // that waits for others. 1..10000.
    std::size_t concurrency = 1;
    // Jobs held ahead at most, beside those that run, while handlers are short: 0..10000. Not set: as many as run at
    // a time. More pays for handlers much shorter than the broker's commits, see below.
    std::optional<std::size_t> ahead_max{};
    // How long the broker waits for a sign of life before it gives a job to another worker: 1 s..1 day.
    // The SDK renews it every third, from its own thread, however busy the handlers are.
    Milliseconds lease{30'000};
    // How long stop() lets running handlers go on.
    Milliseconds grace{10'000};
    // Called on the connection's callback thread; may be empty.
    std::function<void(const WorkerProblem&)> on_problem{};
    std::shared_ptr<Telemetry> telemetry{};  // In place of the connection's, see telemetry.h.
};

// While handlers are short (under 20 ms on average) the worker holds jobs ahead, to hide the network and the
// broker's commits (R18): `concurrency`, of a batch handler times jobs_max, at most; with `ahead_max` what the
// handlers work off in about two commits, up to that many and 8 MiB of payloads. Their timeouts begin with their
// handlers, their leases are renewed. A job that is added meanwhile, however urgent, runs after those that are held:
// milliseconds. When no handler has begun the first of them for 200 ms all go back to the head of their priority,
// for other workers; so do those of a queue or key that a handler stopped for a time, and all when the worker
// stops. None of that uses an attempt.
//
// A lost connection is made good by itself: running handlers go on, their leases are taken
// over, and what ended meanwhile is sent then. Handlers are called from several threads at a time.
//
// Thread safe, but for the destructor, which is close().
class Worker {
  public:
    // Throws SwarmqError{InvalidArgument} for bad options. Takes nothing before start().
    template <Text QueueName>
    Worker(QueueName&& queue, Handler handler, std::size_t concurrency = 1)
        : Worker(WorkerOptions{.queues = {std::string(std::forward<QueueName>(queue))},
                               .concurrency = concurrency},
                 std::move(handler)) {}
    Worker(WorkerOptions options, Handler handler);
    // Calls the handler with up to jobs_max jobs at a time, in `concurrency` calls at once. Throws likewise.
    Worker(WorkerOptions options, BatchOptions batch, BatchHandler handler);
    ~Worker();
    Worker(Worker&&) noexcept;
    Worker& operator=(Worker&&) noexcept;

    // Begins to take jobs; does not block and does not throw for an unreachable broker, which it waits
    // for. After stop() it begins anew; while running it does nothing.
    void start();

    // Takes no more jobs, hands back at once those that no handler has begun, lets running handlers
    // go on for the grace time, then cancels what is left and hands those jobs back without using an
    // attempt. Blocks until that is done and answered. True: every handler ended within the grace
    // time. A handler that ignores its cancellation is not waited for; its answer is dropped.
    bool stop();
    bool stop(Milliseconds grace);

    // stop(), then the end of the handler threads: blocks until the last handler has returned, however
    // long that takes.
    void close();

    // start(), then blocks until SIGTERM or SIGINT arrives, then stop(). Returns the exit code for
    // main: 0. A second signal ends the process at once with 128 + its number. While it runs, these
    // signals are this worker's: call it from main, and before other threads start if they would
    // otherwise take them.
    int run_until_signal();

    // 1..10000; throws SwarmqError{InvalidArgument}. Takes effect at once for more; for fewer as running handlers end.
    void set_concurrency(std::size_t concurrency);

    // Takes no more jobs and hands back at once those that no handler has begun; running handlers go on, and their
    // answers are sent. Does not wait for them. Lasts until resume(), also over stop() and start(). Both are idempotent.
    void pause();
    void resume();
    bool is_paused() const;

    // Jobs whose handler has begun and not ended.
    std::size_t running() const;

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace swarmq::inline sdk
