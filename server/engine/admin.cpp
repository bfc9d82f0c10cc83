// Bounded changes to many jobs at once.
#include "engine/admin.h"

#include <utility>

#include "engine/attempts.h"
#include "engine/children.h"
#include "engine/events.h"
#include "engine/leases.h"
#include "engine/limits.h"
#include "engine/new_queues.h"
#include "engine/transitions.h"
#include "engine/validate.h"

namespace swarmq::engine {
namespace {

ItemAnswer no_job(const std::string& queue, const std::string& id) {
    return {Code::NotFound, 0, {}, {}, "no job \"" + id + "\" is stored in queue \"" + queue + "\""};
}

// The first job in the oldest group of failed ones.
Slot oldest_ended(const Memory& memory, const QueueState& queue, JobState state) {
    Slot oldest = kNone;
    for (const auto index : queue.ended_groups) {
        const EndedGroup& group = memory.ended_groups[index];
        if (group.state != state) continue;
        if (oldest == kNone || memory.jobs.detail_if_any(group.head)->ended_ordinal <
                                   memory.jobs.detail_if_any(oldest)->ended_ordinal)
            oldest = group.head;
    }
    return oldest;
}

void promote(Memory& memory, Slot slot) {
    to_waiting(memory, slot, Place::Tail);
    note_event(memory, slot, {EventKind::Promoted});
}

// Applies `change` to the selected jobs in `state`: those named, or the first ones `next` finds.
template <class Next, class Change>
Result<Answer> change_selected(Memory& memory, const BulkSelection& selection, JobState state,
                               const char* state_name, Next next, Change change) {
    if (selection.all == !selection.ids.empty())
        return Error{Code::InvalidArgument, "give either ids or all, not both and not neither"};
    if (selection.ids.size() > kItemsPerRequestMax)
        return Error{Code::TooLarge, "ids: " + std::to_string(selection.ids.size()) +
                                         " in one request, 1..1000 are accepted"};
    const auto limit = bulk_limit(selection.limit);
    if (!limit) return limit.error();
    QueueState* const queue = memory.find_queue(selection.queue);
    if (queue == nullptr) return no_queue(selection.queue);
    Answer answer;
    for (const auto& id : selection.ids) {
        const Slot slot = memory.find_job(*queue, id);
        if (slot == kNone) {
            answer.items.push_back(no_job(selection.queue, id));
        } else if (memory.jobs[slot].state() != state) {
            answer.items.push_back(
                {Code::WrongState, 0, {}, {}, "job \"" + id + "\" is not " + state_name});
        } else {
            change(slot);
            ++answer.changed;
            answer.items.push_back({});
        }
    }
    if (!selection.all) return answer;
    for (Slot slot = next(*queue); slot != kNone; slot = next(*queue)) {
        if (answer.changed == *limit) {
            answer.more = true;
            break;
        }
        change(slot);
        ++answer.changed;
    }
    return answer;
}

// Applies `change` to the jobs of these ids; it answers for each.
template <class Change>
Result<Answer> change_named(Memory& memory, const std::string& queue_name,
                            const std::vector<std::string>& ids, Change change) {
    if (ids.empty() || ids.size() > kItemsPerRequestMax)
        return Error{Code::InvalidArgument, "ids: " + std::to_string(ids.size()) +
                                                " in one request, 1..1000 are accepted"};
    QueueState* const queue = memory.find_queue(queue_name);
    if (queue == nullptr) return no_queue(queue_name);
    Answer answer;
    for (const auto& id : ids) {
        const Slot slot = memory.find_job(*queue, id);
        answer.items.push_back(slot == kNone ? no_job(queue_name, id) : change(slot));
        if (answer.items.back().code == Code::Ok) ++answer.changed;
    }
    return answer;
}

// Those of these jobs that are in the state still.
Result<Answer> clean_named(Memory& memory, const Clean& command) {
    if (command.older_than_ms != 0)
        return Error{Code::InvalidArgument, "give either ids or older_than_ms, not both"};
    const BulkSelection selection{command.queue, command.ids, false, 0};
    return change_selected(
        memory, selection, command.state,
        command.state == JobState::Completed ? "completed" : "failed",
        [](const QueueState&) { return kNone; },
        [&](Slot slot) { cancel_and_remove(memory, slot); });
}

}  // namespace

Error no_queue(const std::string& name) {
    return {Code::NotFound, "no queue \"" + name + "\" exists"};
}

Result<std::size_t> bulk_limit(std::size_t asked) {
    if (asked > kItemsPerRequestMax)
        return Error{Code::InvalidArgument, "limit: " + std::to_string(asked) + " is not in 1..1000"};
    return asked == 0 ? kItemsPerRequestMax : asked;
}

void cancel_and_remove(Memory& memory, Slot slot) {
    const JobSlot& job = memory.jobs[slot];
    const JobDetail* const detail = memory.jobs.detail_if_any(slot);
    const QueueId queue = memory.class_of(slot).queue;
    const std::string chosen_id = detail ? detail->chosen_id : std::string();
    note_event(memory, slot, {EventKind::Removed});
    if (job.state() == JobState::Active) tell_holder(memory, slot, NoticeKind::Cancelled);
    if (!is_ended(job.state())) {
        EndedJob gone;
        gone.seq = job.seq;
        gone.queue = queue;
        gone.chosen_id = chosen_id;
        gone.is_stored = false;
        memory.effects.ended.push_back(std::move(gone));
    }
    remove_job(memory, slot);
}

Result<Answer> remove_jobs(Memory& memory, const std::string& queue,
                           const std::vector<std::string>& ids) {
    return change_named(memory, queue, ids, [&](Slot slot) {
        cancel_and_remove(memory, slot);
        return ItemAnswer{};
    });
}

Result<Answer> cancel_jobs(Memory& memory, const std::string& queue,
                           const std::vector<std::string>& ids) {
    return change_named(memory, queue, ids, [&](Slot slot) -> ItemAnswer {
        if (is_ended(memory.jobs[slot].state()))
            return {Code::WrongState, 0, {}, {}, "job \"" + memory.id_of(slot) + "\" has ended"};
        cancel(memory, slot);
        return {};
    });
}

Result<Answer> retry_jobs(Memory& memory, const BulkSelection& selection) {
    return change_selected(
        memory, selection, JobState::Failed, "failed",
        [&](const QueueState& queue) { return oldest_ended(memory, queue, JobState::Failed); },
        [&](Slot slot) { retry(memory, slot); });
}

Result<Answer> promote_jobs(Memory& memory, const BulkSelection& selection) {
    return change_selected(
        memory, selection, JobState::Delayed, "delayed",
        // Those behind wait for other jobs, not for a time.
        [](const QueueState& queue) {
            return queue.delayed.empty() || queue.delayed.front().due.when_ms == kAfterAnotherMs
                       ? kNone
                       : queue.delayed.front().slot;
        },
        [&](Slot slot) { promote(memory, slot); });
}

Result<Answer> drain(Memory& memory, const Drain& command) {
    const auto limit = bulk_limit(command.limit);
    if (!limit) return limit.error();
    QueueState* const queue = memory.find_queue(command.queue);
    if (queue == nullptr) return no_queue(command.queue);
    Answer answer;
    while (true) {
        Slot slot = queue->ready.any(memory.jobs);
        if (slot == kNone && command.include_delayed && !queue->delayed.empty())
            slot = queue->delayed.front().slot;
        if (slot == kNone) return answer;
        if (answer.changed == *limit) {
            answer.more = true;
            return answer;
        }
        cancel_and_remove(memory, slot);
        ++answer.changed;
    }
}

Result<Answer> clean(Memory& memory, const Clean& command) {
    const auto limit = bulk_limit(command.limit);
    if (!limit) return limit.error();
    if (!is_ended(command.state))
        return Error{Code::InvalidArgument, "state: only completed and failed jobs are cleaned"};
    if (auto checked = check_duration("older_than_ms", command.older_than_ms); !checked)
        return checked.error();
    if (!command.ids.empty()) return clean_named(memory, command);
    QueueState* const queue = memory.find_queue(command.queue);
    if (queue == nullptr) return no_queue(command.queue);
    Answer answer;
    while (true) {
        const Slot slot = oldest_ended(memory, *queue, command.state);
        if (slot == kNone) return answer;
        if (memory.jobs.detail(slot).finished_ms + command.older_than_ms > memory.now_ms)
            return answer;
        if (answer.changed == *limit) {
            answer.more = true;
            return answer;
        }
        cancel_and_remove(memory, slot);
        ++answer.changed;
    }
}

}  // namespace swarmq::engine
