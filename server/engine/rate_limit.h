// What holds jobs back although workers wait: pauses, holds, concurrency and rates of queues and of keys (R15).
// A closed key takes no part in the turns of its queue; a closed queue is not dispatched. Slots are counted
// where leases begin and end, so that none can leak.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/memory.h"

namespace swarmq::engine {

Result<> check_limits(const QueueSettings& settings);
// The queue's settings have changed.
void apply_limits(Memory& memory, QueueState& queue);

// True: a job of the queue may begin now. When only time is missing, the queue is dispatched again then.
bool is_open(Memory& memory, QueueState& queue);
// A job of the key enters the waiting ones.
const KeyState& note_waiting(Memory& memory, KeyIndex key);
// An attempt begins.
void note_begin(Memory& memory, QueueState& queue, KeyIndex key);
// A lease has ended.
void note_slot_free(Memory& memory, QueueState& queue, KeyIndex key);

Result<Answer> pause(Memory& memory, const HoldTarget& target);
// Nothing begins for `length_ms`; a shorter hold than there is already changes nothing.
Result<Answer> hold(Memory& memory, const HoldTarget& target, DurationMs length_ms);
// Ends pause and hold.
Result<Answer> resume(Memory& memory, const HoldTarget& target);
// A worker's word with the end of an attempt: the hold of the job's queue and of its key. False: so many
// keys are held that this one cannot be.
bool hold_from_handler(Memory& memory, QueueState& queue, const std::string& key,
                       DurationMs queue_ms, DurationMs key_ms);

// Timers.
void look_at_queue_again(Memory& memory, QueueIndex queue);
void look_at_key_again(Memory& memory, KeyIndex key);
// Keys without jobs go, when their past does not count any more.
void forget_unused_keys(Memory& memory);
void forget_keys_of(Memory& memory, QueueIndex queue);
// After recovery: what began before the restart counts, as far as jobs that are stored tell.
void recover_rates(Memory& memory);

std::vector<KeyView> list_keys(const Memory& memory, const QueueState& queue, std::string_view after,
                               std::size_t limit);

}  // namespace swarmq::engine
