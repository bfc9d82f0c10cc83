// Cuts the power of a short run after one of its operations, starts the shard again on what the disk may
// have kept, and says everything that is wrong then.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "crash/disk_record.h"
#include "crash/short_run.h"

namespace swarmq::test {

// None when all is well: nothing acknowledged is lost, the last batch is there wholly or not at all, nobody
// completed can run, and the shard goes on.
std::vector<std::string> problems_after(const ShortRun& run, std::size_t cut, Loss loss,
                                        std::uint64_t seed);

}  // namespace swarmq::test
