// Jobs that are added in the step that ends another one (R13).
#pragma once

#include "engine/memory.h"

#include <vector>

namespace swarmq::engine {

// Whether they could ever be added.
Result<> check_follow_ups(const std::vector<FollowUp>& jobs);
// Whether all of them can be added in the step that ends `ending` for good; else what AddJobs would
// say, and of which.
Result<> check_room_for(const Memory& memory, Slot ending, const std::vector<FollowUp>& jobs);
// After both checks, and after the key of the ending job was freed. None is refused any more.
void add_follow_ups(Memory& memory, std::vector<FollowUp>&& jobs);

}  // namespace swarmq::engine
