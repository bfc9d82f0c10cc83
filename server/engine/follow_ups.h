// Jobs that are added in the step that ends another one (R13).
#pragma once

#include "engine/memory.h"

#include <vector>

namespace swarmq::engine {

// Whether they could ever be added.
Result<> check_follow_ups(const std::vector<FollowUp>& jobs);
// Whether all of them can be added now; else what AddJobs would say, and of which.
Result<> check_room_for(const Memory& memory, const std::vector<FollowUp>& jobs);
// After both checks.
void add_follow_ups(Memory& memory, std::vector<FollowUp>&& jobs);

}  // namespace swarmq::engine
