// What is asked of a job and what follows from it, in the reference.
#include "simulation/reference.h"

#include "engine/commands.h"
#include "simulation/violation.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace swarmq::simulation {

namespace {

const Keep& keep_of(const Job& job) {
    return job.state == JobState::Completed ? job.rules.keep_completed : job.rules.keep_failed;
}

}  // namespace

Job& Reference::change(std::uint64_t seq) {
    Job& job = jobs_.at(seq);
    jobs_before_.push_back({turn_, seq, true, job});
    return job;
}

QueueModel& Reference::change_queue(QueueNumber queue) {
    queues_before_.push_back({turn_, queue, queues_[queue]});
    return queues_[queue];
}

void Reference::index(const Job& job) {
    ByQueue& in = by_queue_[job.queue];
    ++in.counts[static_cast<std::size_t>(job.state)];
    if (job.state == JobState::Waiting || job.state == JobState::Delayed)
        tellings_.note_backlog(job.queue);
    if (job.state == JobState::Waiting) {
        in.waiting[{job.priority, job.key}].emplace(job.place, job.seq);
        if (is_unordered_) joined_unordered_.insert({job.queue, {job.priority, job.key}});
    }
    if (job.state == JobState::Active) ++in.active[job.key];
    if (is_ended(job.state)) in.ended.push_back(job.seq);
    if (job.chosen != 0) in.chosen[job.chosen] = job.seq;
}

void Reference::unindex(const Job& job) {
    ByQueue& in = by_queue_[job.queue];
    --in.counts[static_cast<std::size_t>(job.state)];
    if (job.state == JobState::Waiting || job.state == JobState::Delayed)
        tellings_.note_backlog(job.queue);
    if (job.state == JobState::Active) --in.active[job.key];
    if (job.state == JobState::Waiting) {
        if (is_unordered_) left_unordered_.insert({job.queue, {job.priority, job.key}});
        const auto lane = in.waiting.find({job.priority, job.key});
        lane->second.erase({job.place, job.seq});
        if (lane->second.empty()) {
            in.waiting.erase(lane);
            if (!expects(job.queue, job.priority, job.key)) in.turns[job.priority].leave(job.key);
        }
    }
    if (is_ended(job.state)) std::erase(in.ended, job.seq);
    if (job.chosen != 0) in.chosen.erase(job.chosen);
}

bool Reference::expects(QueueNumber queue, std::uint8_t priority, KeyNumber key) const {
    return std::any_of(expected_.begin(), expected_.end(), [&](const Expected& expected) {
        const Added& added = expected.added;
        return added.queue == queue && added.priority == priority && added.key == key;
    });
}

void Reference::move(Job& job, JobState state) {
    unindex(job);
    job.state = state;
}

void Reference::wait_at(Job& job, Place place) {
    move(job, JobState::Waiting);
    job.place = place;
    index(job);
    schedule(job);
    settle_key(job);
}

void Reference::delay(Job& job, DurationMs least_ms, DurationMs most_ms) {
    move(job, JobState::Delayed);
    least_ms += clock_step_ms_;
    most_ms += clock_step_ms_;
    job.place = {now_ms_ + most_ms, next_number()};
    job.is_due_known = least_ms == most_ms;
    job.delay_least_ms = least_ms;
    job.delay_most_ms = most_ms;
    index(job);
    schedule(job);
}

bool Reference::is_full(QueueNumber queue, std::uint64_t jobs) const {
    const std::uint64_t most = settings_of(queue).waiting_max;
    const auto expected =
        std::count_if(expected_.begin(), expected_.end(),
                      [&](const Expected& wanted) { return wanted.added.queue == queue; });
    // What makes no job needs no room.
    return most != 0 && jobs != 0 &&
           count(queue, JobState::Waiting) + count(queue, JobState::Delayed) +
                   count(queue, JobState::WaitingChildren) + static_cast<std::uint64_t>(expected) +
                   jobs >
               most;
}

