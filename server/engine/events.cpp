// Collects events into the effects of the turn.
#include "engine/events.h"

#include <utility>

#include "engine/limits.h"
#include "engine/validate.h"

namespace swarmq::engine {
namespace {

std::uint64_t backlog(const QueueState& queue) {
    return queue.by_state[static_cast<std::size_t>(JobState::Waiting)] +
           queue.by_state[static_cast<std::size_t>(JobState::Delayed)];
}

// Not within a character of UTF-8.
std::string_view cut(std::string_view text) {
    if (text.size() <= kEventReasonBytesMax) return text;
    std::size_t end = kEventReasonBytesMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return text.substr(0, end);
}

// The event says that a job waited or was delayed, just before it or now.
bool tells_of_backlog(const EventNote& note, JobState state) {
    if (state == JobState::WaitingChildren) return false;
    switch (note.kind) {
        case EventKind::Added:
        case EventKind::Waiting:
        case EventKind::Active:
        case EventKind::Retrying:
        case EventKind::Delayed:
        case EventKind::Stalled:
        case EventKind::Retried:
        case EventKind::Promoted:
            return true;
        case EventKind::Removed:
            return state == JobState::Waiting || state == JobState::Delayed;
        case EventKind::Failed:
            return note.failure_kind == FailureKind::Expired;
        default:
            return false;
    }
}

}  // namespace

Result<> watch(Memory& memory, const std::string& name) {
    Watched& watched = memory.watched;
    if (name.empty()) {
        // What was noted while it was watched before counts no more.
        for (const auto& queue : memory.queues)
            if (queue && !is_watched(memory, *queue)) queue->had_backlog = backlog(*queue) > 0;
        watched.is_all = watched.is_any = true;
        return {};
    }
    if (auto checked = check_name("queue", name); !checked) return checked;
    if (watched.queues.size() >= kWatchedQueuesMax && !watched.queues.contains(name))
        return Error{Code::MemoryLimit, std::to_string(watched.queues.size()) +
                                            " queues are watched, at most " +
                                            std::to_string(kWatchedQueuesMax) +
                                            " may be; watch all queues in one subscription"};
    watched.is_any = true;
    watched.queues.insert(name);
    QueueState* const queue = memory.find_queue(name);
    if (queue == nullptr) return {};
    if (!is_watched(memory, *queue)) queue->had_backlog = backlog(*queue) > 0;
    queue->is_watched = true;
    return {};
}

void unwatch(Memory& memory, const std::string& name) {
    Watched& watched = memory.watched;
    if (name.empty()) {
        watched.is_all = false;
    } else {
        watched.queues.erase(name);
        if (QueueState* const queue = memory.find_queue(name)) queue->is_watched = false;
    }
    watched.is_any = watched.is_all || !watched.queues.empty();
}

void collect_event(Memory& memory, Slot slot, const EventNote& note) {
    QueueState& queue = memory.queue_of(slot);
    if (!is_watched(memory, queue)) return;
    const JobSlot& job = memory.jobs[slot];
    Event event;
    event.kind = note.kind;
    event.failure_kind = note.failure_kind;
    event.attempt = note.attempt;
    event.at_ms = memory.now_ms;
    event.delay_ms = note.delay_ms;
    event.queue = queue.record.name;
    event.seq = job.seq;
    event.id = memory.id_of(slot);
    event.name = memory.class_of(slot).name;
    if (note.kind == EventKind::Active) event.worker = memory.jobs.detail(slot).session->worker;
    event.text = note.kind == EventKind::Progress ? note.text : cut(note.text);
    memory.effects.events.push_back(std::move(event));
    if (tells_of_backlog(note, job.state())) queue.had_backlog = true;
    if (!std::exchange(queue.is_touched, true)) memory.watched.touched.push_back(queue.index);
}

void collect_event(Memory& memory, const QueueState& queue, const EventNote& note) {
    if (!is_watched(memory, queue)) return;
    Event event;
    event.kind = note.kind;
    event.at_ms = memory.now_ms;
    event.delay_ms = note.delay_ms;
    event.queue = queue.record.name;
    event.text = note.text;
    memory.effects.events.push_back(std::move(event));
}

void note_deduplicated(Memory& memory, QueueState& queue, JobSeq seq, const std::string& chosen_id,
                       std::string_view key) {
    if (!memory.watched.is_any || !is_watched(memory, queue)) return;
    if (const Slot slot = memory.jobs.find(seq); slot != kNone)
        return collect_event(memory, slot, {EventKind::Deduplicated, 0, 0, FailureKind::None, key});
    Event event;
    event.kind = EventKind::Deduplicated;
    event.at_ms = memory.now_ms;
    event.queue = queue.record.name;
    event.seq = seq;
    event.id = chosen_id.empty() ? format_job_id(memory.shard, seq) : chosen_id;
    event.text = key;
    memory.effects.events.push_back(std::move(event));
}

void note_drained(Memory& memory) {
    for (const QueueIndex index : std::exchange(memory.watched.touched, {})) {
        if (!memory.queues[index]) continue;  // It was forgotten.
        QueueState& queue = memory.queue(index);
        queue.is_touched = false;
        if (!queue.had_backlog || backlog(queue) > 0) continue;
        queue.had_backlog = false;
        note_event(memory, queue, {EventKind::Drained});
    }
}

}  // namespace swarmq::engine
