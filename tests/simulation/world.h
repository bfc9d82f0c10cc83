// The world around one engine: clients that come, go and repeat themselves, a clock, a store that
// is late, and crashes. Every answer is held against the reference; outputs leave when their turn
// is durable.
#pragma once

#include "engine/engine.h"
#include "simulation/dice.h"
#include "simulation/reference.h"
#include "simulation/store.h"

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace swarmq::simulation {

// A mistake of the world itself, planted to prove that it is noticed.
enum class Mistake : std::uint8_t { None, OutputBeforeDurable };

struct WorldOptions {
    std::uint64_t seed = 1;
    bool uses_rows = false;
    DurationMs clock_step_ms = 0;
    Mistake mistake = Mistake::None;
};

class World {
  public:
    explicit World(const WorldOptions& options);
    ~World();

    // One thing happens. Throws a Violation when the engine breaks a rule.
    void step();
    std::uint64_t crashes() const { return epoch_ - 1; }
    std::uint64_t grants() const { return grants_; }

  private:
    static constexpr QueueNumber kQueues = 4;
    static constexpr std::size_t kProducers = 3;
    static constexpr std::size_t kWorkers = 6;
    static constexpr std::size_t kJobsMax = 300;

    struct Request {
        std::uint64_t number = 0;
        bool is_mixed = false;        // It names a queue for each job.
        bool is_independent = false;  // Each job is added or refused by itself.
        std::vector<engine::JobSpec> specs;
        std::vector<Added> jobs;
    };
    struct Producer {
        std::string client;
        std::uint64_t next_number = 1;
        std::deque<Request> unanswered;
        std::uint32_t connection = 0;
        bool resends = false;
    };
    struct Held {
        QueueNumber queue = 0;
        std::uint64_t seq = 0;
        std::uint32_t chosen = 0;
        std::uint64_t token = 0;
        AnswerKind answered = AnswerKind::None;
    };
    struct Subscription {
        std::uint32_t number = 0;
        std::vector<QueueNumber> queues;
        DurationMs lease_ms = 0;
        std::uint64_t credit = 0;
        std::uint64_t granted = 0;
        std::uint64_t take = 0;  // The request of a Take; 0: none.
        bool tells_starts = false;
        TimeMs take_until_ms = 0;
    };
    struct Session {
        std::string id;
        engine::SessionKey key{};
        bool is_connected = false;
        bool is_held = false;  // Nothing is delivered to it.
        bool is_known = true;  // The engine still remembers it.
        TimeMs grace_until_ms = 0;
    };
    struct Worker {
        std::uint32_t session = kNoSession;
        std::uint32_t connection = 0;
        std::uint32_t next_subscription = 1;
        std::vector<Subscription> subscriptions;
        std::vector<Held> held;
        std::vector<Held> past;  // Answered or lost: material for late and repeated answers.
    };
    struct Output {
        std::uint64_t turn = 0;
        std::size_t receiver = 0;
        std::uint32_t connection = 0;
        enum class Kind : std::uint8_t { Added, Completed, Delivered } kind = Kind::Added;
        std::uint64_t number = 0;  // Added: the request. Completed: the job.
        std::uint64_t seq = 0;
        Held held;
    };
    struct Given {
        const engine::Granted* granted = nullptr;
        const engine::Delivery* delivery = nullptr;
    };
    struct Known {
        std::uint64_t turn = 0;
        Answer answer;
    };

    // Time, turns and crashes.
    void boot();
    void advance(TimeMs to_ms);
    void advance_to_next(TimeMs now_ms);
    bool could_give_any() const;
    std::size_t ended_takes(TimeMs before_ms, bool is_anything_due) const;
    void let_happen(std::vector<Reference::Due> due, engine::Effects& effects);
    void seal();
    void finish_turn(engine::Effects& effects, bool is_order_known);
    void let_tick(const std::vector<Reference::Due>& ticks, const std::vector<bool>& could,
                  const engine::Effects& effects);
    void learn(const engine::Effects& effects);
    void check_given(const engine::Effects& effects, bool is_order_known);
    void give(const Given& given, bool is_order_known);
    void check_events(std::vector<engine::Event>& events, bool is_order_known);
    void check_nobody_waits_in_vain();
    void sync(std::uint64_t turns);
    void release(const Output& output);
    void crash();
    void check_facts();

    // Comparing.
    void check_job(std::uint64_t seq);
    void check_queue(QueueNumber queue);
    void check_holds(QueueNumber queue);
    void check_scheduler(std::uint64_t index);
    void check_dedup(QueueNumber queue, DedupNumber number);
    void check_waiting_order(QueueNumber queue);
    void check_all();

    // Clients.
    void produce();
    // False: it was refused, and is not sent again.
    bool send(Producer& producer, const Request& request);
    void send_all(Producer& producer);
    void add_new(const Added& job, bool is_new);
    void draw_dedup(Added& job, engine::JobSpec& spec);
    std::uint64_t new_jobs(const Request& request, QueueNumber queue) const;
    engine::AddJobs command_of(const Request& request) const;
    bool is_too_much(const Request& request, bool counts_all) const;
    bool was_refused(const Added& job, Code code) const;
    void send_invalid();
    Request make_request(Producer& producer);
    Added make_job(engine::JobSpec& spec, QueueNumber queue);
    void work();
    void connect(Worker& worker);
    void disconnect(Worker& worker, bool says_goodbye);
    void subscribe(Worker& worker);
    void take(Worker& worker);
    void grant_more(Worker& worker);
    void answer_held(Worker& worker);
    void answer_past(Worker& worker);
    void beat(Worker& worker);
    Code send_answer(const Held& held, const Answered& answered);
    void operate();
    void change_hold();
    void change_settings();
    void change_scheduler();
    void free_dedup();
    void update();
    struct Member {
        Added job;
        std::optional<std::uint32_t> parent;
        OnChildFailure policy = OnChildFailure::None;
    };
    const Held* draw_parent();
    void add_flow();
    void draw_follow_ups(Answered& answered);
    Code flow_answer(const std::vector<Member>& members, const Held* held);
    void take_in(std::vector<Member>& members, const Answer& answer, const Held* held);
    void change_watch();
    void tell_watched();
    void change_held();
    void upsert(engine::UpsertScheduler command, QueueNumber queue, SchedulerNumber number,
                const Added& job);
    void upsert_again(QueueNumber queue, SchedulerNumber number);
    void change_bulk();
    void clean();
    void cancel(std::uint64_t seq);
    void drain();
    void require_drained(QueueNumber queue, bool with_delayed) const;
    void list();

    std::string job_id(std::uint64_t seq, std::uint32_t chosen) const;
    const std::string& queue_name(QueueNumber queue) const { return queue_names_[queue]; }
    QueueNumber queue_of(const JobClass& job_class);
    std::size_t index_of(const Worker& worker) const {
        return static_cast<std::size_t>(&worker - workers_.data());
    }

    Dice dice_;
    const WorldOptions options_;
    TimeMs now_ms_ = 1'700'000'000'000;
    std::uint32_t epoch_ = 0;
    std::uint64_t turn_ = 1;
    std::uint64_t durable_turn_ = 0;
    std::uint64_t last_token_ = 0;
    std::uint64_t grants_ = 0;
    std::uint64_t next_take_ = 1;
    std::uint64_t next_follow_up_ = 1;
    Store store_;
    std::unique_ptr<engine::Engine> engine_;
    Reference reference_;
    std::map<std::string, engine::JobSpec> follow_up_specs_;    // Of the answer that is being made.
    std::map<std::uint64_t, engine::JobSpec> scheduler_specs_;  // As upserted since the last crash.
    std::array<bool, kQueues + 1> watched_{};                   // The last: all queues.
    std::vector<std::string> queue_names_;
    std::unordered_map<QueueId, QueueNumber> queue_numbers_;
    std::vector<Producer> producers_;
    std::vector<Worker> workers_;
    std::vector<Session> sessions_;
    std::vector<std::uint32_t> lost_sessions_;
    std::unordered_map<engine::SessionKey, std::size_t> worker_by_key_;
    std::map<std::pair<std::size_t, std::uint64_t>, Known> answers_;
    std::deque<Output> outputs_;
    std::vector<std::uint64_t> facts_added_;  // Since the last crash: what clients were told.
    std::vector<Held> facts_completed_;
};

}  // namespace swarmq::simulation
