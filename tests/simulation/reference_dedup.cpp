// Deduplication keys, and changes of stored jobs, said plainly (R12, R17a).
#include "simulation/reference.h"
#include "simulation/violation.h"

#include <utility>

namespace swarmq::simulation {
namespace {

bool waits_or_is_delayed(const Job& job) {
    return job.state == JobState::Waiting || job.state == JobState::Delayed;
}

// One that has children is amid its work.
bool is_replaceable(const Job& job) {
    return waits_or_is_delayed(job) && !job.family.exists;
}

}  // namespace

DedupModel& Reference::change_dedup(QueueNumber queue, DedupNumber number) {
    DedupModel& key = dedup_[queue][number];
    dedup_before_.push_back({turn_, queue, number, key});
    return key;
}

bool Reference::stands(QueueNumber queue, DedupNumber number) const {
    const DedupModel& key = dedup_[queue][number];
    if (!key.exists) return false;
    return key.mode != DedupMode::Throttle || key.until_ms > now_ms_;
}

bool Reference::makes_job(QueueNumber queue, DedupNumber number) const {
    if (!stands(queue, number)) return true;
    const DedupModel& key = dedup_[queue][number];
    return key.mode == DedupMode::KeepLatest && key.successor == 0 &&
           !is_replaceable(jobs_.at(key.job));
}

std::uint64_t Reference::deduplicate(const Added& added) {
    if (added.dedup == 0 || !stands(added.queue, added.dedup)) return 0;
    const DedupModel key = dedup_[added.queue][added.dedup];
    std::uint64_t seq = key.job;
    if (key.mode == DedupMode::Debounce) {
        DedupModel& changed = change_dedup(added.queue, added.dedup);
        if (added.dedup_mode == DedupMode::Debounce) changed.window_ms = added.window_ms;
        Job& job = change(seq);
        delay(job, changed.window_ms, changed.window_ms);
        replace(job, added);
    } else if (key.mode == DedupMode::KeepLatest) {
        if (key.successor != 0) {
            seq = key.successor;
            Job& successor = change(seq);
            successor.later_ms = added.asked_delay_ms;
            replace(successor, added);
        } else if (is_replaceable(jobs_.at(seq))) {
            replace(change(seq), added);
        } else {
            seq = added.seq;
            add_successor(added);
        }
    }
    Told told;
    told.kind = EventKind::Deduplicated;
    told.seq = seq;
    told.text = dedup_text(added.dedup);
    tellings_.tell(added.queue, std::move(told));
    return seq;
}

void Reference::add_successor(Added added) {
    change_dedup(added.queue, added.dedup).successor = added.seq;
    added.delay_ms = kNever;
    add(added);
    Job& job = jobs_.at(added.seq);
    job.dedup = added.dedup;
}

void Reference::begin_key(const Added& added) {
    jobs_.at(added.seq).dedup = added.dedup;
    change_dedup(added.queue, added.dedup) = {
        true, added.dedup_mode, added.seq,
        0,    added.window_ms,  now_ms_ + added.window_ms + clock_step_ms_};
}

void Reference::replace(Job& job, Added added) {
    added.queue = job.queue;
    apply_defaults(job.queue, added);
    unindex(job);
    job.name = added.name;
    job.key = added.key;
    job.priority = added.priority;
    job.rules = added.rules;
    job.attempts = job.stalls = 0;
    job.failure_kind = FailureKind::None;
    job.checkpoint_bytes = 0;
    if (job.state == JobState::Waiting) job.runnable_ms = now_ms_;
    index(job);
    schedule(job);
}

void Reference::settle_key(Job& job) {
    if (job.dedup == 0) return;
    const QueueNumber queue = job.queue;
    const DedupNumber number = job.dedup;
    const DedupModel& key = dedup_[queue][number];
    if (!key.exists) return;
    if (key.successor != job.seq && key.job != job.seq) return;  // It stands for another by now.
    if (key.successor == job.seq) {
        if (!is_successor(job)) lose_successor(job);
    } else if (key.mode == DedupMode::Debounce ? job.state != JobState::Delayed
                                               : is_ended(job.state)) {
        if (key.mode != DedupMode::Throttle) end_key(queue, number);
    }
}

void Reference::leave_key(const Job& job) {
    if (job.dedup == 0) return;
    const DedupModel& key = dedup_[job.queue][job.dedup];
    if (key.successor == job.seq)
        change_dedup(job.queue, job.dedup).successor = 0;
    else if (key.job == job.seq && key.mode != DedupMode::Throttle)
        end_key(job.queue, job.dedup);
}

void Reference::lose_successor(Job& job) {
    change_dedup(job.queue, job.dedup).successor = 0;
    job.dedup = 0;
}

void Reference::end_key(QueueNumber queue, DedupNumber number) {
    DedupModel& key = change_dedup(queue, number);
    if (const auto job = jobs_.find(key.job); job != jobs_.end()) change(key.job).dedup = 0;
    const std::uint64_t successor = std::exchange(key.successor, 0);
    key.job = successor;
    if (successor == 0)
        key = {};
    else
        start_successor(change(successor));
}

void Reference::start_successor(Job& job) {
    if (job.later_ms > 0) {
        delay(job, job.later_ms, job.later_ms);
        job.runnable_ms = job.place.when_ms;
        tell(job, EventKind::Delayed, job.later_ms);
    } else {
        job.runnable_ms = now_ms_;
        wait_at(job, tail());
        tell(job, EventKind::Waiting);
    }
}

bool Reference::free_key(QueueNumber queue, DedupNumber number) {
    if (!stands(queue, number)) return false;
    DedupModel& key = change_dedup(queue, number);
    if (const auto job = jobs_.find(key.job); job != jobs_.end()) change(key.job).dedup = 0;
    const std::uint64_t successor = key.successor;
    key = {};
    if (successor == 0) return true;
    Job& job = change(successor);
    job.dedup = 0;
    start_successor(job);
    return true;
}

Code Reference::update(std::uint64_t seq, bool changes_payload, const Wish& wish) {
    const Job& known = jobs_.at(seq);
    const bool is_to_run = waits_or_is_delayed(known);
    const bool is_before_run = is_to_run || known.state == JobState::WaitingChildren;
    if (changes_payload && !is_before_run && known.state != JobState::Failed)
        return Code::WrongState;
    if (wish.priority && !is_before_run) return Code::WrongState;
    if (wish.delay_ms && !is_to_run) return Code::WrongState;
    if (wish.delay_ms.value_or(0) > 0 && is_successor(known)) return Code::WrongState;
    if (!wish.priority && !wish.delay_ms) return Code::Ok;
    Job& job = change(seq);
    const std::uint8_t priority = wish.priority.value_or(job.priority);
    if (wish.delay_ms.value_or(0) > 0) {
        delay(job, *wish.delay_ms, *wish.delay_ms);
        tell(job, EventKind::Delayed, *wish.delay_ms);
    } else if (wish.delay_ms && job.state == JobState::Delayed) {
        job.priority = priority;
        promote(seq);
        return Code::Ok;
    }
    if (priority == job.priority) return Code::Ok;
    unindex(job);
    job.priority = priority;
    index(job);
    schedule(job);
    return Code::Ok;
}

}  // namespace swarmq::simulation
