// Gives waiting jobs to subscriptions with credit, in turns.
#pragma once

#include "engine/memory.h"

namespace swarmq::engine {

// Serves every queue that wants it: one job for each ready subscription, queue after queue, again until
// nothing moves, so that neither a queue nor a worker is served at the cost of another.
void dispatch(Memory& memory);
// Jobs that the queue will give out next if nothing happens; see Engine.
std::vector<JobSeq> coming_jobs(const Memory& memory, QueueId queue, std::size_t jobs_max,
                                std::size_t bytes_max);
// What a session may be delivered in one turn has a bound in bytes; from here on it may have as much again.
void end_turn_of_deliveries(Memory& memory);
// Nothing is delivered to a held session.
void set_held(Memory& memory, SessionKey session, bool is_held);

}  // namespace swarmq::engine
