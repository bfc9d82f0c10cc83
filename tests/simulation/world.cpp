// Turns and time: what the engine says at the end of a turn is held against the reference.
#include "simulation/world.h"

#include "simulation/violation.h"

#include <algorithm>
#include <utility>

namespace swarmq::simulation {

World::World(const WorldOptions& options)
    : dice_(options.seed),
      options_(options),
      store_(options.uses_rows ? make_row_disk() : make_plain_disk()),
      reference_(kQueues, options.clock_step_ms) {
    for (QueueNumber queue = 0; queue < kQueues; ++queue) queue_names_.push_back(queue_text(queue));
    for (std::size_t i = 0; i < kProducers; ++i)
        producers_.push_back({"client-" + std::to_string(i), 1, {}, 0, false});
    workers_.resize(kWorkers);
    reference_.set_now(now_ms_);
    boot();
}

World::~World() = default;

void World::boot() {
    engine::EngineOptions options;
    options.epoch = Epoch{++epoch_};
    options.seed = dice_.next();
    options.now_ms = now_ms_;
    options.clock_step_ms = options_.clock_step_ms;
    engine_ = std::make_unique<engine::Engine>(options);
    store_.recover(*engine_);
    for (QueueNumber which = 0; which <= kQueues; ++which)
        if (watched_[which])
            require(engine_->watch(which == kQueues ? std::string() : queue_name(which)).ok(),
                    "a queue could not be watched");
}

void World::step() {
    const auto choice = dice_.below(1'000);
    if (choice < 120)
        produce();
    else if (choice < 600)
        work();
    else if (choice < 640)
        operate();
    else if (choice < 650)
        update();
    else if (choice < 760)
        seal();
    else if (choice < 880)
        sync(dice_.below(4));
    else if (choice < 999)
        advance(now_ms_ + (dice_.one_in(50) ? dice_.between(0, 3'000) : dice_.between(0, 12)));
    else if (dice_.one_in(3))
        crash();
    else
        check_all();
}

void World::advance(TimeMs to_ms) {
    while (true) {
        seal();
        TimeMs next_ms = to_ms;
        if (const auto engine_ms = engine_->next_deadline())
            next_ms = std::min(next_ms, *engine_ms);
        if (const auto due_ms = reference_.next_due()) next_ms = std::min(next_ms, *due_ms);
        advance_to_next(std::max(next_ms, now_ms_));
        const auto left_ms = engine_->next_deadline();
        if (now_ms_ == to_ms && (!left_ms || *left_ms > now_ms_)) return;
    }
}

void World::advance_to_next(TimeMs now_ms) {
    const TimeMs before_ms = std::exchange(now_ms_, now_ms);
    reference_.set_now(now_ms);
    while (engine_->advance(now_ms)) {
    }
    std::vector<Reference::Due> due = reference_.take_due();
    std::erase_if(lost_sessions_, [&](std::uint32_t index) {
        Session& session = sessions_[index];
        if (session.is_connected || !session.is_known) return true;
        if (session.grace_until_ms > now_ms) return false;
        for (const auto seq : reference_.held_by(index))
            due.push_back({now_ms, Reference::Due::Kind::Loss, seq});
        session.is_known = false;
        return true;
    });
    const std::size_t takes = ended_takes(before_ms, !due.empty());
    if (due.empty() && takes == 0) return;
    if (due.size() == 1 && takes == 0) {
        reference_.happen(due.front());
        return;
    }
    engine::Effects effects = engine_->seal();
    const bool is_order_known = takes == 0 || (due.empty() && takes == 1);
    let_happen(std::move(due), effects);
    finish_turn(effects, is_order_known);
}

bool World::could_give_any() const {
    for (const auto& worker : workers_)
        for (const auto& open : worker.subscriptions)
            for (const auto queue : open.queues)
                if (open.granted < open.credit && reference_.count(queue, JobState::Waiting) > 0 &&
                    reference_.gate(queue) != Gate::Closed)
                    return true;
    return false;
}

// Takes whose wait is over by now: all that can be given out is, amid the turn. One of a session
// that is held counts only where that could show.
std::size_t World::ended_takes(TimeMs before_ms, bool is_anything_due) const {
    std::size_t takes = 0;
    std::size_t held_takes = 0;
    for (const auto& worker : workers_)
        for (const auto& open : worker.subscriptions) {
            if (open.take == 0 || open.take_until_ms > now_ms_) continue;
            if (!sessions_[worker.session].is_held)
                ++takes;
            else if (open.take_until_ms >= before_ms)
                ++held_takes;
        }
    return takes + (is_anything_due || (held_takes > 0 && could_give_any()) ? held_takes : 0);
}

// Several things fell into one millisecond: the order in which jobs ended, and which of two fates a
// job met, is the engine's to choose.
void World::let_happen(std::vector<Reference::Due> due, engine::Effects& effects) {
    using Kind = Reference::Due::Kind;
    std::unordered_map<std::uint64_t, std::size_t> order;
    for (const auto& ended : effects.ended) order.emplace(raw(ended.seq), order.size() + 1);
    std::unordered_map<std::uint64_t, FailureKind> fates;
    for (const auto& attempt : effects.changes.attempts) fates[raw(attempt.seq)] = attempt.kind;
    std::erase_if(due, [&](const Reference::Due& event) {
        const auto fate = fates.find(event.seq);
        if (fate == fates.end()) return false;
        if (event.kind == Kind::Timeout) return fate->second == FailureKind::Stalled;
        if (event.kind == Kind::Lease || event.kind == Kind::Loss)
            return fate->second == FailureKind::Timeout;
        return false;
    });
    std::stable_sort(due.begin(), due.end(), [&](const auto& a, const auto& b) {
        const auto left = order.find(a.seq);
        const auto right = order.find(b.seq);
        return (left == order.end() ? 0 : left->second) <
               (right == order.end() ? 0 : right->second);
    });
    const auto ticks =
        std::stable_partition(due.begin(), due.end(),
                              [](const Reference::Due& event) { return event.kind != Kind::Tick; });
    std::vector<bool> could;
    for (auto tick = ticks; tick != due.end(); ++tick)
        could.push_back(reference_.could_add_tick(tick->seq));
    reference_.begin_unordered();
    for (auto event = due.begin(); event != ticks; ++event) reference_.happen(*event);
    let_tick({ticks, due.end()}, could, effects);
    reference_.end_unordered();
}

void World::seal() {
    if (engine_->is_quiet()) return;
    engine::Effects effects = engine_->seal();
    finish_turn(effects, true);
}

void World::finish_turn(engine::Effects& effects, bool is_order_known) {
    reference_.settle_flows();
    learn(effects);
    check_given(effects, is_order_known);
    std::uint64_t ends = 0;
    for (const auto& ended : effects.ended) ends += is_ended(ended.state);
    require(ends == reference_.ends(), ends, " jobs ended in a turn, not ", reference_.ends());
    check_events(effects.events, is_order_known);
    check_nobody_waits_in_vain();
    reference_.end_turn(TurnNumber{turn_});
    store_.write(turn_++, std::move(effects.changes));
    if (store_.pending() > 40) sync(20);
    const auto chance = dice_.next();
    if (chance % 2 == 0) {
        if (const auto seq = reference_.any_job(chance >> 8)) check_job(seq);
    }
    if (chance % 16 == 0) check_queue(static_cast<QueueNumber>(chance >> 8) % kQueues);
}

// Numbers and times that no rule decides.
void World::learn(const engine::Effects& effects) {
    for (const auto& record : effects.changes.added)
        if (raw(record.payload_of) != 0)
            reference_.add_letter(raw(record.seq), raw(record.payload_of),
                                  queue_of(*record.job_class));
        else if (!record.headers.empty() && record.headers.front().first == "follow-up")
            reference_.add_follow_up(raw(record.seq), record.headers.front().second);
        else if (!record.headers.empty())
            reference_.add_tick(raw(record.seq), queue_of(*record.job_class),
                                scheduler_number(record.headers.at(0).second),
                                std::stoll(record.headers.at(1).second));
    for (const auto& status : effects.changes.statuses)
        if (status.state == JobState::Delayed) reference_.learn_due(raw(status.seq), status.due_ms);
}

void World::check_given(const engine::Effects& effects, bool is_order_known) {
    std::vector<Given> given;
    for (const auto& delivery : effects.deliveries)
        for (const auto& granted : delivery.jobs) given.push_back({&granted, &delivery});
    std::sort(given.begin(), given.end(),
              [](const Given& a, const Given& b) { return a.granted->token < b.granted->token; });
    for (const auto& one : given) give(one, is_order_known);
    for (const auto& delivery : effects.deliveries) {
        if (delivery.take_request == 0) continue;
        const auto found = worker_by_key_.find(delivery.session);
        if (found == worker_by_key_.end()) continue;  // Nothing, for one that has just gone.
        Worker& worker = workers_[found->second];
        const auto take = std::find_if(
            worker.subscriptions.begin(), worker.subscriptions.end(),
            [&](const Subscription& open) { return open.take == delivery.take_request; });
        require(take != worker.subscriptions.end(), "a take was answered twice");
        require(!delivery.jobs.empty() || take->take_until_ms <= now_ms_,
                "a take was answered with nothing before its wait was over");
        worker.subscriptions.erase(take);
    }
}

void World::give(const Given& given, bool is_order_known) {
    const engine::Granted& granted = *given.granted;
    const auto found = worker_by_key_.find(given.delivery->session);
    require(found != worker_by_key_.end(), "a delivery to a session that does not exist");
    Worker& worker = workers_[found->second];
    require(sessions_[worker.session].is_connected,
            "a delivery to a session that is not connected");
    require(!sessions_[worker.session].is_held, "a delivery to a session that is held");
    require(raw(granted.token) > last_token_, "token ", raw(granted.token), " after token ",
            last_token_);
    last_token_ = raw(granted.token);
    const auto to = std::find_if(
        worker.subscriptions.begin(), worker.subscriptions.end(), [&](const Subscription& open) {
            return open.take == given.delivery->take_request &&
                   (open.take != 0 || open.number == given.delivery->subscription);
        });
    require(to != worker.subscriptions.end(), "a delivery to a subscription that is not open");
    require(++to->granted <= to->credit, "a delivery beyond the credit");
    const std::uint64_t seq = raw(granted.seq);
    reference_.grant(seq, last_token_, worker.session, to->lease_ms, to->tells_starts,
                     is_order_known);
    const Job& job = *reference_.find(seq);
    require(std::find(to->queues.begin(), to->queues.end(), job.queue) != to->queues.end(), "job ",
            seq, " is of a queue that was not asked for");
    require(granted.attempt == job.attempts + 1, "job ", seq, " says attempt ", granted.attempt,
            " after ", job.attempts, " ended ones");
    require((job.checkpoint_bytes > 0) ==
                ((granted.rows & (kCheckpointRow | kLargeCheckpointRow)) != 0),
            "job ", seq, " is given out ", job.checkpoint_bytes > 0 ? "without its" : "with a",
            " checkpoint");
    require(granted.children_pending == job.family.pending, "job ", seq, " is given out with ",
            granted.children_pending, " pending children");
    require(granted.stalls == job.stalls, "job ", seq, " miscounts its stalls");
    require(granted.priority == job.priority, "job ", seq, " has another priority");
    ++grants_;
    Output output;
    output.turn = turn_;
    output.receiver = found->second;
    output.connection = worker.connection;
    output.kind = Output::Kind::Delivered;
    output.held = {job.queue, seq, job.chosen, last_token_, AnswerKind::None};
    outputs_.push_back(output);
}

void World::check_nobody_waits_in_vain() {
    std::array<bool, kQueues> could_give{};
    for (QueueNumber queue = 0; queue < kQueues; ++queue)
        could_give[queue] = reference_.could_give(queue);
    for (const auto& worker : workers_)
        for (const auto& open : worker.subscriptions)
            for (const auto queue : open.queues)
                require(sessions_[worker.session].is_held || open.granted >= open.credit ||
                            !could_give[queue],
                        "queue ", queue, " has waiting jobs and a worker with credit");
}

}  // namespace swarmq::simulation
