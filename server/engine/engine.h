// One shard's rules: commands in, effects out. Pure: time is told, random numbers come from a seed,
// nothing is read, written or logged. The same calls in the same order give the same effects.
//
// A turn: advance(now), any number of commands, seal(). What seal() hands out may be said to the world only
// when its changes are durable; the next turn may begin before that.
// Owner: the broker's loop; not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/commands.h"
#include "engine/effects.h"
#include "engine/limits.h"
#include "engine/zone.h"
#include "model/changes.h"
#include "model/error.h"

namespace swarmq::engine {

struct Memory;
class Recovery;

struct EngineOptions {
    ShardId shard{};
    Epoch epoch{};           // Durable before the engine is made; above all earlier ones.
    std::uint64_t seed = 1;  // For jitter and session ids.
    TimeMs now_ms = 0;       // Never falls afterwards.
    std::size_t queues_max = kQueuesMax;
    std::size_t windows_max = kDedupWindowsMax;
    const ZoneSource* zones = nullptr;  // For schedulers; outlives the engine. Null: only UTC.
    // What the told time may lack, for it was cut off: a delay ends this much later, and so never early (R4).
    DurationMs clock_step_ms = 0;
};

class Engine {
  public:
    explicit Engine(const EngineOptions& options);
    ~Engine();

    // Between the constructor and the first turn: see Recovery; finish() of it must be called.
    Recovery& recovery();

    // Time goes on to `now_ms` and what is due happens, up to a bounded number of things. True when more
    // is due. Commands happen at the time last told.
    bool advance(TimeMs now_ms);
    std::optional<TimeMs> next_deadline() const;
    // The wall clock differs from the engine's by this much from now on (R4, run_at).
    void set_wall_offset(DurationMs offset_ms);
    DurationMs wall_offset_ms() const;
    // The broker itself was late: no lease ends before `until_ms`.
    void hold_leases(TimeMs until_ms);

    // Producers.
    Result<Answer> add_jobs(AddJobs&& command);
    Result<Answer> add_flow(AddFlow&& command);

    // Numbered requests: the answer given before, or null; and an answer to remember.
    const Answer* find_answer(const std::string& client_id, std::uint64_t number) const;
    void remember_answer(const std::string& client_id, std::uint64_t number, const Answer& answer);
    void forget_answers(const std::string& client_id, std::uint64_t up_to_number);

    // Workers.
    struct OpenedSession {
        SessionKey key{};
        std::string id;
        bool was_resumed = false;
        bool was_connected = false;  // It was on another connection, which has lost it now.
        std::vector<HeldLease> held;
    };
    // With `resume_id` not empty and known: that session, else a new one.
    OpenedSession open_session(const std::string& worker, const std::string& resume_id);
    void lose_session(SessionKey session);
    void close_session(SessionKey session);
    Result<> subscribe(SessionKey session, const Subscribe& command);
    Result<> quiet(SessionKey session, std::uint32_t subscription);
    void grant(SessionKey session, std::uint32_t subscription, std::uint64_t jobs_total);
    Result<> take(SessionKey session, const Take& command);
    // Its connection has too much to send: nothing is delivered to the session until it is held no more.
    void set_held(SessionKey session, bool is_held);
    // `add_refusal`, if not null, is why no job may be added now: items that would add some are refused.
    Result<Answer> finish(std::vector<FinishItem>&& items, const Error* add_refusal = nullptr);
    Result<Answer> beat(std::vector<BeatItem>&& items);

    // Operators.
    Result<Answer> remove_jobs(const std::string& queue, const std::vector<std::string>& ids);
    Result<Answer> cancel_jobs(const std::string& queue, const std::vector<std::string>& ids);
    Result<Answer> update_job(UpdateJob&& command);
    Result<Answer> remove_deduplication(const std::string& queue, const std::string& key);
    Result<Answer> set_settings(const std::string& queue, QueueSettings settings);
    Result<Answer> pause(const HoldTarget& target);
    Result<Answer> hold(const HoldTarget& target, DurationMs length_ms);
    Result<Answer> resume(const HoldTarget& target);
    Result<Answer> retry_jobs(const BulkSelection& selection);
    Result<Answer> promote_jobs(const BulkSelection& selection);
    Result<Answer> drain(const Drain& command);
    Result<Answer> clean(const Clean& command);
    Result<Answer> obliterate(const Obliterate& command);
    Result<Answer> upsert_scheduler(UpsertScheduler&& command);
    Result<Answer> remove_scheduler(const std::string& queue, const std::string& key);

    // Looking; changes nothing.
    Result<JobView> find_job(const JobName& name) const;
    // With a filter that needs rows: jobs that may pass it, more than the limit.
    Result<Page> list_jobs(const List& command) const;
    Result<FlowTree> get_flow(const GetFlow& command) const;
    Result<DedupView> find_deduplication(const std::string& queue, const std::string& key) const;
    Result<QueueView> queue_view(const std::string& queue) const;
    // What happened lately; see activity.h.
    Result<QueueActivity> activity(const std::string& queue, const ActivityQuery& query) const;
    // By name, in bounded pages.
    Result<QueuePage> list_queues(const ListQueues& command) const;
    std::size_t queue_count() const;
    // All of them, however many.
    std::vector<QueueView> queue_views() const;
    // For operators: see overview.h.
    Overview overview(std::size_t queues_max) const;
    std::vector<QueueGlance> glance(std::size_t& cursor, std::size_t limit) const;
    // With the next `ticks`.
    Result<SchedulerView> find_scheduler(const std::string& queue, const std::string& key,
                                         std::size_t ticks) const;
    Result<SchedulerPage> list_schedulers(const ListSchedulers& command) const;
    Result<std::vector<TimeMs>> preview_ticks(const Repeat& repeat, std::size_t ticks) const;
    // Keys in order of name, those after `after`.
    Result<std::vector<KeyView>> list_keys(const std::string& queue, const std::string& after,
                                           std::size_t limit) const;
    Result<WorkerPage> list_workers(const ListWorkers& command) const;
    // Jobs that the queue will give out next if nothing happens, about in order: no more than
    // `jobs_max`, and as many as are delivered in `bytes_max`.
    std::vector<JobSeq> coming_jobs(QueueId queue, std::size_t jobs_max,
                                    std::size_t bytes_max) const;
    std::uint64_t job_count() const;
    // How a job's id reads: the chosen one, or made from its number.
    std::string job_id(JobSeq seq, const std::string& chosen_id) const;
    // Also of a queue that went a moment ago; empty for one that is long gone.
    std::string queue_name(QueueId queue) const;

    // From here on events of the queue, or with an empty name of all, come with the effects (R11).
    Result<> watch(const std::string& queue);
    void unwatch(const std::string& queue);

    // The turn that is being made.
    TurnNumber current_turn() const;
    // Ends the turn: gives out what can be given and hands over what was changed and is to be said.
    Effects seal();
    // True when seal() would hand over nothing and give out nothing.
    bool is_quiet() const;

    // For tests: sentences about rules that do not hold.
    std::vector<std::string> broken_invariants() const;

  private:
    void clean_turn_rows();

    std::unique_ptr<Memory> memory_;
    std::unique_ptr<Recovery> recovery_;
};

}  // namespace swarmq::engine
