// What people ask of schedulers: make, change, remove, look at (R14).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/memory.h"

namespace swarmq::engine {

// Makes or changes one. The answer has one item with a SchedulerOutcome. While every_ms, cron, zone and
// start stay as they are its ticks go on as if nothing had happened, else they and `added` begin anew; so
// a program may do this each time it starts.
Result<Answer> upsert_scheduler(Memory& memory, UpsertScheduler&& command);
// Jobs that it has added stay.
Result<Answer> remove_scheduler(Memory& memory, const std::string& queue, const std::string& key);

// With the next `ticks`, as far as the present settings say.
Result<SchedulerView> find_scheduler(Memory& memory, const std::string& queue,
                                     const std::string& key, std::size_t ticks);
Result<SchedulerPage> list_schedulers(Memory& memory, const ListSchedulers& command);
// The next ticks of a scheduler that would be made now.
Result<std::vector<TimeMs>> preview_ticks(const Memory& memory, const Repeat& repeat,
                                          std::size_t ticks);

}  // namespace swarmq::engine
