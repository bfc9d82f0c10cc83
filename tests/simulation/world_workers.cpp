// Workers: they take, answer, repeat themselves, come late, fall silent and come back.
#include "simulation/violation.h"
#include "simulation/world.h"

#include <algorithm>
#include <utility>

namespace swarmq::simulation {

void World::work() {
    Worker& worker = dice_.pick(workers_);
    const bool is_connected =
        worker.session != kNoSession && sessions_[worker.session].is_connected;
    const auto choice = dice_.below(1'000);
    if (choice < 120) return answer_past(worker);
    if (!is_connected) return choice < 600 ? connect(worker) : answer_held(worker);
    if (choice < 140) return disconnect(worker, dice_.one_in(3));
    if (choice < 145)
        return connect(worker);  // On a second connection, while the first still stands.
    if (choice < 200) return subscribe(worker);
    if (choice < 330) return take(worker);
    if (choice < 480) return grant_more(worker);
    if (choice < 560) return beat(worker);
    answer_held(worker);
}

void World::connect(Worker& worker) {
    const bool wants_back = worker.session != kNoSession && !dice_.one_in(4);
    if (!wants_back && worker.session != kNoSession && sessions_[worker.session].is_connected)
        return;
    const std::string resume = wants_back ? sessions_[worker.session].id : std::string();
    const auto held =
        wants_back ? reference_.held_by(worker.session) : std::vector<std::uint64_t>();
    const bool is_known = wants_back && (sessions_[worker.session].is_connected || !held.empty());
    const auto opened = engine_->open_session("worker-" + std::to_string(index_of(worker)), resume);
    require(opened.was_resumed == is_known, "a session was ", opened.was_resumed ? "" : "not ",
            "resumed");
    ++worker.connection;
    worker.subscriptions.clear();
    if (!is_known) {
        worker.session = static_cast<std::uint32_t>(sessions_.size());
        sessions_.push_back({opened.id, opened.key, true, false, true, 0});
        worker.past.insert(worker.past.end(), worker.held.begin(), worker.held.end());
        worker.held.clear();
    } else {
        require(opened.held.size() == held.size(), "a session holds ", opened.held.size(),
                " leases, not ", held.size());
        for (const auto seq : held) {
            const Job& job = *reference_.find(seq);
            const auto is_its = [&](const engine::HeldLease& lease) {
                return raw(lease.token) == job.token && lease.job.queue == queue_name(job.queue) &&
                       lease.job.id == job_id(seq, job.chosen);
            };
            require(std::count_if(opened.held.begin(), opened.held.end(), is_its) == 1,
                    "a session lost the lease of job ", seq);
        }
        reference_.renew_all(worker.session);
        sessions_[worker.session].key = opened.key;
        sessions_[worker.session].is_connected = true;
        sessions_[worker.session].is_held = false;
    }
    worker_by_key_[opened.key] = index_of(worker);
}

void World::disconnect(Worker& worker, bool says_goodbye) {
    Session& session = sessions_[worker.session];
    session.is_connected = false;
    ++worker.connection;
    worker.subscriptions.clear();
    worker_by_key_.erase(session.key);
    if (says_goodbye) {
        engine_->close_session(session.key);
        reference_.release_all(worker.session);
        worker.past.insert(worker.past.end(), worker.held.begin(), worker.held.end());
        worker.held.clear();
        return;
    }
    engine_->lose_session(session.key);
    session.grace_until_ms = now_ms_ + 1'000;
    lost_sessions_.push_back(worker.session);
}

void World::subscribe(Worker& worker) {
    if (worker.subscriptions.size() > 2) {
        Subscription& quieted = dice_.pick(worker.subscriptions);
        if (quieted.take != 0) return;
        require(engine_->quiet(sessions_[worker.session].key, quieted.number).ok(),
                "an open subscription was not known");
        worker.subscriptions.erase(worker.subscriptions.begin() +
                                   (&quieted - worker.subscriptions.data()));
        return;
    }
    Subscription made;
    made.number = worker.next_subscription++;
    made.queues = {static_cast<QueueNumber>(dice_.below(kQueues))};
    if (dice_.one_in(3)) made.queues.push_back((made.queues[0] + 1) % kQueues);
    made.lease_ms = dice_.between(1'000, 1'400);
    made.tells_starts = made.number % 2 == 1;
    engine::Subscribe command{made.number, {}, made.lease_ms, made.tells_starts};
    for (const auto queue : made.queues) command.queues.push_back(queue_name(queue));
    require(engine_->subscribe(sessions_[worker.session].key, command).ok(),
            "a subscription was refused");
    worker.subscriptions.push_back(std::move(made));
}

void World::take(Worker& worker) {
    if (worker.subscriptions.size() > 3 || worker.held.size() > 12) return;
    Subscription made;
    made.take = next_take_++;
    made.queues = {static_cast<QueueNumber>(dice_.below(kQueues))};
    if (dice_.one_in(4)) made.queues.push_back((made.queues[0] + 2) % kQueues);
    made.lease_ms = dice_.between(1'000, 1'400);
    made.credit = 1 + dice_.below(4);
    const DurationMs wait_ms = dice_.one_in(2) ? dice_.between(1, 200) : 0;
    made.take_until_ms = now_ms_ + wait_ms;
    engine::Take command{
        {}, static_cast<std::uint32_t>(made.credit), wait_ms, made.lease_ms, made.take};
    for (const auto queue : made.queues) command.queues.push_back(queue_name(queue));
    require(engine_->take(sessions_[worker.session].key, command).ok(), "a take was refused");
    worker.subscriptions.push_back(std::move(made));
}

void World::grant_more(Worker& worker) {
    if (worker.subscriptions.empty() || worker.held.size() > 12) return;
    Subscription& subscription = dice_.pick(worker.subscriptions);
    if (subscription.take != 0) return;
    const std::uint64_t total = subscription.granted + dice_.below(4);
    engine_->grant(sessions_[worker.session].key, subscription.number, total);
    subscription.credit = std::max(subscription.credit, total);
}

Code World::send_answer(const Held& held, const Answered& answered) {
    engine::FinishItem item;
    item.job = {queue_name(held.queue), job_id(held.seq, held.chosen)};
    item.token = LeaseToken{held.token};
    item.hold_queue_ms = answered.hold_queue_ms;
    item.hold_key_ms = answered.hold_key_ms;
    item.log_lines.assign(answered.log_lines, "it says");
    switch (answered.kind) {
        case AnswerKind::Complete:
            item.outcome = engine::Complete{};
            break;
        case AnswerKind::Fail:
            item.outcome = engine::Fail{"broke", answered.is_unrecoverable, answered.retry_in_ms};
            break;
        case AnswerKind::Delay:
            item.outcome = engine::Delay{answered.delay_ms};
            break;
        case AnswerKind::WaitForChildren:
            item.outcome = engine::WaitForChildren{};
            break;
        default:
            item.outcome = engine::Release{};
    }
    for (const Added& added : answered.follow_ups)
        item.follow_ups.push_back({queue_name(added.queue), follow_up_specs_.at(added.follow_up)});
    std::vector<engine::FinishItem> items;
    items.push_back(std::move(item));
    const auto answer = engine_->finish(std::move(items));
    require(answer.ok(), "a finish was refused as a whole");
    const Code wanted = reference_.answer(held.queue, held.seq, held.chosen, held.token, answered);
    require(answer->items[0].code == wanted, "an answer for job ", held.seq, " got code ",
            static_cast<int>(answer->items[0].code), ", not ", static_cast<int>(wanted));
    return wanted;
}

void World::answer_held(Worker& worker) {
    if (worker.held.empty()) return;
    const std::size_t at = dice_.below(worker.held.size());
    Held held = worker.held[at];
    Answered answered;
    const auto choice = dice_.below(20);
    answered.kind = choice < 11   ? AnswerKind::Complete
                    : choice < 17 ? AnswerKind::Fail
                    : choice < 18
                        ? (dice_.one_in(2) ? AnswerKind::Release : AnswerKind::WaitForChildren)
                        : AnswerKind::Delay;
    const Job* const job = reference_.find(held.seq);
    if (job != nullptr && job->family.exists && dice_.one_in(3))
        answered.kind = AnswerKind::WaitForChildren;
    if (answered.kind == AnswerKind::Delay) answered.delay_ms = dice_.between(0, 300);
    if (answered.kind == AnswerKind::Fail) {
        answered.is_unrecoverable = dice_.one_in(10);
        if (dice_.one_in(5)) answered.retry_in_ms = dice_.between(0, 300);
    }
    if (dice_.one_in(60)) answered.hold_queue_ms = dice_.between(1, 80);
    if (dice_.one_in(30)) answered.hold_key_ms = dice_.between(1, 200);
    if (dice_.one_in(10)) answered.log_lines = 1 + dice_.below(3);
    if (dice_.one_in(12)) draw_follow_ups(answered);
    held.answered = answered.kind;
    if (send_answer(held, answered) == Code::Ok && answered.kind == AnswerKind::Complete) {
        Output output;
        output.turn = turn_;
        output.kind = Output::Kind::Completed;
        output.held = held;
        outputs_.push_back(output);
    }
    if (dice_.one_in(30)) return;  // Forgets that it answered, and will answer otherwise.
    worker.past.push_back(held);
    worker.held.erase(worker.held.begin() + static_cast<std::ptrdiff_t>(at));
}

// Late, twice, or with a token that was never given.
void World::answer_past(Worker& worker) {
    if (worker.past.empty()) return;
    if (worker.past.size() > 60) worker.past.erase(worker.past.begin(), worker.past.begin() + 30);
    Held held = dice_.pick(worker.past);
    if (dice_.one_in(6)) held.token += dice_.one_in(2) ? 1 : static_cast<std::uint64_t>(-1);
    Answered answered;
    answered.kind = dice_.one_in(3) || held.answered == AnswerKind::None
                        ? static_cast<AnswerKind>(1 + dice_.below(5))
                        : held.answered;
    send_answer(held, answered);
}

void World::beat(Worker& worker) {
    static const std::string kBytes(6'000, 'c');
    std::vector<engine::BeatItem> items;
    std::vector<Answered> beats;
    for (const auto& held : worker.held) {
        Answered& beat = beats.emplace_back();
        beat.kind = AnswerKind::None;
        beat.is_started = held.token % 3 == 0;
        if (dice_.one_in(4)) beat.progress = std::to_string(dice_.below(100));
        if (dice_.one_in(6)) beat.log_lines = 1 + dice_.below(40);
        if (dice_.one_in(8)) beat.checkpoint_bytes = 1 + dice_.below(dice_.one_in(4) ? 6'000 : 20);
        engine::BeatItem item{{queue_name(held.queue), job_id(held.seq, held.chosen)},
                              LeaseToken{held.token},
                              {},
                              beat.is_started};
        if (!beat.progress.empty()) item.progress = beat.progress;
        item.log_lines.assign(beat.log_lines, "it says");
        if (beat.checkpoint_bytes > 0)
            item.checkpoint =
                std::make_shared<const std::string>(kBytes.substr(0, beat.checkpoint_bytes));
        items.push_back(std::move(item));
    }
    const auto answer = engine_->beat(std::move(items));
    require(answer.ok(), "a beat was refused as a whole");
    std::vector<Held> kept;
    for (std::size_t i = 0; i < worker.held.size(); ++i) {
        const Held& held = worker.held[i];
        const Code wanted =
            reference_.answer(held.queue, held.seq, held.chosen, held.token, beats[i]);
        require(answer->items[i].code == wanted, "a beat for job ", held.seq, " got code ",
                static_cast<int>(answer->items[i].code), ", not ", static_cast<int>(wanted));
        (wanted == Code::Ok ? kept : worker.past).push_back(held);
    }
    worker.held = std::move(kept);
}

}  // namespace swarmq::simulation
