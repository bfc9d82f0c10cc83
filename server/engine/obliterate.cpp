// Schedulers go first, so that none adds a job behind those that were removed.
#include "engine/obliterate.h"

#include "engine/admin.h"
#include "engine/dedup.h"
#include "engine/events.h"
#include "engine/rate_limit.h"
#include "engine/schedules.h"

#include <utility>

namespace swarmq::engine {
namespace {

// A job in any state; kNone when the queue has none.
Slot any_job(const Memory& memory, const QueueState& queue) {
    if (const Slot waiting = queue.ready.any(memory.jobs); waiting != kNone) return waiting;
    if (!queue.delayed.empty()) return queue.delayed.front().slot;
    if (!queue.waiting_children.empty()) return memory.jobs.find(*queue.waiting_children.begin());
    if (queue.active_head != kNone) return queue.active_head;
    if (!queue.ended_groups.empty()) return memory.ended_groups[queue.ended_groups.front()].head;
    return kNone;
}

// False: nothing was left to remove.
bool remove_one(Memory& memory, QueueState& queue) {
    if (!queue.schedulers.empty()) {
        erase_scheduler(memory, memory.schedulers[queue.schedulers.begin()->second]);
        return true;
    }
    const Slot slot = any_job(memory, queue);
    if (slot == kNone) return false;
    cancel_and_remove(memory, slot);
    return true;
}

// As if it had been made by its first use a moment ago.
void make_as_new(Memory& memory, QueueState& queue) {
    QueueRecord fresh;
    fresh.id = queue.record.id;
    fresh.name = queue.record.name;
    fresh.created_ms = memory.now_ms;
    queue.record = std::move(fresh);
    memory.note_changed(queue);
    memory.replace_settings(queue, nullptr);
    queue.controls.hold = {};
    queue.controls.key_holds.clear();
    memory.note_controls(queue);
    memory.history.forget(queue.history);
    queue.history = {};
    memory.timeline.cancel(queue.gate.timer);
    forget_keys_of(memory, queue.index);
    forget_dedup_keys_of(memory, queue.index);
    apply_limits(memory, queue);
}

void end_queue(Memory& memory, QueueState& queue) {
    const bool was_held = queue.controls.hold != Hold{};
    make_as_new(memory, queue);
    // Its own settings may have been all that named it.
    if (queue.subscribers == 0 && !memory.is_on_failure_queue(queue.record.name))
        memory.forget_queue(queue.index);
    else if (was_held)
        note_event(memory, queue, {EventKind::Resumed});
}

}  // namespace

Result<Answer> obliterate(Memory& memory, const Obliterate& command) {
    const auto limit = bulk_limit(command.limit);
    if (!limit) return limit.error();
    QueueState* const queue = memory.find_queue(command.queue);
    if (queue == nullptr) return no_queue(command.queue);
    const std::uint64_t active = queue->by_state[static_cast<std::size_t>(JobState::Active)];
    if (active > 0 && !command.is_forced)
        return Error{Code::WrongState,
                     "queue \"" + command.queue + "\" has " + std::to_string(active) +
                         " active jobs: wait for them, or say force to cancel them"};
    Answer answer;
    while (answer.changed < *limit && remove_one(memory, *queue)) ++answer.changed;
    answer.more = queue->jobs() > 0 || !queue->schedulers.empty();
    if (!answer.more) {
        end_queue(memory, *queue);
        return answer;
    }
    if (const auto paused = pause(memory, {command.queue, {}}); !paused) return paused.error();
    return answer;
}

}  // namespace swarmq::engine
