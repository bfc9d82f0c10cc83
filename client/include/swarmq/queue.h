// A producer's handle of one queue: add jobs, look at them, wait for their results, take them back.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <swarmq/connection.h>
#include <swarmq/job.h>
#include <swarmq/metrics.h>
#include <swarmq/payload.h>
#include <swarmq/scheduler.h>

namespace swarmq::inline sdk {

// Receives the end of an asynchronous call, exactly once, on the connection's callback thread.
template <class T>
using Callback = std::function<void(Result<T>)>;

struct QueueOptions {
    std::string name;  // 1..128 of A-Z a-z 0-9 . _ : -
    Connection connection{};
    JobOptions default_job{};  // For every job this handle adds; each job may override each option.
    std::shared_ptr<Telemetry> telemetry{};  // In place of the connection's, see telemetry.h.
};

// Thread safe; copies name the same handle. Opening one sends nothing: the first add creates the queue.
//
// Every blocking call blocks for at most the connection's unavailable_after while the broker cannot be
// reached, at most its request_timeout otherwise, and throws SwarmqError. Errors that any call may end
// with: Unavailable (nothing was changed), Unknown (the answer to a change was lost), Timeout,
// Draining, InvalidArgument; asynchronous calls also TooManyInflight. Each call's own are named below.
//
// The forms without a callback block or return a future; `_async` forms return at once. Adds that wait
// to be sent travel in one frame, so many threads, or many asynchronous adds, are fast without batches.
class Queue {
  public:
    // Throws SwarmqError{InvalidArgument} for a bad name or bad default options.
    template <Text Name>
    explicit Queue(Name&& name, Connection connection = Connection())
        : Queue(QueueOptions{.name = std::string(std::forward<Name>(name)),
                             .connection = std::move(connection)}) {}
    explicit Queue(QueueOptions options);

    const std::string& name() const;

    // Adds a job and returns its id once it is durable. An id that is stored already is returned
    // again and nothing is added; so is the id of the job that a deduplication key stands for. Own errors:
    // TooLarge, QueueFull, MemoryLimit, DiskLow.
    std::string add_job(std::string name, std::string payload, JobOptions options = {});
    std::future<AddedJob> add_job_future(std::string name, std::string payload,
                                         JobOptions options = {});
    void add_job_async(std::string name, std::string payload, JobOptions options,
                       Callback<AddedJob> done);

    // Adds 1..1000 jobs, all or none, in one durable step; the answers are in the order of the jobs.
    // An invalid one is named by its index, and none is added.
    std::vector<AddedJob> add_jobs(std::vector<NewJob> jobs);
    std::future<std::vector<AddedJob>> add_jobs_future(std::vector<NewJob> jobs);
    void add_jobs_async(std::vector<NewJob> jobs, Callback<std::vector<AddedJob>> done);

    // Own error: NotFound.
    Job get_job(std::string id);
    std::future<Job> get_job_future(std::string id);
    void get_job_async(std::string id, Callback<Job> done);

    // Own error: NotFound for a queue that was never used.
    QueueMetrics get_metrics(MetricsOptions options = {});
    void get_metrics_async(Callback<QueueMetrics> done);
    void get_metrics_async(MetricsOptions options, Callback<QueueMetrics> done);

    // What handlers wrote to a job's log (R7, R20): lines with a number above `after`, oldest first,
    // 1..kLogLinesMax of them. Own error: NotFound.
    JobLog get_log(std::string id, std::uint64_t after = 0, std::uint32_t limit = kLogLinesMax);
    void get_log_async(std::string id, std::uint64_t after, std::uint32_t limit,
                       Callback<JobLog> done);

    // What a handler saved for later attempts (R20); nothing when the job has none or has completed.
    // Own error: NotFound.
    std::optional<std::string> get_checkpoint(std::string id);
    void get_checkpoint_async(std::string id, Callback<std::optional<std::string>> done);

    // Removes a job from whatever state it is in; a running one is cancelled and its worker told. A parent that has
    // not ended takes its children that have not ended along, and theirs. True when it was stored.
    bool remove_job(std::string id);
    void remove_job_async(std::string id, Callback<bool> done);