void Reference::add(Added added) {
    apply_defaults(added.queue, added);
    jobs_before_.push_back({turn_, added.seq, false, {}});
    const auto [at, is_new] = jobs_.try_emplace(added.seq);
    require(is_new, "job number ", added.seq, " was given twice");
    Job& job = at->second;
    job.seq = added.seq;
    job.queue = added.queue;
    job.chosen = added.chosen;
    job.key = added.key;
    job.name = added.name;
    job.priority = added.priority;
    job.rules = added.rules;
    job.runnable_ms = now_ms_ + added.delay_ms;
    job.state = added.delay_ms > 0 ? JobState::Delayed : JobState::Waiting;
    const auto number = added.place ? 0 : next_number();
    job.place = added.place          ? *added.place
                : added.delay_ms > 0 ? Place{now_ms_ + added.delay_ms, number}
                : added.lifo         ? Place{kHeadMs, -number}
                                     : Place{now_ms_, number};
    ++change_queue(added.queue).added;
    if (added.waits_first) job.state = JobState::WaitingChildren;
    job.awaits_delay = added.waits_first && added.delay_ms > 0;
    index(job);
    schedule(job);
    if (added.delay_ms >= kNever) job.later_ms = added.asked_delay_ms;
    if (!added.place)
        tell(job, EventKind::Added, is_successor(job) ? added.asked_delay_ms : added.delay_ms);
}

void Reference::add_letter(std::uint64_t seq, std::uint64_t from, QueueNumber queue) {
    const auto letter = std::find_if(
        expected_.begin(), expected_.end(),
        [&](const Expected& wanted) { return wanted.from == from && wanted.added.queue == queue; });
    require(letter != expected_.end(), "a dead letter of job ", from, " was not due");
    add_expected(letter, seq);
}

void Reference::add_expected(std::vector<Expected>::iterator expected, std::uint64_t seq) {
    expected->added.seq = seq;
    tellings_.number(expected->told, seq);
    add(expected->added);
    expected_.erase(expected);
}

void Reference::grant(std::uint64_t seq, std::uint64_t token, std::uint32_t session,
                      DurationMs lease_ms, bool tells_starts, bool is_order_known) {
    const Job* const known = find(seq);
    require(known != nullptr, "job ", seq, " was given out but is not stored");
    require(known->state == JobState::Waiting, "job ", seq, " was given out in state ",
            static_cast<int>(known->state));
    check_turn(*known, is_order_known);
    Job& job = change(seq);
    move(job, JobState::Active);
    job.token = token;
    job.session = session;
    job.granted_ms = job.started_ms = now_ms_;
    job.lease_ms = lease_ms;
    job.lease_until_ms = now_ms_ + lease_ms;
    job.starts_when_told = job.awaits_start = tells_starts && job.rules.timeout_ms > 0;
    job.last_answer = AnswerKind::None;
    job.finished_ms = 0;
    job.family.continues = false;
    index(job);
    note_begin(job);
    schedule(job);
    if (Told told; true) {
        told.kind = EventKind::Active;
        told.seq = seq;
        told.attempt = job.attempts + 1;
        tellings_.tell(job.queue, std::move(told));
    }
}

