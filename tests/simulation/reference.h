// The contract once more, as plainly as it can be said: what each job is, when it changes by
// itself, which answers count. The engine is held against it. It learns from the engine only what
// no rule decides: numbers of jobs and tokens, draws of jitter, and which of several things of one
// millisecond came first.
//
// Every change notes what was before, so that a crash can go back to the last durable turn.
#pragma once

#include "model/changes.h"
#include "model/error.h"
#include "simulation/reference_events.h"
#include "simulation/reference_model.h"
#include "simulation/reference_schedules.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace swarmq::simulation {

class Reference {
  public:
    // Delays end `clock_step_ms` later, as the engine's do.
    Reference(QueueNumber queues, DurationMs clock_step_ms)
        : queues_(queues),
          controls_(queues),
          by_queue_(queues),
          schedulers_(queues * kSchedulersPerQueue),
          dedup_(queues),
          tellings_(queues),
          clock_step_ms_(clock_step_ms) {}

    // --- Time. Things happen when their time has come, each once.
    struct Due {
        enum class Kind : std::uint8_t { Delay, Lease, Loss, Timeout, Expiry, Age, Tick };
        TimeMs when_ms = 0;
        Kind kind = Kind::Delay;
        std::uint64_t seq = 0;
        bool operator>(const Due& other) const { return when_ms > other.when_ms; }
    };
    void set_now(TimeMs now_ms) { now_ms_ = now_ms; }
    std::optional<TimeMs> next_due();
    // What is due at `now`; to be handed to happen() in an order that the engine's may be.
    std::vector<Due> take_due();
    void happen(const Due& due);
    // Of Tick: `is_made` is asked for each tick whether it adds a job, told whether it could.
    using TickWord = std::function<bool(std::uint64_t scheduler, TimeMs tick_ms, bool could)>;
    void tick(std::uint64_t scheduler, const TickWord& is_made);
    bool could_add_tick(std::uint64_t scheduler) const;
    // Its number is the one of Due; queue after queue.
    static std::uint64_t scheduler_index(QueueNumber queue, SchedulerNumber number) {
        return std::uint64_t{queue} * kSchedulersPerQueue + number;
    }
    static QueueNumber scheduler_queue(std::uint64_t index) {
        return static_cast<QueueNumber>(index / kSchedulersPerQueue);
    }
    // Ends a run of happen(): what happened in it has no order.
    void begin_unordered() {
        ++counter_, is_unordered_ = true;
        tellings_.begin_group();
    }
    void end_unordered();

    // --- What is asked.
    void add(Added added);
    // So many more would be over the queue's bound.
    bool is_full(QueueNumber queue, std::uint64_t jobs) const;
    // The job that stands for the key of `added`, which did to it what the mode says; 0: it stands
    // for none and is to be added. `added.seq` is the number of what was added, if anything.
    std::uint64_t deduplicate(const Added& added);
    // Of a job that was just added.
    void begin_key(const Added& added);
    bool stands(QueueNumber queue, DedupNumber number) const;
    // An add with it would make a job.
    bool makes_job(QueueNumber queue, DedupNumber number) const;
    const DedupModel& dedup(QueueNumber queue, DedupNumber number) const {
        return dedup_[queue][number];
    }
    bool free_key(QueueNumber queue, DedupNumber number);
    Code update(std::uint64_t seq, bool changes_payload, const Wish& wish);
    // One of a flow; those with children wait for them.
    void add_member(const Added& added, std::uint64_t parent, OnChildFailure policy);
    void tell_waits(std::uint64_t seq);
    // What the ends of children ask for; at the end of a turn, before anything is given out.
    void settle_flows();
    void add_follow_up(std::uint64_t seq, const std::string& header);
    void add_letter(std::uint64_t seq, std::uint64_t from, QueueNumber queue);
    void add_tick(std::uint64_t seq, QueueNumber queue, SchedulerNumber number, TimeMs tick_ms);
    // Answers a SchedulerOutcome.
    std::uint8_t upsert_scheduler(QueueNumber queue, SchedulerNumber number, const Repeat& repeat,
                                  const Added& job);
    // False: there is none.
    bool remove_scheduler(QueueNumber queue, SchedulerNumber number);
    void grant(std::uint64_t seq, std::uint64_t token, std::uint32_t session, DurationMs lease_ms,
               bool tells_starts, bool is_order_known);
    // What the answer to a Finish or (with kind None) a Beat must be; changes what it changes.
    Code answer(QueueNumber queue, std::uint64_t seq, std::uint32_t chosen, std::uint64_t token,
                const Answered& answered);
    void remove(std::uint64_t seq);
    // Cancelled, its record kept.
    Code cancel(std::uint64_t seq);
    void retry(std::uint64_t seq);
    void promote(std::uint64_t seq, bool is_tie = false);
    // Of a queue, or with a key of that; true when something changes by it.
    bool pause(QueueNumber queue, KeyNumber key);
    bool hold(QueueNumber queue, KeyNumber key, DurationMs length_ms);
    void resume(QueueNumber queue, KeyNumber key);
    void set_settings(QueueNumber queue, std::shared_ptr<const SettingsModel> settings);
    void release_all(std::uint32_t session);
    void renew_all(std::uint32_t session);
    // The engine drew a delay; it must be one that could be drawn.
    void learn_due(std::uint64_t seq, TimeMs due_ms);

