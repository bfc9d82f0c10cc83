// Tells the history what happens to jobs, and answers what happened to those of a queue (R8).
#pragma once

#include <string>

#include "engine/memory.h"

namespace swarmq::engine {

void note_happening(Memory& memory, Slot slot, History::Event event);
// The job is given out for the first time, now.
void note_first_start(Memory& memory, Slot slot);
// An attempt ends by an answer or a timeout, now.
void note_processed(Memory& memory, Slot slot);

// Times are the wall clock's.
Result<QueueActivity> activity(const Memory& memory, const std::string& queue,
                               const ActivityQuery& query);

}  // namespace swarmq::engine
