// Between jobs and their history.
#include "engine/activity.h"

#include <unordered_map>

#include "engine/overview.h"

namespace swarmq::engine {
namespace {

History::Subject subject_of(Memory& memory, Slot slot) {
    const std::uint32_t job_class = memory.jobs[slot].job_class;
    return {memory.queue_of(slot).history, memory.classes.history(job_class),
            memory.classes[job_class].name};
}

// Fills in when the oldest waiting job of each name could first run, as far as one look finds it.
void look_at_waiting(const Memory& memory, const QueueState& queue, std::vector<NameActivity>& names) {
    std::unordered_map<std::string_view, NameActivity*> by_name;
    for (auto& entry : names) by_name.emplace(entry.name, &entry);
    std::vector<Slot> slots;
    for (const auto& level : queue.ready.levels())
        level->collect(memory.jobs, kNone, {}, kNone, kNameStepsMax, slots);
    for (const Slot slot : slots) {
        auto found = by_name.find(memory.class_of(slot).name);
        if (found == by_name.end()) found = by_name.find("");
        if (found == by_name.end()) continue;
        const TimeMs since_ms = runnable_since(memory.jobs[slot].rank_when_ms);
        TimeMs& oldest_ms = found->second->oldest_waiting_ms;
        if (since_ms > 0 && (oldest_ms == 0 || since_ms < oldest_ms)) oldest_ms = since_ms;
    }
}

}  // namespace

void note_happening(Memory& memory, Slot slot, History::Event event) {
    memory.history.count(subject_of(memory, slot), event, memory.now_ms);
}

void note_first_start(Memory& memory, Slot slot) {
    const TimeMs since_ms = runnable_since(memory.jobs[slot].rank_when_ms);
    if (since_ms == 0) return;
    memory.history.note_time_in_queue(subject_of(memory, slot), memory.now_ms - since_ms, memory.now_ms);
}

void note_processed(Memory& memory, Slot slot) {
    memory.history.note_processing_time(subject_of(memory, slot),
                                        memory.now_ms - memory.jobs.detail(slot).started_ms,
                                        memory.now_ms);
}

Result<QueueActivity> activity(const Memory& memory, const std::string& name,
                               const ActivityQuery& query) {
    const QueueState* const known = memory.find_queue(name);
    if (known == nullptr)
        return Error{Code::NotFound, "no queue \"" + name + "\" exists"};
    if (query.history_minutes > kHistoryMinutesMax)
        return Error{Code::InvalidArgument,
                     "history_minutes: " + std::to_string(query.history_minutes) + " is not in 0.." +
                         std::to_string(kHistoryMinutesMax)};
    const QueueState& queue = *known;
    QueueActivity found = memory.history.activity(queue.history, query, memory.now_ms);
    found.oldest_waiting_ms = oldest_waiting_ms(memory, queue);
    if (query.by_name) look_at_waiting(memory, queue, found.by_name);
    if (found.since_ms != 0) found.since_ms += memory.wall_offset_ms;
    for (auto& minute : found.history) minute.begin_ms += memory.wall_offset_ms;
    return found;
}

}  // namespace swarmq::engine
