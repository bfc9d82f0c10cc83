// Makes a damaged shard fit to start again, with what is left of it. For `swarmqd repair`.
#pragma once

#include "format.h"
#include "model/ids.h"
#include "verify.h"

#include <cstdint>
#include <string>

namespace swarmq::storage {

struct RepairReport {
    VerifyReport found;           // What it was like before.
    Position position;            // Where the store stands now; {0, 0}: it begins anew.
    std::uint64_t set_aside = 0;  // Rows moved to the file below.
    std::string set_aside_path;   // Empty: no row had to be moved. A batch (storage/README.md).
    std::string damaged_path;     // Empty: all files could be read. The store as it was before.
};

// Where files cannot be read, all that can is copied first and the damaged store put beside. Then
// opens what can be opened of the log, moves rows that nobody can understand and rows that belong
// to nothing into a file in the data directory, and accepts the position that was recovered: jobs
// lost are lost. Names of jobs with missing parts stay in `found`. Under a new incarnation. No
// daemon may run.
Result<RepairReport> repair_data_dir(const std::string& data_dir, ShardId shard,
                                     std::uint32_t shard_count, TimeMs now_ms,
                                     const VerifyProgress& progress);

}  // namespace swarmq::storage
