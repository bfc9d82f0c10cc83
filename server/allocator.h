// The daemon's memory: large pages while it is used, and back to the system when it is not.
#pragma once

namespace swarmq {

// Once, before other threads allocate.
void set_up_allocator();

}  // namespace swarmq
