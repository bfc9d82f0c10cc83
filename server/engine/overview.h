// What operators watch: figures of queues, taken without looking at every job.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/effects.h"
#include "engine/memory.h"

namespace swarmq::engine {

// When the job that waits longest could first run; 0: none waits. Of a queue with many keys, and where jobs were
// put at the head, one that has waited for nearly as long.
TimeMs oldest_waiting_ms(const Memory& memory, const QueueState& queue);

// The figures of one queue, in a time that does not depend on how many jobs it has.
QueueGlance glance_at(const Memory& memory, const QueueState& queue);

// The `queues_max` queues with most jobs, by name, and the sum of all others.
Overview overview(const Memory& memory, std::size_t queues_max);

// Up to `limit` queues from `cursor` on, which moves behind them; 0 begins, and is the end again.
std::vector<QueueGlance> glance(const Memory& memory, std::size_t& cursor, std::size_t limit);

}  // namespace swarmq::engine
