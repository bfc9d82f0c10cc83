// How jobs come in: checked together, then added all or none (R2, R3, R4, R12).
#pragma once

#include "engine/memory.h"

namespace swarmq::engine {

Result<Answer> add_jobs(Memory& memory, AddJobs&& command);

// Adds one job; what the producer left open is filled in from the queue's defaults.
JobSeq add_job(Memory& memory, QueueState& queue, JobSpec&& spec);

// The job that on_failure of this one asks for; its payload is the failed one's.
void add_dead_letter(Memory& memory, Slot failed, const JobClass& job_class);

// Enters a job where its record says: waiting, or delayed until a time that is still to come.
void enter_as_recorded(Memory& memory, Slot slot, const JobRecord& record);

}  // namespace swarmq::engine
