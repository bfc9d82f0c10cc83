// What a power cut leaves of RocksDB's last, unfinished write to its manifest: the file has a
// length but not the bytes that were written. RocksDB takes that for damage; it is none where
// nothing whole follows, because a manifest is synced write by write.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace swarmq::storage {

struct TornTail {
    std::string path;
    std::uint64_t whole_bytes = 0;  // Up to the end of the last whole record.
    std::uint64_t torn_bytes = 0;   // After it, to the end of the file.
};

// Reads the manifest in use. With a whole record behind the damage it is damaged, not torn:
// nothing.
std::optional<TornTail> find_torn_tail(const std::string& directory);
// Ends the file after its last whole record, durable on return. False: the system refused.
bool cut_off(const TornTail& tail);

}  // namespace swarmq::storage
