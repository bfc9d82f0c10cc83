// Who is whose child: finds, makes and ends the links between a parent and its children. No rules.
#pragma once

#include "engine/memory.h"

namespace swarmq::engine {

// Null for a job of no flow.
const FlowNode* find_node(const Memory& memory, Slot slot);
FlowNode* find_node(Memory& memory, Slot slot);
// Made when it has none.
FlowNode& node_of(Memory& memory, Slot slot);

// The family of which it is the parent; made when there is none.
Family& own_family(Memory& memory, Slot slot);
// Null for a job without children.
const Family* find_own_family(const Memory& memory, Slot slot);
// How many it ever had: the index of the next one.
std::uint32_t children_added(const Memory& memory, Slot slot);

// Makes `slot` the next child of `parent`. The caller writes the parent's status.
void join_family(Memory& memory, Slot parent, Slot slot, OnChildFailure on_failure);
// Appends a child to those that are stored.
void link_child(Memory& memory, FamilyIndex family, Slot slot);
void unlink_child(Memory& memory, Family& family, Slot slot);
// A family without parent and children is forgotten.
void drop_if_over(Memory& memory, FamilyIndex family);

}  // namespace swarmq::engine
