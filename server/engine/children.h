// What a job and its children mean to each other (R13): a parent in state WaitingChildren waits
// until none of them is pending, fails when one has failed with FailParent, and goes on when one
// has failed with ContinueParent.
//
// Ends of children are noted at once, with their outcome, in the changes of the same turn; what
// follows for their parents is done at the end of the turn (settle_flows), so that nothing changes
// under a rule that ends many jobs in a row, and however deep a flow is, each level is one step of
// a loop. A turn does so many steps and leaves the rest to the next one; after a restart it is
// found again.
//
// A parent that ends or is removed after its end leaves its children alone. One that is removed
// before its end takes those along that have not ended, all the way down.
#pragma once

#include "engine/memory.h"

namespace swarmq::engine {

// For transitions, of jobs with a node: the job has ended; it is about to be removed, in the state
// that it has.
void note_child_end(Memory& memory, Slot slot, const EndedJob& ended);
void leave_flow(Memory& memory, Slot slot);

// A failed job runs again, or waits for its children again: its parent waits for it, too, and when
// that had failed only for this child, it does so again as well, and so on upwards.
void retry(Memory& memory, Slot slot);

// The holder says that it waits: the job runs again when no child is pending, or fails for one that
// has failed.
void wait_for_children(Memory& memory, Slot slot);

// It is given to a worker, who will see how its children ended.
void note_children_seen(Memory& memory, Slot slot);

// Does what the ends of children, and removals of parents, ask for: at the end of a turn.
void settle_flows(Memory& memory);

// Recovery: what is still to be done for this parent, or for the children of one that was removed.
void settle_if_due(Memory& memory, FamilyIndex family);
void condemn(Memory& memory, FamilyIndex family);

}  // namespace swarmq::engine
