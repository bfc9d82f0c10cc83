// Who works: sessions that take jobs or hold some, for operators (R30).
#pragma once

#include "engine/memory.h"

namespace swarmq::engine {

// In the order in which the sessions began. The work for a page is bounded, so a short one may have
// a next.
Result<WorkerPage> list_workers(const Memory& memory, const ListWorkers& command);

}  // namespace swarmq::engine
