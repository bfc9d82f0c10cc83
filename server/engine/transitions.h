// The only code that changes a job's state.
//
//                      ┌───────────────── retry, promote ──────────────────┐
//                      ▼                                                   │
//   add ──────────► waiting ──to_active──► active ──to_ended──► completed, failed ──remove──► gone
//     │             ▲  ▲  │                 │  │ │                         ▲
//     │  due,promote│  │  └── ttl expired ──┼──┼─┼─────────────────────────┘
//     └──────► delayed │                    │  │ └─ last failure, too many stalls
//                  ▲   └─ release, stall ───┘  │
//                  └── failure with a backoff, delay ──┘          remove: from every state
//
//   add with children ──► waiting-children ──to_runnable──► waiting, delayed        active, failed
//                          │            ▲                                             │
//                          └─ to_ended  └──────────────to_waiting_children────────────┘
//                             (a child failed)         (more children, retry)
//
//   state      function     what is true in it
//   waiting-   to_waiting_  in its queue's `waiting_children`; it has a family; when its wait is over that is in the list
//   children   children     of those to settle; with a delay, rank_when_ms is the due time
//   waiting    to_waiting   in its queue's ReadyQueue by rank; a ttl timer if it never started and has a ttl
//   delayed    to_delayed   in its queue's `delayed` by due time; the queue has one timer for the earliest. One
//                           that waits for another job (dedup.h) stands behind all others and has none
//   active     to_active    in its queue's active list and in one subscription's lease list; a token that is
//                           the largest ever given; a timeout timer if its class has a timeout, but
//                           for an attempt that awaits its start: that has only its lease
//   completed, to_ended     in the ended group of its queue, state and Keep; an ordinal and an end time
//   failed
//
// Every function leaves the old state's structures, enters the new one's, and keeps the queue's counters
// equal to what the structures hold. A status is noted for all but adds and falling due, which the job's
// record or last status already tell.
#pragma once

#include "engine/memory.h"

namespace swarmq::engine {

// Enters the state of a job that is in no structure yet: a new or recovered one.
void enter_waiting(Memory& memory, Slot slot, TimeMs runnable_since_ms);
void enter_delayed(Memory& memory, Slot slot);
void enter_active(Memory& memory, Slot slot, SubscriptionIndex subscription, TimeMs lease_until_ms);
void enter_ended(Memory& memory, Slot slot);
void enter_waiting_children(Memory& memory, Slot slot);

// Leaves the job's state, whatever it is, without entering another.
void leave(Memory& memory, Slot slot);

// To the tail of its priority, or with `keeps_rank` back to where it was (R3).
enum class Place { Tail, FormerRank };
void to_waiting(Memory& memory, Slot slot, Place place);

// Falls due: to where its due time puts it. The status on disk already says so.
void fall_due(Memory& memory, Slot slot);

void to_delayed(Memory& memory, Slot slot, DurationMs delay_ms);

void to_waiting_children(Memory& memory, Slot slot);
// Waits for children no more: to the tail of its priority, or to where its producer's delay and lifo put it.
void to_runnable(Memory& memory, Slot slot);

// A waiting job goes to the other priority (`priority` is not its own), behind those that could run before it.
void to_priority(Memory& memory, Slot slot, std::uint8_t priority);

// Grants the job to the subscription, with the next token.
void to_active(Memory& memory, Slot slot, SubscriptionIndex subscription);

struct Ending {
    JobState state = JobState::Completed;
    FailureKind failure_kind = FailureKind::None;
    std::shared_ptr<const std::string> result;
    std::string content_type;
    std::string failed_reason;
};
// Ends the job; one whose Keep says so is removed at once, and `slot` is free then.
void to_ended(Memory& memory, Slot slot, Ending ending);

// Removes the job and its rows; `slot` is free then.
void remove_job(Memory& memory, Slot slot);

}  // namespace swarmq::engine
