// Moves jobs between states; the diagram is in the header.
#include "engine/transitions.h"

#include <utility>

#include "engine/activity.h"
#include "engine/children.h"
#include "engine/dedup.h"
#include "engine/events.h"
#include "engine/job_notes.h"
#include "engine/leases.h"
#include "engine/limits.h"
#include "engine/rate_limit.h"
#include "engine/retention.h"
#include "model/check.h"

namespace swarmq::engine {
namespace {

void enter(Memory& memory, Slot slot, JobState state) {
    memory.jobs[slot].state_bits = static_cast<std::uint64_t>(state) & 0x7;
    ++memory.queue_of(slot).by_state[static_cast<std::size_t>(state)];
}

void link_active(Memory& memory, QueueState& queue, Slot slot) {
    JobSlot& job = memory.jobs[slot];
    job.next = kNone;
    job.prev = queue.active_tail;
    (queue.active_tail == kNone ? queue.active_head : memory.jobs[queue.active_tail].next) = slot;
    queue.active_tail = slot;
}

void unlink_active(Memory& memory, QueueState& queue, Slot slot) {
    JobSlot& job = memory.jobs[slot];
    (job.prev == kNone ? queue.active_head : memory.jobs[job.prev].next) = job.next;
    (job.next == kNone ? queue.active_tail : memory.jobs[job.next].prev) = job.prev;
    job.next = job.prev = kNone;
}

void set_due_timer(Memory& memory, QueueState& queue) {
    if (queue.delayed.empty() || queue.delayed.front().due.when_ms == kAfterAnotherMs) {
        memory.timeline.cancel(queue.due_timer);
        return;
    }
    const TimeMs due_ms = queue.delayed.front().due.when_ms;
    if (queue.due_timer != kNone && memory.timeline.when(queue.due_timer) <= due_ms) return;
    memory.timeline.cancel(queue.due_timer);
    queue.due_timer = memory.timeline.set(due_ms, TimerKind::QueueDue, queue.index);
}

// Since when the ttl of a waiting job counts; of one without ttl, now.
TimeMs runnable_since_by_ttl(const Memory& memory, Slot slot) {
    const JobDetail* const detail = memory.jobs.detail_if_any(slot);
    if (!detail || detail->timer == kNone) return memory.now_ms;
    return memory.timeline.when(detail->timer) - memory.class_of(slot).ttl_ms;
}

}  // namespace

void enter_waiting(Memory& memory, Slot slot, TimeMs runnable_since_ms) {
    enter(memory, slot, JobState::Waiting);
    QueueState& queue = memory.queue_of(slot);
    const KeyIndex key = memory.classes.key(memory.jobs[slot].job_class);
    if (key == kNone) {
        queue.ready.insert(memory.jobs, slot, kNone, 1, false);
    } else {
        const KeyState& its = note_waiting(memory, key);
        queue.ready.insert(memory.jobs, slot, key, its.weight, its.is_closed);
    }
    memory.want_dispatch(queue);
    const DurationMs ttl_ms = memory.class_of(slot).ttl_ms;
    if (ttl_ms == 0) return;
    JobDetail& detail = memory.jobs.detail(slot);
    if (detail.started_ms == 0)
        detail.timer =
            memory.timeline.set(runnable_since_ms + ttl_ms, TimerKind::JobExpiry, slot);
}

void enter_delayed(Memory& memory, Slot slot) {
    enter(memory, slot, JobState::Delayed);
    QueueState& queue = memory.queue_of(slot);
    SWARMQ_CHECK(queue.delayed.insert({memory.jobs.rank(slot), slot}));
    set_due_timer(memory, queue);
}

void enter_active(Memory& memory, Slot slot, SubscriptionIndex subscription, TimeMs lease_until_ms) {
    enter(memory, slot, JobState::Active);
    link_active(memory, memory.queue_of(slot), slot);
    link_lease(memory, slot, subscription, lease_until_ms);
    if (const KeyIndex key = memory.classes.key(memory.jobs[slot].job_class); key != kNone)
        ++memory.classes.keys()[key].gate.active;
    const DurationMs timeout_ms = memory.class_of(slot).timeout_ms;
    JobDetail& detail = memory.jobs.detail(slot);
    if (timeout_ms > 0 && !detail.awaits_start)
        detail.timer = memory.timeline.set(detail.started_ms + timeout_ms,
                                           TimerKind::AttemptTimeout, slot);
}

void enter_ended(Memory& memory, Slot slot) {
    const JobState state = memory.jobs[slot].state();
    ++memory.queue_of(slot).by_state[static_cast<std::size_t>(state)];
    link_ended(memory, slot);
}

void enter_waiting_children(Memory& memory, Slot slot) {
    enter(memory, slot, JobState::WaitingChildren);
    memory.queue_of(slot).waiting_children.insert(memory.jobs[slot].seq);
}

void leave(Memory& memory, Slot slot) {
    JobSlot& job = memory.jobs[slot];
    QueueState& queue = memory.queue_of(slot);
    auto& count = queue.by_state[static_cast<std::size_t>(job.state())];
    SWARMQ_CHECK_VALUES(count > 0, job.state_bits, raw(job.seq));
    --count;
    const KeyIndex key = memory.classes.key(job.job_class);
    if (job.detail != kNone) memory.timeline.cancel(memory.jobs.detail(slot).timer);
    switch (job.state()) {
        case JobState::Waiting:
            queue.ready.remove(memory.jobs, slot, key);
            if (key != kNone) --memory.classes.keys()[key].waiting;
            break;
        case JobState::Delayed:
            SWARMQ_CHECK(queue.delayed.erase({memory.jobs.rank(slot), slot}));
            if (queue.delayed.empty()) set_due_timer(memory, queue);
            break;
        case JobState::Active:
            unlink_active(memory, queue, slot);
            unlink_lease(memory, slot);
            note_slot_free(memory, queue, key);
            break;
        case JobState::Completed:
        case JobState::Failed:
            unlink_ended(memory, slot);
            break;
        case JobState::WaitingChildren:
            SWARMQ_CHECK(queue.waiting_children.erase(job.seq) == 1);
            break;
        case JobState::None:
            SWARMQ_CHECK_VALUES(false, job.state_bits, raw(job.seq));
    }
}

void to_waiting(Memory& memory, Slot slot, Place place) {
    leave(memory, slot);
    if (place == Place::Tail) {
        memory.jobs[slot].rank_when_ms = memory.tail_ms();
        memory.jobs.detail(slot).rank_number = memory.draw_number();
    }
    enter_waiting(memory, slot, memory.now_ms);
    memory.note_status(slot);
    settle_key(memory, slot);
}

void to_priority(Memory& memory, Slot slot, std::uint8_t priority) {
    const TimeMs since_ms = runnable_since_by_ttl(memory, slot);
    leave(memory, slot);
    memory.jobs[slot].priority = priority;
    enter_waiting(memory, slot, since_ms);
    memory.note_status(slot);
}

void fall_due(Memory& memory, Slot slot) {
    leave(memory, slot);
    enter_waiting(memory, slot, memory.jobs[slot].rank_when_ms);
    note_event(memory, slot, {EventKind::Waiting});
    settle_key(memory, slot);
}

void to_delayed(Memory& memory, Slot slot, DurationMs delay_ms) {
    leave(memory, slot);
    JobDetail& detail = memory.jobs.detail(slot);
    detail.delay_ms = delay_ms;
    detail.rank_number = memory.draw_number();
    memory.jobs[slot].due_by_wall_clock = false;
    memory.jobs[slot].rank_when_ms = memory.due_after(delay_ms);
    enter_delayed(memory, slot);
    memory.note_status(slot);
}

void to_waiting_children(Memory& memory, Slot slot) {
    leave(memory, slot);
    JobDetail& detail = memory.jobs.detail(slot);
    detail.delay_ms = 0;
    memory.jobs[slot].due_by_wall_clock = false;
    memory.jobs[slot].rank_when_ms = memory.tail_ms();
    enter_waiting_children(memory, slot);
    memory.note_status(slot);
}

void to_runnable(Memory& memory, Slot slot) {
    leave(memory, slot);
    JobSlot& job = memory.jobs[slot];
    JobDetail& detail = memory.jobs.detail(slot);
    if (detail.delay_ms > 0 && job.rank_when_ms > memory.now_ms) {
        enter_delayed(memory, slot);
        note_event(memory, slot, {EventKind::Delayed, 0, job.rank_when_ms - memory.now_ms});
    } else {
        const bool is_lifo = job.rank_when_ms <= kLifoWhenMs;
        job.rank_when_ms = is_lifo ? kLifoWhenMs - memory.tail_ms() : memory.tail_ms();
        detail.rank_number = memory.draw_number();
        enter_waiting(memory, slot, memory.now_ms);
        note_event(memory, slot, {EventKind::Waiting});
    }
    memory.note_status(slot);
}

void to_active(Memory& memory, Slot slot, SubscriptionIndex subscription) {
    leave(memory, slot);
    const Subscription& holder = memory.subscriptions[subscription];
    JobDetail& detail = memory.jobs.detail(slot);
    if (detail.started_ms == 0) note_first_start(memory, slot);
    detail.token = LeaseToken{with_epoch(memory.epoch, memory.next_token++)};
    detail.started_ms = memory.now_ms;
    detail.finished_ms = 0;
    detail.last_answer = AnswerKind::None;
    detail.session = memory.sessions.at(holder.session).record;
    detail.starts_when_told = holder.timeouts_start_when_told && memory.class_of(slot).timeout_ms > 0;
    detail.awaits_start = detail.starts_when_told;
    enter_active(memory, slot, subscription, memory.now_ms + holder.lease_ms);
    memory.note_status(slot);
}

void to_ended(Memory& memory, Slot slot, Ending ending) {
    leave(memory, slot);
    QueueState& queue = memory.queue_of(slot);
    const bool is_completed = ending.state == JobState::Completed;
    auto& total = is_completed ? queue.record.completed_total : queue.record.failed_total;
    ++total;
    memory.note_changed(queue);
    note_happening(memory, slot, is_completed ? History::Event::Completed : History::Event::Failed);
    if (is_completed) drop_checkpoint(memory, slot);

    JobDetail& detail = memory.jobs.detail(slot);
    detail.finished_ms = memory.now_ms;
    detail.failure_kind = ending.failure_kind;
    detail.ended_ordinal = total;
    memory.jobs[slot].state_bits = static_cast<std::uint64_t>(ending.state) & 0x7;
    note_event(memory, slot, {is_completed ? EventKind::Completed : EventKind::Failed,
                              detail.attempts_made, 0, ending.failure_kind, ending.failed_reason});
    settle_key(memory, slot);

    const JobClass& job_class = memory.class_of(slot);
    const Keep& keep = is_completed ? job_class.keep_completed : job_class.keep_failed;
    EndedJob ended{memory.jobs[slot].seq, job_class.queue,
                   detail.chosen_id,      ending.state,
                   keep.count != 0,       ending.failure_kind,
                   ending.result,         ending.content_type,
                   ending.failed_reason};
    if (detail.flow != kNone) note_child_end(memory, slot, ended);
    if (ended.is_stored) {
        const bool has_result = ending.result && !ending.result->empty();
        // With nothing to say, too, where a row of an earlier end must not speak for this one.
        if (has_result || !ending.content_type.empty() || !ending.failed_reason.empty() ||
            (detail.rows & kOutcomeRow)) {
            detail.rows |= kOutcomeRow;
            detail.rows &= static_cast<RowBits>(~kLargeOutcomeRow);
            if (has_result && ending.result->size() > kLargeValueBytes)
                detail.rows |= kLargeOutcomeRow;
            memory.effects.changes.outcomes.push_back(
                {ended.seq, std::move(ending.result), std::move(ending.content_type),
                 std::move(ending.failed_reason)});
        }
        enter_ended(memory, slot);
        memory.note_status(slot);
        memory.effects.ended.push_back(std::move(ended));
    } else {
        enter_ended(memory, slot);
        memory.effects.ended.push_back(std::move(ended));
        remove_job(memory, slot);
    }
    apply_retention(memory, queue, ending.state);
}

void remove_job(Memory& memory, Slot slot) {
    if (const JobDetail* const detail = memory.jobs.detail_if_any(slot); detail && detail->flow != kNone)
        leave_flow(memory, slot);
    leave(memory, slot);
    leave_key(memory, slot);
    QueueState& queue = memory.queue_of(slot);
    queue.last_used_ms = memory.now_ms;
    RemovedJob removed{memory.jobs[slot].seq, 0};
    if (memory.jobs[slot].detail != kNone) {
        const JobDetail& detail = memory.jobs.detail(slot);
        removed.rows = detail.rows;
        if (!detail.chosen_id.empty()) queue.chosen_ids.erase(detail.chosen_id);
        if (detail.turn != TurnNumber{}) memory.turns.gone(detail.turn);
        if (detail.token != LeaseToken{})
            memory.recent_ends.remember(detail.token, detail.last_answer);
    }
    memory.effects.changes.removed.push_back(removed);
    memory.classes.release(memory.jobs[slot].job_class);
    memory.jobs.remove(slot);
}

}  // namespace swarmq::engine
