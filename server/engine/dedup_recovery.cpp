// Takes up the deduplication keys that are stored, and drops those that are over by now.
#include <algorithm>
#include <utility>

#include "engine/dedup.h"
#include "engine/transitions.h"

namespace swarmq::engine {
namespace {

// Null when the key is over, or what is stored is not whole: verify reports that.
QueueState* queue_for(Memory& memory, const DedupRecord& record) {
    const auto found = memory.queue_by_id.find(record.name.queue);
    if (found == memory.queue_by_id.end()) {
        // It must not turn up in a queue that is made later.
        memory.next_queue_id = std::max(memory.next_queue_id, raw(record.name.queue) + 1);
        return nullptr;
    }
    return &memory.queue(found->second);
}

void take_up(Memory& memory, QueueState& queue, DedupRecord&& record) {
    const DedupIndex index = memory.dedup.add(queue.index, record.name.key, record.mode);
    DedupKey& key = memory.dedup[index];
    key.is_stored = true;
    key.job = record.job;
    key.chosen_id = std::move(record.chosen_id);
    key.window_ms = record.window_ms;
    if (key.mode == DedupMode::Throttle) {
        // A clock that was set back must not make a window longer than it was.
        key.until_ms = std::min(record.until_ms, memory.due_after(key.window_ms));
        key.timer = memory.timeline.set(key.until_ms, TimerKind::DedupWindow, index);
    }
    if (record.successor != JobSeq{}) {
        key.successor = memory.jobs.find(record.successor);
        if (key.successor == kNone) {
            note_key(memory, index);
        } else {
            memory.jobs.detail(key.successor).dedup = index;
            settle_key(memory, key.successor);
        }
    }
    const Slot slot = memory.jobs.find(record.job);
    if (slot == kNone) {
        // Without its job only a throttle goes on; what waited for it may run.
        if (key.mode != DedupMode::Throttle) end_key(memory, index);
        return;
    }
    memory.jobs.detail(slot).dedup = index;
    settle_key(memory, slot);
}

}  // namespace

void recover_keys(Memory& memory, std::vector<DedupRecord>&& records) {
    for (DedupRecord& record : records)
        if (QueueState* const queue = queue_for(memory, record))
            take_up(memory, *queue, std::move(record));
    // A job that waits for another has its key; where that was lost nothing would ever start it.
    std::vector<Slot> lost;
    for (const auto& queue : memory.queues) {
        if (!queue) continue;
        for (auto at = queue->delayed.lower_bound({{kAfterAnotherMs, 0}, kNone});
             at != queue->delayed.end(); ++at)
            if (memory.jobs.detail(at->slot).dedup == kNone) lost.push_back(at->slot);
    }
    for (const Slot slot : lost) to_waiting(memory, slot, Place::Tail);
}

}  // namespace swarmq::engine