    // --- Those who watch.
    void set_watched(QueueNumber queue, bool is_watched) {
        tellings_.set_watched(queue, is_watched, has_backlog(queue));
    }
    // What the turn must have said; call when all is given out.
    std::vector<Told> take_told();
    // Of what is asked in between the order is not known.
    void begin_group() { tellings_.begin_group(); }
    void end_group() { tellings_.end_group(); }

    // --- Turns.
    void end_turn(TurnNumber turn);
    void made_durable(TurnNumber turn);
    // Everything after the last durable turn never was. Leases begin anew.
    void crash(TimeMs now_ms);

    // --- Looking.
    const Job* find(std::uint64_t seq) const;
    const Job* find_chosen(QueueNumber queue, std::uint32_t chosen) const;
    const QueueModel& queue(QueueNumber queue) const { return queues_[queue]; }
    const ControlsModel& controls(QueueNumber queue) const { return controls_[queue]; }
    const SchedulerModel& scheduler(std::uint64_t index) const { return schedulers_[index]; }
    const SettingsModel& settings_of(QueueNumber queue) const;
    Gate gate(QueueNumber queue) const;
    Gate gate(QueueNumber queue, KeyNumber key) const;
    // A worker with credit would be given a job.
    bool could_give(QueueNumber queue) const;
    std::size_t jobs() const { return jobs_.size(); }
    std::uint64_t any_job(std::uint64_t chance) const;
    std::uint64_t count(QueueNumber queue, JobState state) const;
    // In the order in which they run; of equal places in any order.
    std::vector<std::uint64_t> in_state(QueueNumber queue, JobState state) const;
    struct ListedLane {
        std::vector<std::uint64_t> jobs;  // In order.
        bool is_begun = false;            // For who compares.
    };
    // By priority and key.
    std::map<std::pair<std::uint8_t, KeyNumber>, ListedLane> waiting_lanes(QueueNumber queue) const;
    std::vector<std::uint64_t> held_by(std::uint32_t session) const;
    // How many jobs ended in this turn.
    std::uint64_t ends() const { return ends_; }
    const std::unordered_map<std::uint64_t, Job>& all() const { return jobs_; }

  private:
    using Lane = std::pair<std::uint8_t, KeyNumber>;  // Of a priority and a key.
    struct ByQueue {
        std::map<Lane, std::set<std::pair<Place, std::uint64_t>>> waiting;
        std::map<std::uint8_t, Turns> turns;  // By priority.
        std::array<Windows, kKeys> windows;   // [0]: of the queue.
        std::array<std::uint64_t, kKeys> active{};
        std::vector<std::uint64_t> ended;
        std::uint64_t counts[kJobStateCount] = {};
        std::unordered_map<std::uint32_t, std::uint64_t> chosen;
    };
    struct JobBefore {
        TurnNumber turn{};
        std::uint64_t seq = 0;
        bool existed = false;
        Job job;
    };
    struct QueueBefore {
        TurnNumber turn{};
        QueueNumber queue = 0;
        QueueModel before;
    };

    struct ControlsBefore {
        TurnNumber turn{};
        QueueNumber queue = 0;
        ControlsModel before;
    };

    struct SchedulerBefore {
        TurnNumber turn{};
        std::uint64_t index = 0;
        SchedulerModel before;
    };

    struct DedupBefore {
        TurnNumber turn{};
        QueueNumber queue = 0;
        DedupNumber number = 0;
        DedupModel before;
    };