Code Reference::answer(QueueNumber queue, std::uint64_t seq, std::uint32_t chosen,
                       std::uint64_t token, const Answered& answered) {
    const bool is_beat = answered.kind == AnswerKind::None;
    const Job* const known = chosen != 0 ? find_chosen(queue, chosen) : find(seq);
    if (known == nullptr) {
        const auto gone = answers_of_gone_.find(token);
        const bool is_repeated =
            !is_beat && gone != answers_of_gone_.end() && gone->second == answered.kind;
        return is_repeated ? Code::Ok : Code::NotFound;
    }
    if (known->token != token || token == 0) return Code::StaleLease;
    if (known->state != JobState::Active)
        return !is_beat && known->last_answer == answered.kind ? Code::Ok : Code::StaleLease;
    if (const Code code = expect_follow_ups(*known, answered); code != Code::Ok) return code;
    Job& job = change(known->seq);
    job.last_answer = answered.kind;
    if (answered.hold_queue_ms > 0) hold(queue, 0, answered.hold_queue_ms);
    if (answered.hold_key_ms > 0 && job.key != 0) hold(queue, job.key, answered.hold_key_ms);
    job.log_lines += answered.log_lines;
    if (answered.checkpoint_bytes > 0) job.checkpoint_bytes = answered.checkpoint_bytes;
    if (!answered.progress.empty()) {
        Told told;
        told.kind = EventKind::Progress;
        told.seq = job.seq;
        told.text = answered.progress;
        tellings_.tell(job.queue, std::move(told));
    }
    if (is_beat) {
        job.lease_until_ms = now_ms_ + job.lease_ms;
        if (answered.is_started && std::exchange(job.awaits_start, false)) job.started_ms = now_ms_;
        schedule(job);
    } else if (answered.kind == AnswerKind::Complete) {
        ++job.attempts;
        end(job, JobState::Completed, FailureKind::None);
    } else if (answered.kind == AnswerKind::Fail) {
        fail(job, FailureKind::Error, answered);
    } else if (answered.kind == AnswerKind::Delay && answered.delay_ms > 0) {
        delay(job, answered.delay_ms, answered.delay_ms);
        tell(job, EventKind::Delayed, answered.delay_ms);
    } else if (answered.kind == AnswerKind::WaitForChildren) {
        wait_for_children(job);
    } else {
        wait_at(job, job.place);
        tell(job, EventKind::Waiting);
    }
    return Code::Ok;
}

void Reference::fail(Job& job, FailureKind kind, const Answered& answered) {
    ++job.attempts;
    if (answered.is_unrecoverable || job.attempts >= job.rules.attempts_max) {
        fail_for_good(job, kind);
        return;
    }
    const Backoff& backoff = job.rules.backoff;
    double most = backoff.type == BackoffType::None ? 0 : static_cast<double>(backoff.delay_ms);
    if (backoff.type == BackoffType::Exponential)
        for (std::uint32_t i = 1; i < job.attempts; ++i) most *= 2;
    if (backoff.max_delay_ms > 0) most = std::min(most, static_cast<double>(backoff.max_delay_ms));
    double least = most * (1 - backoff.jitter);
    if (answered.retry_in_ms) least = most = static_cast<double>(*answered.retry_in_ms);
    if (std::llround(most) == 0)
        wait_at(job, tail());
    else
        delay(job, std::llround(least), std::llround(most));
    tell_failure(job, EventKind::Retrying, kind, std::llround(least), std::llround(most));
}

void Reference::fail_for_good(Job& job, FailureKind kind) {
    if (job.rules.on_failure != kNoQueue) {
        Expected letter;
        letter.from = job.seq;
        letter.added.queue = job.rules.on_failure;
        letter.added.name = job.name;
        letter.added.key = job.key;
        letter.added.priority = job.priority;
        letter.added.chosen_fields = engine::kPriority;
        letter.added.place = tail();
        letter.told = tell_expected(letter.added.queue);
        expected_.push_back(std::move(letter));
    }
    end(job, JobState::Failed, kind);
}

void Reference::stall(Job& job) {
    ++change_queue(job.queue).stalled;
    ++job.stalls;
    if (job.stalls > job.rules.max_stalled) return fail_for_good(job, FailureKind::Stalled);
    wait_at(job, job.place);
    tell(job, EventKind::Stalled);
}

void Reference::end(Job& job, JobState state, FailureKind kind) {
    QueueModel& queue = change_queue(job.queue);
    ++ends_;
    move(job, state);
    job.ordinal = state == JobState::Completed ? ++queue.completed : ++queue.failed;
    job.finished_ms = now_ms_;
    job.failure_kind = kind;
    if (state == JobState::Completed) job.checkpoint_bytes = 0;
    index(job);
    schedule(job);
    tell_failure(job, state == JobState::Completed ? EventKind::Completed : EventKind::Failed,
                 kind);
    settle_key(job);
    note_child_end(job, state);
    retire(job.queue, state);
}

