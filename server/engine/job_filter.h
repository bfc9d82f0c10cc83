// Which jobs a listing shows, as far as memory can tell (R17a). The rest is decided where their rows are read.
#pragma once

#include "engine/memory.h"

namespace swarmq::engine {

Result<> check_filter(const JobFilter& filter);
// False: no job in this state (None: whichever) can pass.
bool may_pass(const JobFilter& filter, JobState state);
// False: the job does not pass, whatever its rows say.
bool may_pass(const Memory& memory, Slot slot, const JobFilter& filter);

}  // namespace swarmq::engine
