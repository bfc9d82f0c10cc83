// Appends to a file and syncs it, one after the other: the fastest that group commits can follow
// each other.
#pragma once

#include <cstddef>
#include <string>

namespace swarmq::bench {

enum class SyncCall { Fsync, Fdatasync };

struct SyncResult {
    double per_second = 0;
    double p50_us = 0;
    double p99_us = 0;
};

// The file is `directory`/floor.log, begun anew.
SyncResult run_syncs(const std::string& directory, SyncCall call, std::size_t append_bytes,
                     double seconds);

}  // namespace swarmq::bench
