// What operators change: removal, pause, retry, promote, drain, clean. Bulk changes are bounded and say
// whether there is more to do.
#pragma once

#include <string>
#include <vector>

#include "engine/memory.h"

namespace swarmq::engine {

// For the changes below, and those of other files.
Error no_queue(const std::string& name);
// What a request may change at most, 0 being the most that any may.
Result<std::size_t> bulk_limit(std::size_t asked);
// Removes a job from any state: who runs it or waits for it is told.
void cancel_and_remove(Memory& memory, Slot slot);

// One answer for each id. A running job is cancelled and its worker told (R9).
Result<Answer> remove_jobs(Memory& memory, const std::string& queue,
                           const std::vector<std::string>& ids);
// Ends them as failed and keeps their records; WrongState for one that has ended.
Result<Answer> cancel_jobs(Memory& memory, const std::string& queue,
                           const std::vector<std::string>& ids);
Result<Answer> retry_jobs(Memory& memory, const BulkSelection& selection);
Result<Answer> promote_jobs(Memory& memory, const BulkSelection& selection);
Result<Answer> drain(Memory& memory, const Drain& command);
Result<Answer> clean(Memory& memory, const Clean& command);

}  // namespace swarmq::engine