    // Ends a job that has not ended as failed, FailureKind::Cancelled, and keeps its record (remove_on_fail holds for
    // it): no attempt follows, and no job is added for on_failure. A running one is cancelled and its worker
    // told. Children of a parent go on. True when it ended by this; false when it is not stored or had ended.
    bool cancel_job(std::string id);
    void cancel_job_async(std::string id, Callback<bool> done);

    // Changes a stored job: all that is asked for, or nothing (R17a). Own errors: NotFound, TooLarge, and WrongState
    // when its state does not allow one of the changes (a running job keeps its data).
    void update_job(std::string id, JobUpdate update);
    void update_job_async(std::string id, JobUpdate update, Callback<void> done);

    // What the deduplication key stands for; nothing when the next add with it makes a job (R12).
    std::optional<DeduplicationKey> get_deduplication(std::string key);
    void get_deduplication_async(std::string key, Callback<std::optional<DeduplicationKey>> done);

    // Frees the key: the next add with it makes a job. Jobs stay as they are, but a successor that waits for a
    // running job may start at once. True when the key stood for something.
    bool remove_deduplication(std::string key);
    void remove_deduplication_async(std::string key, Callback<bool> done);

    // Waits until the job has ended, told by the broker, no polling; at once when it has. A failed
    // job is a result too. timeout 1 ms..1 h. Own errors: Timeout when it has not ended by then,
    // NotFound when no such job is stored or it was removed before it ended.
    JobResult wait_result(std::string id, Milliseconds timeout = Milliseconds{30'000});
    std::future<JobResult> wait_result_future(std::string id,
                                              Milliseconds timeout = Milliseconds{30'000});
    void wait_result_async(std::string id, Milliseconds timeout, Callback<JobResult> done);

    // Adds a job and waits for its end in one request. Errors of both; after a Timeout the job is
    // still there, and the error's message names its id.
    JobResult add_and_wait(std::string name, std::string payload, JobOptions options = {},
                           Milliseconds timeout = Milliseconds{30'000});
    void add_and_wait_async(std::string name, std::string payload, JobOptions options,
                            Milliseconds timeout, Callback<JobResult> done);

    // Makes the scheduler of that key (1..128 of A-Z a-z 0-9 . _ : -), or changes it (R14). While interval,
    // cron, zone and start stay as they are its ticks go on as if nothing had happened, so a program may
    // do this each time it starts; else they begin anew. Each tick adds `job` with an id that the broker
    // makes; `id`, `delay` and `run_at` must not be set. The answer has the next `next_ticks`, 0..100. Own
    // errors: InvalidArgument with the field of a wrong Repeat, MemoryLimit over 10,000 schedulers in
    // the broker or 64 MiB of their jobs, DiskLow.
    Scheduler upsert_scheduler(std::string key, const Repeat& repeat, NewJob job,
                               std::uint32_t next_ticks = 1);
    void upsert_scheduler_async(std::string key, const Repeat& repeat, NewJob job,
                                std::uint32_t next_ticks, Callback<Scheduler> done);

    // Own error: NotFound.
    Scheduler get_scheduler(std::string key, std::uint32_t next_ticks = 1);
    void get_scheduler_async(std::string key, std::uint32_t next_ticks, Callback<Scheduler> done);

    // True when there was one. Jobs that it has added stay.
    bool remove_scheduler(std::string key);
    void remove_scheduler_async(std::string key, Callback<bool> done);

    // A page of this queue's, by key: limit 1..1000, cursor of the page before or empty.
    SchedulerPage list_schedulers(std::uint32_t limit = 100, std::string cursor = {});
    void list_schedulers_async(std::uint32_t limit, std::string cursor,
                               Callback<SchedulerPage> done);

    // Ends this handle: later calls fail with Unavailable, earlier ones end as they would. The
    // connection stays open for its other users. Does not block; idempotent.
    void close();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace swarmq::inline sdk
