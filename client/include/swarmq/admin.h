// What operators do with queues: list, count, set, pause, retry, promote, remove, drain, clean.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <swarmq/connection.h>
#include <swarmq/job.h>
#include <swarmq/operations.h>
#include <swarmq/queue.h>

namespace swarmq::inline sdk {

struct ListQuery {
    std::string queue;
    // Unknown: every state, in order of creation. Else in the order in which the jobs will run
    // (waiting) or fall due (delayed), or newest first (active, completed, failed).
    JobState state = JobState::Unknown;
    std::uint32_t limit = 100;  // 1..1000 jobs a page.
    std::string cursor{};       // Empty: the first page; else next_cursor of the page before.
    bool with_payload = false;

    // Filters: only jobs that fulfil all that are set (R17a). A page looks at no more than 10,000 jobs, so it may be
    // short or empty and still have a cursor. Times are from <= time < before.
    std::string name{};
    std::string tag{};
    std::optional<WallTime> created_from{};
    std::optional<WallTime> created_before{};
    std::optional<WallTime> finished_from{};  // Only jobs that have ended.
    std::optional<WallTime> finished_before{};
    // Part of failed_reason, ASCII letters of either case; at most 1 KiB. Only failed jobs.
    std::string error_text{};
};

struct JobPage {
    std::vector<Job> jobs;
    std::string next_cursor;  // Empty: this was the last page. A short page may have one.
};

// What one request of a bulk operation did.
struct BulkResult {
    std::uint64_t changed = 0;
    bool more = false;          // Further jobs match: call again.
    std::vector<Error> errors;  // With ids: one per id in their order; Code::Ok where it worked.
};

// A key of a queue: whose jobs they are.
struct KeyState {
    std::string key;
    std::uint64_t waiting = 0;
    std::uint64_t active = 0;
    std::uint32_t weight = 1;
    bool paused = false;
    std::optional<WallTime> held_until{};
    bool is_closed = false;  // None of its jobs may begin now: paused, held, or at a limit.
};

struct KeyPage {
    std::vector<KeyState> keys;
    std::string next;  // Pass it as `after`; empty: this was the last page.
};

// A page of queues with their numbers.
struct QueuePage {
    std::vector<QueueMetrics> queues;
    std::string next;  // Pass it as `after`; empty: this was the last page.
};

// The most jobs one request of a bulk operation changes.
inline constexpr std::uint32_t kBulkJobsMax = 1'000;

// Thread safe; copies name the same handle. Calls block and throw like those of Queue; `_async` forms
// return at once. A queue that was never used is NotFound.
class Admin {
  public:
    explicit Admin(Connection connection = Connection());

    JobPage list_jobs(ListQuery query);
    void list_jobs_async(ListQuery query, Callback<JobPage> done);

    // Own error: NotFound.
    Job get_job(std::string queue, std::string id, bool with_payload = true);
    void get_job_async(std::string queue, std::string id, bool with_payload, Callback<Job> done);

    // Every queue, by name; asked for in pages, so one that is made meanwhile may be missed.
    std::vector<QueueMetrics> list_queues();
    void list_queues_async(Callback<std::vector<QueueMetrics>> done);

    // The queues behind the name `after` (any name; empty: from the first), 1..1000 a page.
    QueuePage list_queue_page(std::string after, std::uint32_t limit = 100);
    void list_queue_page_async(std::string after, std::uint32_t limit, Callback<QueuePage> done);

    QueueMetrics get_metrics(std::string queue, MetricsOptions options = {});
    void get_metrics_async(std::string queue, Callback<QueueMetrics> done);
    void get_metrics_async(std::string queue, MetricsOptions options, Callback<QueueMetrics> done);

    // As in Queue.
    JobLog get_log(std::string queue, std::string id, std::uint64_t after = 0,
                   std::uint32_t limit = kLogLinesMax);
    void get_log_async(std::string queue, std::string id, std::uint64_t after, std::uint32_t limit,
                       Callback<JobLog> done);
    std::optional<std::string> get_checkpoint(std::string queue, std::string id);
    void get_checkpoint_async(std::string queue, std::string id,
                              Callback<std::optional<std::string>> done);

    // A paused queue takes jobs and gives none out; running ones go on. Both are idempotent.
    void pause(std::string queue);
    void pause_async(std::string queue, Callback<void> done);
    void resume(std::string queue);
    void resume_async(std::string queue, Callback<void> done);

    // One key of the queue only; or for a time, after which it goes on by itself (1 ms..kHoldMax; a longer
    // hold that is there already stays; an empty key is the whole queue). resume ends both. Own error:
    // TooLarge when 1,000 keys of the queue are paused or held already.
    void pause_key(std::string queue, std::string key);
    void pause_key_async(std::string queue, std::string key, Callback<void> done);
    void hold(std::string queue, std::string key, Milliseconds length);
    void hold_async(std::string queue, std::string key, Milliseconds length, Callback<void> done);
    void resume_key(std::string queue, std::string key);
    void resume_key_async(std::string queue, std::string key, Callback<void> done);

    // The keys of a queue that have jobs, or had some lately, by name: 1..1000 a page, those after `after`.
    KeyPage list_keys(std::string queue, std::string after = {}, std::uint32_t limit = 100);
    void list_keys_async(std::string queue, std::string after, std::uint32_t limit,
                         Callback<KeyPage> done);

    // The settings of a queue: empty ones when there are none. Setting takes the place of all there were,
    // so to change one read them first; it creates the queue. Own errors: InvalidArgument, which names
    // the entry that is wrong, and MemoryLimit.
    QueueSettings get_settings(std::string queue);
    void get_settings_async(std::string queue, Callback<QueueSettings> done);
    void set_settings(std::string queue, QueueSettings settings);
    void set_settings_async(std::string queue, QueueSettings settings, Callback<void> done);

