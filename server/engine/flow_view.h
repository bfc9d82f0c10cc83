// How jobs hang together, for those who look (R13). Changes nothing.
#pragma once

#include "engine/memory.h"

namespace swarmq::engine {

FlowView flow_view_of(const Memory& memory, Slot slot);
// How many levels of stored jobs there are down to this one, itself included.
std::uint32_t level_of(const Memory& memory, Slot slot);
// Level by level; each parent's children in the order in which they were added.
Result<FlowTree> get_flow(Memory& memory, const GetFlow& command);

}  // namespace swarmq::engine
