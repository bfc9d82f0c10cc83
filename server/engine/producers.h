// How jobs come in: checked together, then added all or none (R2, R3, R4, R12).
#pragma once

#include "engine/memory.h"

namespace swarmq::engine {

Result<Answer> add_jobs(Memory& memory, AddJobs&& command);

// What a new job is in a flow; of most jobs nothing.
struct Kin {
    JobSeq parent{};
    std::uint32_t child_index = 0;
    OnChildFailure on_failure = OnChildFailure::None;
    bool has_children = false;  // It begins in state WaitingChildren; the caller writes its status.
};

// Adds one job; what the producer left open is filled in from the queue's defaults.
JobSeq add_job(Memory& memory, QueueState& queue, JobSpec&& spec, const Kin& kin = {});
// The same, unless its id or its key stands for a job that is stored. All checks are the caller's.
void add_unless_known(Memory& memory, QueueState& queue, JobSpec&& spec);

// Adds one that starts when another job has ended, and after `delay_ms` from then.
Slot add_after_another(Memory& memory, QueueState& queue, JobSpec& spec, DurationMs delay_ms);

// What is stored of a job, but for its number, class, place and time. Fills in what the producer left open, and
// makes the queue of its dead letter.
JobRecord make_record(Memory& memory, QueueState& queue, JobSpec& spec);
// Counts the job in its class. Moves from the spec.
std::uint32_t acquire_class(Memory& memory, QueueState& queue, JobSpec& spec);

// The job that on_failure of this one asks for; its payload is the failed one's.
void add_dead_letter(Memory& memory, Slot failed, const JobClass& job_class);

// Enters a job where its record says: waiting, or delayed until a time that is still to come.
void enter_as_recorded(Memory& memory, Slot slot, const JobRecord& record);

}  // namespace swarmq::engine
