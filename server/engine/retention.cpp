// Keeps ended jobs by count and age.
#include "engine/retention.h"

#include <algorithm>

#include "engine/transitions.h"
#include "model/check.h"

namespace swarmq::engine {
namespace {

std::uint32_t find_or_make_group(Memory& memory, QueueState& queue, JobState state,
                                 const Keep& keep) {
    for (const auto index : queue.ended_groups) {
        const EndedGroup& group = memory.ended_groups[index];
        if (group.state == state && group.keep == keep) return index;
    }
    EndedGroup made;
    made.state = state;
    made.keep = keep;
    made.queue = queue.index;
    queue.ended_groups.push_back(memory.ended_groups.add(made));
    return queue.ended_groups.back();
}

void set_age_timer(Memory& memory, std::uint32_t index) {
    EndedGroup& group = memory.ended_groups[index];
    if (group.head == kNone) {
        memory.timeline.cancel(group.timer);
        return;
    }
    // An early timer finds nothing to do and is set again: most ends need not touch the timeline.
    if (!group.keep.age_ms || group.timer != kNone) return;
    const TimeMs when_ms = memory.jobs.detail(group.head).finished_ms + *group.keep.age_ms;
    group.timer = memory.timeline.set(when_ms, TimerKind::EndedAge, index);
}

}  // namespace

const Keep& keep_of(const Memory& memory, Slot slot) {
    const JobClass& job_class = memory.class_of(slot);
    return memory.jobs[slot].state() == JobState::Completed ? job_class.keep_completed
                                                            : job_class.keep_failed;
}

void link_ended(Memory& memory, Slot slot) {
    QueueState& queue = memory.queue_of(slot);
    const auto index = find_or_make_group(memory, queue, memory.jobs[slot].state(),
                                          keep_of(memory, slot));
    EndedGroup& group = memory.ended_groups[index];
    JobSlot& job = memory.jobs[slot];
    job.next = kNone;
    job.prev = group.tail;
    (group.tail == kNone ? group.head : memory.jobs[group.tail].next) = slot;
    group.tail = slot;
    ++group.size;
    set_age_timer(memory, index);
}

void unlink_ended(Memory& memory, Slot slot) {
    QueueState& queue = memory.queue_of(slot);
    const auto index = find_or_make_group(memory, queue, memory.jobs[slot].state(),
                                          keep_of(memory, slot));
    EndedGroup& group = memory.ended_groups[index];
    JobSlot& job = memory.jobs[slot];
    (job.prev == kNone ? group.head : memory.jobs[job.prev].next) = job.next;
    (job.next == kNone ? group.tail : memory.jobs[job.next].prev) = job.prev;
    job.next = job.prev = kNone;
    SWARMQ_CHECK(group.size > 0);
    if (--group.size > 0) return;
    memory.timeline.cancel(group.timer);
    std::erase(queue.ended_groups, index);
    memory.ended_groups.remove(index);
}

void apply_retention(Memory& memory, QueueState& queue, JobState state) {
    const std::uint64_t total = state == JobState::Completed ? queue.record.completed_total
                                                             : queue.record.failed_total;
    for (std::size_t i = 0; i < queue.ended_groups.size();) {
        const auto index = queue.ended_groups[i];
        const EndedGroup& group = memory.ended_groups[index];
        const bool is_pushed_out =
            group.state == state && group.keep.count &&
            memory.jobs.detail(group.head).ended_ordinal + *group.keep.count <= total;
        if (is_pushed_out)
            remove_job(memory, group.head);  // May end the group: look at the same place again.
        else
            ++i;
    }
}

std::size_t expire_ended(Memory& memory, std::uint32_t index, std::size_t limit) {
    memory.ended_groups[index].timer = kNone;
    std::size_t removed = 0;
    while (true) {
        const EndedGroup& group = memory.ended_groups[index];
        const TimeMs end_ms = memory.jobs.detail(group.head).finished_ms + *group.keep.age_ms;
        if (end_ms > memory.now_ms) {
            set_age_timer(memory, index);
            return removed;
        }
        if (removed == limit) {
            memory.ended_groups[index].timer =
                memory.timeline.set(memory.now_ms, TimerKind::EndedAge, index);
            return removed;
        }
        const bool was_last = group.size == 1;
        remove_job(memory, group.head);
        ++removed;
        if (was_last) return removed;
    }
}

}  // namespace swarmq::engine
