// Links each child to its parent, or to the family that goes with a parent that was removed.
#include "engine/family_recovery.h"

#include "engine/children.h"
#include "engine/family_links.h"

#include <utility>

namespace swarmq::engine {

void FamilyRecovery::child(Slot slot, const JobRecord& record) {
    JobDetail& detail = memory_.jobs.detail(slot);
    FlowNode node;
    node.child_index = record.child_index;
    node.on_failure = record.on_child_failure;
    detail.flow = memory_.families.nodes.add(node);
    children_.push_back({slot, record.parent});
}

void FamilyRecovery::condemned(JobSeq seq) {
    Family family;
    family.parent_seq = seq;
    condemned_.emplace(seq, memory_.families.families.add(family));
}

// kNone: the parent is gone, and its children go on by themselves.
FamilyIndex FamilyRecovery::family_of(JobSeq parent) {
    if (const Slot slot = memory_.jobs.find(parent); slot != kNone) {
        own_family(memory_, slot);
        return memory_.families.nodes[memory_.jobs.detail(slot).flow].own;
    }
    const auto found = condemned_.find(parent);
    return found == condemned_.end() ? kNone : found->second;
}

// Children whose rows a repair has set aside are known of by nobody else: their parent does not
// wait for them.
void FamilyRecovery::check_counts(Slot parent) {
    Family& family = own_family(memory_, parent);
    FamilyRecord& counts = family.counts;
    const std::uint32_t known = family.pending + counts.completed + counts.failed + counts.removed;
    if (known < counts.added) counts.removed += counts.added - known;
}

void FamilyRecovery::finish() {
    std::vector<Slot> parents;
    for (const Child& child : std::exchange(children_, {})) {
        const FamilyIndex index = family_of(child.parent);
        if (index == kNone) continue;
        memory_.families.nodes[memory_.jobs.detail(child.slot).flow].born_in = index;
        link_child(memory_, index, child.slot);
        Family& family = memory_.families.families[index];
        if (!is_ended(memory_.jobs[child.slot].state())) ++family.pending;
    }
    memory_.jobs.each_from(JobSeq{}, [&](Slot slot) {
        if (find_own_family(memory_, slot)) parents.push_back(slot);
        return true;
    });
    for (const Slot parent : parents) {
        check_counts(parent);
        settle_if_due(memory_, find_node(memory_, parent)->own);
    }
    for (const auto& [seq, index] : std::exchange(condemned_, {})) condemn(memory_, index);
}

}  // namespace swarmq::engine
