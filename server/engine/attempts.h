// How attempts end: answers of workers, timeouts, and what follows from a failure (R5, R16, R19, R22).
#pragma once

#include <cstdint>
#include <string>

#include "engine/memory.h"
#include "engine/transitions.h"

namespace swarmq::engine {

// d * 2^(n-1) or d, at most max_delay_ms, less a drawn share of up to jitter. `failures` is n >= 1.
DurationMs backoff_delay_ms(const Backoff& backoff, std::uint32_t failures, std::mt19937_64& random);

// The job that a token holds now.
struct Held {
    Slot slot = kNone;
    ItemAnswer refusal;  // With slot kNone; code Ok: the same answer, `repeated`, was given before.
};
Held find_held(Memory& memory, const JobName& name, LeaseToken token, AnswerKind repeated);

// One item of a Finish. The answer has a code and, for a refusal, a sentence. `add_refusal`, if not null: why no
// job may be added now.
ItemAnswer finish(Memory& memory, FinishItem&& item, const Error* add_refusal = nullptr);
// One item of a Beat: renews the lease, notes progress.
ItemAnswer beat(Memory& memory, BeatItem&& item);

// The attempt ran for too long.
void time_out(Memory& memory, Slot slot);
// The job was not started within its ttl.
void expire(Memory& memory, Slot slot);

// Writes an attempt row for the run that is over now.
void note_attempt(Memory& memory, Slot slot, FailureKind kind, const std::string& error);
// To the failed jobs, adding the job that on_failure asks for in the same step.
void fail_for_good(Memory& memory, Slot slot, Ending ending);
// Ends a job that has not ended, in whatever state it is, as cancelled; who runs it is told. Somebody decided so:
// there is no dead letter.
void cancel(Memory& memory, Slot slot);

}  // namespace swarmq::engine
