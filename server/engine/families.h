// Which jobs hang together: a node for each job of a flow, and a family for each that has, or had,
// children (R13). Jobs of no flow have neither.
#pragma once

#include "engine/job_table.h"
#include "engine/slab.h"
#include "model/changes.h"

#include <cstdint>
#include <deque>

namespace swarmq::engine {

using FamilyIndex = std::uint32_t;

// A job's place in its flow.
struct FlowNode {
    FamilyIndex born_in = kNone;  // The family whose child it is; kNone for a root, and where the
                                  // parent is long gone.
    FamilyIndex own = kNone;      // The family whose parent it is.
    // Its neighbours among the stored children of the family, in the order in which they were
    // added.
    Slot next = kNone;
    Slot prev = kNone;
    std::uint32_t child_index = 0;
    OnChildFailure on_failure = OnChildFailure::None;  // None: it was not added as a child.
};

struct Family {
    JobSeq parent_seq{};
    Slot parent =
        kNone;  // kNone: it is stored no more. The family stays as long as one of the children is.
    FamilyRecord counts;
    std::uint32_t pending = 0;  // Children that have not ended.
    // The children that are stored, those that have ended included.
    Slot first = kNone;
    Slot last = kNone;
    std::uint32_t stored = 0;
    Slot sweep = kNone;  // Condemned: the child that is looked at next.
    bool is_condemned =
        false;  // Its parent was removed before it ended: what has not ended goes, too.
    bool is_to_settle = false;
};

struct Families {
    Slab<FlowNode> nodes;  // By JobDetail::flow.
    Slab<Family> families;
    // What the end of this turn, or of a later one, has to do: parents whose wait is over, and
    // families to be removed.
    std::deque<JobSeq> to_settle;
    std::deque<FamilyIndex> condemned;

    bool has_work() const { return !to_settle.empty() || !condemned.empty(); }
};

}  // namespace swarmq::engine
