// Keeps the lists of children, and makes and drops what they hang on.
#include "engine/family_links.h"

#include "model/check.h"

namespace swarmq::engine {

FlowNode& node_of(Memory& memory, Slot slot) {
    JobDetail& detail = memory.jobs.detail(slot);
    if (detail.flow == kNone) detail.flow = memory.families.nodes.add({});
    return memory.families.nodes[detail.flow];
}

FlowNode* find_node(Memory& memory, Slot slot) {
    return memory.jobs[slot].detail == kNone || memory.jobs.detail(slot).flow == kNone
               ? nullptr
               : &node_of(memory, slot);
}

const FlowNode* find_node(const Memory& memory, Slot slot) {
    const JobDetail* const detail = memory.jobs.detail_if_any(slot);
    return detail && detail->flow != kNone ? &memory.families.nodes[detail->flow] : nullptr;
}

Family& own_family(Memory& memory, Slot slot) {
    FlowNode& node = node_of(memory, slot);
    if (node.own == kNone) {
        node.own = memory.families.families.add({});
        Family& made = memory.families.families[node.own];
        made.parent_seq = memory.jobs[slot].seq;
        made.parent = slot;
    }
    return memory.families.families[node.own];
}

const Family* find_own_family(const Memory& memory, Slot slot) {
    const FlowNode* const node = find_node(memory, slot);
    return node && node->own != kNone ? &memory.families.families[node->own] : nullptr;
}

std::uint32_t children_added(const Memory& memory, Slot slot) {
    const Family* const family = find_own_family(memory, slot);
    return family ? family->counts.added : 0;
}

void join_family(Memory& memory, Slot parent, Slot slot, OnChildFailure on_failure) {
    Family& family = own_family(memory, parent);
    FlowNode& node = node_of(memory, slot);
    node.born_in = node_of(memory, parent).own;
    node.child_index = family.counts.added++;
    node.on_failure = on_failure;
    ++family.pending;
    link_child(memory, node.born_in, slot);
}

void link_child(Memory& memory, FamilyIndex index, Slot slot) {
    Family& family = memory.families.families[index];
    FlowNode& node = node_of(memory, slot);
    node.next = kNone;
    node.prev = family.last;
    (family.last == kNone ? family.first : node_of(memory, family.last).next) = slot;
    family.last = slot;
    ++family.stored;
}

void drop_if_over(Memory& memory, FamilyIndex index) {
    const Family& family = memory.families.families[index];
    if (family.parent != kNone || family.stored > 0 || family.is_condemned) return;
    memory.families.families.remove(index);
}

void unlink_child(Memory& memory, Family& family, Slot slot) {
    const FlowNode& node = node_of(memory, slot);
    if (family.sweep == slot) family.sweep = node.next;
    (node.prev == kNone ? family.first : node_of(memory, node.prev).next) = node.next;
    (node.next == kNone ? family.last : node_of(memory, node.next).prev) = node.prev;
    SWARMQ_CHECK_VALUES(family.stored > 0, raw(family.parent_seq), family.stored);
    --family.stored;
}

}  // namespace swarmq::engine
