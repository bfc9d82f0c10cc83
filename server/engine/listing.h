// Looking at jobs and queues: pages in the order of each state, with cursors that survive changes (R7, R8).
#pragma once

#include "engine/memory.h"

namespace swarmq::engine {

Result<Page> list_jobs(Memory& memory, const List& command);
Result<QueuePage> list_queues(const Memory& memory, const ListQueues& command);
QueueView view_of(const QueueState& queue);

}  // namespace swarmq::engine