void Reference::retire(QueueNumber queue, JobState state) {
    const std::uint64_t total =
        state == JobState::Completed ? queues_[queue].completed : queues_[queue].failed;
    std::vector<std::uint64_t> gone;
    for (const auto seq : by_queue_[queue].ended) {
        const Job& job = jobs_.at(seq);
        if (job.state == state && keep_of(job).count && total - job.ordinal >= *keep_of(job).count)
            gone.push_back(seq);
    }
    for (const auto seq : gone) {
        change(seq);
        erase(seq);
    }
}

void Reference::erase(std::uint64_t seq) {
    const Job& job = jobs_.at(seq);
    unindex(job);
    leave_key(job);
    leave_flow(job);
    if (job.token != 0) answers_of_gone_[job.token] = job.last_answer;
    jobs_.erase(seq);
}

void Reference::remove(std::uint64_t seq) {
    tell(change(seq), EventKind::Removed);
    erase(seq);
}

Code Reference::cancel(std::uint64_t seq) {
    if (is_ended(jobs_.at(seq).state)) return Code::WrongState;
    Job& job = change(seq);
    if (job.state == JobState::Active) {
        ++job.attempts;
        job.last_answer = AnswerKind::None;
    }
    end(job, JobState::Failed, FailureKind::Cancelled);
    return Code::Ok;
}

void Reference::retry(std::uint64_t seq) {
    retry_flow(seq);
}

void Reference::promote(std::uint64_t seq, bool is_tie) {
    Job& job = change(seq);
    job.runnable_ms = now_ms_;
    if (!is_tie) ++counter_;
    wait_at(job, {now_ms_, counter_});
    tell(job, EventKind::Promoted);
}

void Reference::release_all(std::uint32_t session) {
    begin_group();
    for (const auto seq : held_by(session)) {
        Job& job = change(seq);
        job.last_answer = AnswerKind::Release;
        wait_at(job, job.place);
        tell(job, EventKind::Waiting);
    }
    end_group();
}

void Reference::renew_all(std::uint32_t session) {
    for (const auto seq : held_by(session)) {
        Job& job = change(seq);
        job.lease_until_ms = now_ms_ + job.lease_ms;
        schedule(job);
    }
}

std::size_t Reference::tell(const Job& job, EventKind kind, DurationMs delay_ms) {
    Told told;
    told.kind = kind;
    told.seq = job.seq;
    told.delay_least_ms = std::max<DurationMs>(0, delay_ms - clock_step_ms_);
    told.delay_most_ms = delay_ms;
    return tellings_.tell(job.queue, std::move(told));
}

std::size_t Reference::tell_expected(QueueNumber queue) {
    Told told;
    told.kind = EventKind::Added;
    return tellings_.tell(queue, std::move(told));
}

void Reference::tell(QueueNumber queue, KeyNumber key, EventKind kind, DurationMs delay_ms) {
    Told told;
    told.kind = kind;
    told.text = key_name(key);
    told.delay_least_ms = told.delay_most_ms = delay_ms;
    tellings_.tell(queue, std::move(told));
}

void Reference::tell_failure(const Job& job, EventKind kind, FailureKind failure,
                             DurationMs least_ms, DurationMs most_ms) {
    Told told;
    told.kind = kind;
    told.seq = job.seq;
    told.attempt = job.attempts;
    told.failure_kind = failure;
    told.delay_least_ms = least_ms;
    told.delay_most_ms = most_ms;
    tellings_.tell(job.queue, std::move(told));
}

std::vector<Told> Reference::take_told() {
    tellings_.begin_group();
    for (QueueNumber queue = 0; queue < queues_.size(); ++queue)
        tellings_.tell_drained(queue, has_backlog(queue));
    return tellings_.take();
}

}  // namespace swarmq::simulation
