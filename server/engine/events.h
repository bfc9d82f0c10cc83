// Notes what happens for those who watch (R11). Where nobody does, a note costs one test of a flag.
#pragma once

#include <string>
#include <string_view>

#include "engine/event.h"
#include "engine/memory.h"

namespace swarmq::engine {

struct EventNote {
    EventKind kind = EventKind::None;
    std::uint32_t attempt = 0;
    DurationMs delay_ms = 0;
    FailureKind failure_kind = FailureKind::None;
    std::string_view text = {};
};

// Events of the queue are collected from here on; an empty name is for all queues. The queue need not
// exist. Refused over kWatchedQueuesMax.
Result<> watch(Memory& memory, const std::string& queue);
void unwatch(Memory& memory, const std::string& queue);

inline bool is_watched(const Memory& memory, const QueueState& queue) {
    return memory.watched.is_any && (memory.watched.is_all || queue.is_watched);
}

// For the functions below.
void collect_event(Memory& memory, Slot slot, const EventNote& note);
void collect_event(Memory& memory, const QueueState& queue, const EventNote& note);

// Call when the job is in its new state, or before it goes.
inline void note_event(Memory& memory, Slot slot, const EventNote& note) {
    if (memory.watched.is_any) collect_event(memory, slot, note);
}

// Of the queue itself.
inline void note_event(Memory& memory, const QueueState& queue, const EventNote& note) {
    if (memory.watched.is_any) collect_event(memory, queue, note);
}

// An add was answered with this job, which may be stored no more.
void note_deduplicated(Memory& memory, QueueState& queue, JobSeq seq, const std::string& chosen_id,
                       std::string_view key);

// At the end of a turn: tells of queues that have run empty in it.
void note_drained(Memory& memory);

}  // namespace swarmq::engine
