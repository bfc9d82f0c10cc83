// What becomes durable, what leaves then, and what a crash leaves.
#include "simulation/violation.h"
#include "simulation/world.h"

#include <algorithm>

namespace swarmq::simulation {

void World::sync(std::uint64_t turns) {
    for (; turns > 0 && store_.has_pending(); --turns) durable_turn_ = store_.sync_one();
    reference_.made_durable(TurnNumber{durable_turn_});
    const bool waits = options_.mistake != Mistake::OutputBeforeDurable;
    while (!outputs_.empty() && (outputs_.front().turn <= durable_turn_ || !waits)) {
        release(outputs_.front());
        outputs_.pop_front();
    }
}

void World::release(const Output& output) {
    if (output.kind == Output::Kind::Delivered) {
        Worker& worker = workers_[output.receiver];
        const bool arrives = worker.connection == output.connection;
        (arrives ? worker.held : worker.past).push_back(output.held);
        return;
    }
    if (output.kind == Output::Kind::Completed) {
        facts_completed_.push_back(output.held);
        return;
    }
    Producer& producer = producers_[output.receiver];
    if (producer.connection != output.connection) return;
    facts_added_.push_back(output.seq);
    std::erase_if(producer.unanswered,
                  [&](const Request& request) { return request.number == output.number; });
    if (!dice_.one_in(3)) return;
    const std::uint64_t upto =
        (producer.unanswered.empty() ? producer.next_number : producer.unanswered.front().number) -
        1;
    engine_->forget_answers(producer.client, upto);
    answers_.erase(answers_.lower_bound({output.receiver, 0}),
                   answers_.upper_bound({output.receiver, upto}));
}

void World::crash() {
    seal();
    if (dice_.one_in(2)) sync(dice_.below(30));
    outputs_.clear();
    store_.crash();
    now_ms_ += dice_.one_in(3) ? dice_.between(0, 4'000) : 1;
    boot();
    reference_.crash(now_ms_);
    tell_watched();
    std::erase_if(answers_, [&](const auto& entry) { return entry.second.turn > durable_turn_; });
    for (auto& producer : producers_) {
        ++producer.connection;
        producer.resends = true;
    }
    for (auto& worker : workers_) {
        ++worker.connection;
        worker.subscriptions.clear();
    }
    for (auto& session : sessions_)
        session.is_connected = session.is_known = session.is_held = false;
    for (const auto& [seq, job] : reference_.all())
        if (job.state == JobState::Active) {
            sessions_[job.session].is_known = true;
            sessions_[job.session].grace_until_ms = INT64_MAX;
        }
    lost_sessions_.clear();
    worker_by_key_.clear();
    scheduler_specs_.clear();
    queue_numbers_.clear();    // A number given in a lost turn may be given again.
    advance_to_next(now_ms_);  // What fell due meanwhile.
    advance(now_ms_);
    check_all();
    check_facts();
}

// What clients were told before the crash is still so.
void World::check_facts() {
    for (const auto seq : facts_added_)
        require(seq <= store_.durable_seq(), "the acknowledged add of job ", seq, " was lost");
    for (const auto& held : facts_completed_) {
        const auto view =
            engine_->find_job({queue_name(held.queue), job_id(held.seq, held.chosen)});
        require(!view || view->seq != JobSeq{held.seq} || view->state == JobState::Completed,
                "the acknowledged completion of job ", held.seq, " was lost");
    }
    facts_added_.clear();
    facts_completed_.clear();
}

void World::check_job(std::uint64_t seq) {
    const Job& wanted = *reference_.find(seq);
    const auto view = engine_->find_job({queue_name(wanted.queue), job_id(seq, wanted.chosen)});
    require(view.ok(), "job ", seq, " is not stored");
    require(view->seq == JobSeq{seq}, "job ", seq, " is found as another");
    require(view->state == wanted.state, "job ", seq, " is in state ",
            static_cast<int>(view->state), ", not ", static_cast<int>(wanted.state));
    require(view->attempts_made == wanted.attempts, "job ", seq, " has ", view->attempts_made,
            " attempts, not ", wanted.attempts);
    require(view->stalls == wanted.stalls, "job ", seq, " has ", view->stalls, " stalls, not ",
            wanted.stalls);
    require(view->failure_kind == wanted.failure_kind, "job ", seq, " failed in another way");
    require(view->log_lines == wanted.log_lines, "job ", seq, " has ", view->log_lines,
            " log lines, not ", wanted.log_lines);
    require(view->checkpoint_bytes == wanted.checkpoint_bytes, "job ", seq, " has a checkpoint of ",
            view->checkpoint_bytes, " bytes, not ", wanted.checkpoint_bytes);
    const auto children = view->flow.children.value_or(engine::ChildCounts{});
    require(children.pending == wanted.family.pending &&
                children.completed == wanted.family.completed &&
                children.failed == wanted.family.failed &&
                children.removed == wanted.family.removed,
            "job ", seq, " miscounts its children");
    require(view->finished_ms == wanted.finished_ms, "job ", seq, " ended at another time");
    require(wanted.state != JobState::Delayed || !wanted.is_due_known ||
                view->due_ms == (is_successor(wanted) ? 0 : wanted.place.when_ms),
            "job ", seq, " is due at ", view->due_ms, ", not ", wanted.place.when_ms);
}

void World::check_queue(QueueNumber queue) {
    const auto view = engine_->queue_view(queue_name(queue));
    if (!view) return;
    for (std::size_t state = 0; state < kJobStateCount; ++state)
        require(view->by_state[state] == reference_.count(queue, static_cast<JobState>(state)),
                "queue ", queue, " counts ", view->by_state[state], " jobs in state ", state,
                ", not ", reference_.count(queue, static_cast<JobState>(state)));
    const QueueModel& wanted = reference_.queue(queue);
    require(view->record.added_total == wanted.added, "queue ", queue, " miscounts adds");
    require(view->record.completed_total == wanted.completed, "queue ", queue,
            " miscounts completions");
    require(view->record.failed_total == wanted.failed, "queue ", queue, " miscounts failures");
    require(view->record.stalled_total == wanted.stalled, "queue ", queue, " miscounts stalls");
}

void World::check_holds(QueueNumber queue) {
    const auto check = [&](const Hold& hold, KeyNumber key) {
        const HoldModel& wanted = reference_.controls(queue).holds[key];
        require(hold.is_paused == wanted.is_paused, "queue ", queue, ", key ", key,
                " forgot its pause");
        require(hold.until_ms == wanted.until_ms ||
                    (hold.until_ms <= now_ms_ && wanted.until_ms <= now_ms_),
                "queue ", queue, ", key ", key, " is held until ", hold.until_ms, ", not ",
                wanted.until_ms);
    };
    if (const auto view = engine_->queue_view(queue_name(queue))) check(view->controls.hold, 0);
    const auto views = engine_->list_keys(queue_name(queue), "", 100);
    if (!views) return;
    for (const auto& view : *views) {
        const auto key = static_cast<KeyNumber>(view.key.back() - '0');
        check(view.hold, key);
        require(view.weight == reference_.settings_of(queue).weights[key], "queue ", queue,
                ", key ", key, " has a weight of ", view.weight);
        const Gate gate = reference_.gate(queue, key);
        require(gate == Gate::Either || view.is_closed == (gate == Gate::Closed), "queue ", queue,
                ", key ", key, view.is_closed ? " is closed" : " is open", " with ", view.waiting,
                " waiting and ", view.active, " active jobs");
    }
}

void World::check_waiting_order(QueueNumber queue) {
    auto wanted = reference_.waiting_lanes(queue);
    std::uint8_t priority = 0;
    const Job* last = nullptr;
    std::string cursor;
    do {
        const auto page = engine_->list_jobs({queue_name(queue), JobState::Waiting, 37, cursor});
        if (!page) break;
        for (const auto& view : page->jobs) {
            const Job* const job = reference_.find(raw(view.seq));
            require(job != nullptr && job->state == JobState::Waiting && job->priority >= priority,
                    "queue ", queue, " lists job ", raw(view.seq), " where it does not belong");
            priority = job->priority;
            // A key's jobs stand together, in order.
            auto& lane = wanted[{job->priority, job->key}];
            const bool goes_on =
                last != nullptr && last->priority == priority && last->key == job->key;
            require(!lane.jobs.empty() && (goes_on || !lane.is_begun), "queue ", queue,
                    " lists job ", raw(view.seq), " twice, or apart from others of its key");
            lane.is_begun = true;
            require(reference_.find(lane.jobs.front())->place == job->place, "queue ", queue,
                    " lists job ", raw(view.seq), " where job ", lane.jobs.front(), " stands");
            lane.jobs.erase(lane.jobs.begin());
            last = job;
        }
        cursor = page->next_cursor;
    } while (!cursor.empty());
    for (const auto& [name, lane] : wanted)
        require(lane.jobs.empty(), "queue ", queue, " lists ", lane.jobs.size(),
                " waiting jobs too few");
}

void World::check_all() {
    seal();
    require(engine_->job_count() == reference_.jobs(), "there are ", engine_->job_count(),
            " jobs, not ", reference_.jobs());
    for (const auto& [seq, job] : reference_.all()) check_job(seq);
    for (QueueNumber queue = 0; queue < kQueues; ++queue) {
        check_queue(queue);
        check_holds(queue);
        for (DedupNumber number = 1; number < kDedupKeys; ++number) check_dedup(queue, number);
        check_waiting_order(queue);
    }
    for (std::uint64_t i = 0; i < std::uint64_t{kQueues} * kSchedulersPerQueue; ++i)
        check_scheduler(i);
    const auto broken = engine_->broken_invariants();
    require(broken.empty(), broken.empty() ? std::string() : broken.front());
}

}  // namespace swarmq::simulation
