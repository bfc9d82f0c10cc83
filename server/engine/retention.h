// How long ended jobs stay: each group of a queue holds those with one rule, oldest first (R6).
#pragma once

#include "engine/memory.h"

namespace swarmq::engine {

// The rule that keeps an ended job.
const Keep& keep_of(const Memory& memory, Slot slot);

void link_ended(Memory& memory, Slot slot);
void unlink_ended(Memory& memory, Slot slot);

// Removes what later ends of the same kind have pushed out.
void apply_retention(Memory& memory, QueueState& queue, JobState state);

// A group's timer fired: removes at most `limit` jobs that are too old, answers how many.
std::size_t expire_ended(Memory& memory, std::uint32_t group, std::size_t limit);

}  // namespace swarmq::engine
