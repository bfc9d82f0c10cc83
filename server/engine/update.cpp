// Checks all of a change before any of it is made.
#include "engine/update.h"

#include <utility>

#include "engine/dedup.h"
#include "engine/events.h"
#include "engine/limits.h"
#include "engine/rewrite.h"
#include "engine/transitions.h"
#include "engine/validate.h"

namespace swarmq::engine {
namespace {

const char* name_of(JobState state) {
    static constexpr const char* kNames[] = {
        "gone", "waiting", "delayed", "active", "completed", "failed", "waiting for children"};
    return kNames[static_cast<std::size_t>(state)];
}

Result<> check_values(const UpdateJob& command) {
    if (!command.payload && !command.priority && !command.delay_ms && !command.tags)
        return Error{
            Code::InvalidArgument,
            "nothing is to be changed; give at least one of payload, priority, delay_ms and tags"};
    if (command.payload && command.payload->size() > kPayloadBytesMax)
        return too_large("payload", command.payload->size(), kPayloadBytesMax);
    if (command.priority)
        if (auto checked = check_priority(*command.priority); !checked) return checked;
    if (command.delay_ms)
        if (auto checked = check_duration("delay_ms", *command.delay_ms); !checked) return checked;
    return command.tags ? check_tags(*command.tags) : Result<>{};
}

Result<> check_state(const Memory& memory, Slot slot, const UpdateJob& command) {
    const JobState state = memory.jobs[slot].state();
    const auto refuse = [&](const char* what, const char* when) {
        return Error{Code::WrongState, "job \"" + command.job.id + "\" is " + name_of(state) +
                                           ": its " + what + " can be changed only while it " +
                                           when + "; nothing was changed"};
    };
    const bool is_to_run = state == JobState::Waiting || state == JobState::Delayed;
    const bool is_parent = state == JobState::WaitingChildren;
    if ((command.payload || command.tags) && !is_to_run && !is_parent && state != JobState::Failed)
        return refuse(command.payload ? "payload" : "tags",
                      "waits, is delayed, waits for children or has failed");
    if (command.priority && !is_to_run && !is_parent)
        return refuse("priority", "waits, is delayed or waits for children");
    if (command.delay_ms && !is_to_run) return refuse("delay", "waits or is delayed");
    if (command.delay_ms.value_or(0) == 0) return {};
    if (const std::string other = waits_for(memory, slot); !other.empty())
        return Error{Code::WrongState, "job \"" + command.job.id +
                                           "\" waits for the end of job \"" + other +
                                           "\", not for a time; nothing was changed"};
    return {};
}

void move(Memory& memory, Slot slot, const UpdateJob& command) {
    const auto before = static_cast<std::uint8_t>(memory.jobs[slot].priority);
    const auto priority = static_cast<std::uint8_t>(command.priority.value_or(before));
    const bool is_waiting = memory.jobs[slot].state() == JobState::Waiting;
    const DurationMs delay_ms = command.delay_ms.value_or(0);
    if (is_waiting && delay_ms == 0) {
        if (priority != before) to_priority(memory, slot, priority);
        return;
    }
    if (delay_ms > 0) to_delayed(memory, slot, delay_ms);
    // Among those that are delayed or wait for children it has no place of its own.
    memory.jobs[slot].priority = priority;
    if (!command.delay_ms || delay_ms > 0)
        memory.note_status(slot);
    else
        to_waiting(memory, slot, Place::Tail);
    if (delay_ms > 0)
        note_event(memory, slot, {EventKind::Delayed, 0, delay_ms});
    else if (command.delay_ms)
        note_event(memory, slot, {EventKind::Promoted});
}

}  // namespace

Result<Answer> update_job(Memory& memory, UpdateJob&& command) {
    if (auto checked = check_values(command); !checked) return checked.error();
    const auto found = memory.find_job(command.job);
    if (!found) return found.error();
    if (auto checked = check_state(memory, *found, command); !checked) return checked.error();
    if (command.priority || command.delay_ms) move(memory, *found, command);
    if (command.payload || command.tags)
        patch_job(memory, *found, std::move(command.payload), std::move(command.tags));
    memory.queue_of(*found).last_used_ms = memory.now_ms;
    Answer answer;
    answer.changed = 1;
    return answer;
}

}  // namespace swarmq::engine