    Job& change(std::uint64_t seq);
    DedupModel& change_dedup(QueueNumber queue, DedupNumber number);
    void replace(Job& job, Added added);
    void add_successor(Added added);
    // The job is in another state, or about to go.
    void settle_key(Job& job);
    void leave_key(const Job& job);
    void lose_successor(Job& job);
    void end_key(QueueNumber queue, DedupNumber number);
    void start_successor(Job& job);
    void note_child_end(const Job& child, JobState state);
    void leave_flow(const Job& job);
    void settle_if_over(std::uint64_t seq);
    void settle_parent(std::uint64_t seq);
    void wait_for_children(Job& job);
    void wait_again(Job& job);
    void retry_flow(std::uint64_t seq);
    void begin_anew(Job& job);
    Code expect_follow_ups(const Job& job, const Answered& answered);
    ControlsModel& change_controls(QueueNumber queue);
    void apply_defaults(QueueNumber queue, Added& added) const;
    void check_turn(const Job& job, bool is_order_known);
    void note_begin(const Job& job);
    void leave_turns(QueueNumber queue, KeyNumber key);
    void recover_windows();
    QueueModel& change_queue(QueueNumber queue);
    void index(const Job& job);
    void unindex(const Job& job);
    void move(Job& job, JobState state);
    bool expects(QueueNumber queue, std::uint8_t priority, KeyNumber key) const;
    void add_expected(std::vector<Expected>::iterator expected, std::uint64_t seq);
    SchedulerModel& change_scheduler(std::uint64_t index);
    void set_tick(std::uint64_t index, TimeMs tick_ms);
    void make_tick(std::uint64_t index, TimeMs tick_ms, const TickWord& is_made);
    std::int64_t next_number() { return is_unordered_ ? counter_ : ++counter_; }
    Place tail() { return {now_ms_, next_number()}; }
    void schedule(const Job& job);
    bool still_holds(const Due& due) const;

    bool has_backlog(QueueNumber queue) const {
        return count(queue, JobState::Waiting) + count(queue, JobState::Delayed) > 0;
    }
    std::size_t tell(const Job& job, EventKind kind, DurationMs delay_ms = 0);
    void tell(QueueNumber queue, KeyNumber key, EventKind kind, DurationMs delay_ms = 0);
    std::size_t tell_expected(QueueNumber queue);
    void tell_failure(const Job& job, EventKind kind, FailureKind failure, DurationMs least_ms = 0,
                      DurationMs most_ms = 0);
    void wait_at(Job& job, Place place);
    void delay(Job& job, DurationMs least_ms, DurationMs most_ms);
    void fail(Job& job, FailureKind kind, const Answered& answered);
    void fail_for_good(Job& job, FailureKind kind);
    void stall(Job& job);
    void end(Job& job, JobState state, FailureKind kind);
    void retire(QueueNumber queue, JobState state);
    void erase(std::uint64_t seq);

    TimeMs now_ms_ = 0;
    TimeMs booted_ms_ = 0;  // What fell due before is told to nobody.
    std::int64_t counter_ = 0;
    bool is_unordered_ = false;
    std::unordered_map<std::uint64_t, Job> jobs_;
    std::vector<QueueModel> queues_;
    std::vector<ControlsModel> controls_;
    std::vector<ByQueue> by_queue_;
    std::vector<SchedulerModel> schedulers_;
    std::vector<std::array<DedupModel, kDedupKeys>> dedup_;
    Tellings tellings_;
    const DurationMs clock_step_ms_;
    std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
    std::unordered_map<std::uint64_t, AnswerKind> answers_of_gone_;
    std::vector<Expected> expected_;
    std::vector<std::uint64_t> to_settle_;                   // Parents.
    std::vector<std::uint64_t> condemned_;                   // Parents that were removed.
    std::set<std::pair<QueueNumber, Lane>> left_unordered_;  // Lanes in a run of happen().
    std::set<std::pair<QueueNumber, Lane>> joined_unordered_;
    std::uint64_t ends_ = 0;
    TurnNumber turn_{1};
    std::deque<JobBefore> jobs_before_;
    std::deque<QueueBefore> queues_before_;
    std::deque<ControlsBefore> controls_before_;
    std::deque<SchedulerBefore> schedulers_before_;
    std::deque<DedupBefore> dedup_before_;
};

}  // namespace swarmq::simulation
