// What a power cut leaves of RocksDB's last, unfinished writes: the end of its newest log, or of its
// manifest, has a length but not the bytes that were written. RocksDB takes that for damage; it is none
// where nothing whole follows, because a log is synced write by write.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace swarmq::storage {

struct TornTail {
    std::string path;
    std::uint64_t whole_bytes = 0;  // Up to the end of the last whole record.
    std::uint64_t torn_bytes = 0;   // After it, to the end of the file.
};

// Reads the newest log and the manifest in use. A file with a whole record behind the damage is damaged,
// not torn, and is not among them.
std::vector<TornTail> find_torn_tails(const std::string& directory);
// Ends the file after its last whole record, durable on return. False: the system refused.
bool cut_off(const TornTail& tail);

}  // namespace swarmq::storage