    // Failed jobs back to the tail of their priority. The attempts they made still count: one that has none left
    // runs once more, and fails for good if that fails. The parent of a retried job waits for it again (R13). The forms
    // with ids take 1..1000; the `_all` forms change at most `limit` jobs, 1..kBulkJobsMax, in one call.
    BulkResult retry(std::string queue, std::vector<std::string> ids);
    void retry_async(std::string queue, std::vector<std::string> ids, Callback<BulkResult> done);
    BulkResult retry_all(std::string queue, std::uint32_t limit = kBulkJobsMax);
    void retry_all_async(std::string queue, std::uint32_t limit, Callback<BulkResult> done);

    // Changes a stored job: as Queue::update_job.
    void update_job(std::string queue, std::string id, JobUpdate update);
    void update_job_async(std::string queue, std::string id, JobUpdate update, Callback<void> done);

    // Delayed jobs run now. The form for all leaves jobs alone that wait for another one.
    BulkResult promote(std::string queue, std::vector<std::string> ids);
    void promote_async(std::string queue, std::vector<std::string> ids, Callback<BulkResult> done);
    BulkResult promote_all(std::string queue, std::uint32_t limit = kBulkJobsMax);
    void promote_all_async(std::string queue, std::uint32_t limit, Callback<BulkResult> done);

    // Removes 1..1000 jobs from whatever state they are in; running ones are cancelled, and parents that have not
    // ended take their children that have not ended along.
    BulkResult remove(std::string queue, std::vector<std::string> ids);
    void remove_async(std::string queue, std::vector<std::string> ids, Callback<BulkResult> done);

    // Ends 1..1000 jobs that have not ended as cancelled and keeps their records: as Queue::cancel_job. WrongState for
    // those that have ended.
    BulkResult cancel(std::string queue, std::vector<std::string> ids);
    void cancel_async(std::string queue, std::vector<std::string> ids, Callback<BulkResult> done);

    // Removes waiting jobs, and delayed ones if asked, at most `limit` in one call.
    BulkResult drain(std::string queue, bool include_delayed = false,
                     std::uint32_t limit = kBulkJobsMax);
    void drain_async(std::string queue, bool include_delayed, std::uint32_t limit,
                     Callback<BulkResult> done);

    // Removes jobs that ended (state Completed or Failed) at least `older_than` ago, oldest first, at
    // most `limit` in one call.
    BulkResult clean(std::string queue, JobState state, Milliseconds older_than,
                     std::uint32_t limit = kBulkJobsMax);
    void clean_async(std::string queue, JobState state, Milliseconds older_than,
                     std::uint32_t limit, Callback<BulkResult> done);

    // The same for 1..1000 jobs chosen by whatever means, list_jobs for instance: those that are in `state` still.
    BulkResult clean(std::string queue, JobState state, std::vector<std::string> ids);
    void clean_async(std::string queue, JobState state, std::vector<std::string> ids,
                     Callback<BulkResult> done);

    // A page of the schedulers of all queues, by queue and key: limit 1..1000. Queue has the others.
    SchedulerPage list_schedulers(std::uint32_t limit = 100, std::string cursor = {});
    void list_schedulers_async(std::uint32_t limit, std::string cursor,
                               Callback<SchedulerPage> done);

    // The next 1..100 ticks that a scheduler would have if it were made now.
    std::vector<WallTime> preview_ticks(const Repeat& repeat, std::uint32_t count = 5);
    void preview_ticks_async(const Repeat& repeat, std::uint32_t count,
                             Callback<std::vector<WallTime>> done);

    // Removes a queue with everything in it: jobs in every state, schedulers, settings, pauses, totals; at
    // most `limit` jobs and schedulers in one call, so call again while `more` is true. From the first call
    // on the queue is paused, and stays so if the last one never comes. Running jobs are cancelled and
    // their workers told, but only with `force`: else own error WrongState, and nothing was changed. A
    // queue that workers take jobs of, or that an on_failure names, stays, as if it were new.
    BulkResult obliterate(std::string queue, bool force = false, std::uint32_t limit = kBulkJobsMax);
    void obliterate_async(std::string queue, bool force, std::uint32_t limit, Callback<BulkResult> done);

    ServerInfo server_info();
    void server_info_async(Callback<ServerInfo> done);

    // Who works (R30): sessions that take jobs or hold some, oldest first; those of one queue, or with an
    // empty name all. 1..1000 a page. Own error: NotFound.
    WorkerPage list_workers(std::string queue = {}, std::uint64_t after = 0, std::uint32_t limit = 100);
    void list_workers_async(std::string queue, std::uint64_t after, std::uint32_t limit,
                            Callback<WorkerPage> done);

    // Begins a backup of the running broker into a new directory of that name (1..64 of A-Z a-z 0-9 . _ -, no
    // dot in front) below the one it was configured with (R28). Everything acknowledged before the call is
    // in it, and a daemon starts from it with --data-dir. Returns when it has begun: maintenance() tells
    // how it goes on. Own errors: InvalidArgument (also of a broker that keeps nothing on disk),
    // AlreadyExists, WrongState (no directory is configured), TooManyInflight (one is running), Internal
    // (the directory cannot be made).
    void start_backup(std::string name);
    void start_backup_async(std::string name, Callback<void> done);

    // Begins to read every stored row, with checksums, beside the work that goes on. Own error:
    // TooManyInflight (one is running).
    void start_verify();
    void start_verify_async(Callback<void> done);

    // The newest backup and verification of this boot of the broker.
    Maintenance maintenance();
    void maintenance_async(Callback<Maintenance> done);

  private:
    std::shared_ptr<Channel> channel_;
};

}  // namespace swarmq::inline sdk
