// Reads a store's log back, and judges where it ends: after the last whole frame, or in damage.
#pragma once

#include "model/error.h"
#include "rocks_log.h"
#include "store.h"

#include <rocksdb/file_system.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace swarmq::storage {

enum class LogTrust : std::uint8_t {
    // Each batch was synced before the next: only the last frame can be torn, and whatever follows
    // a torn one
    // means that it was damaged.
    EachSynced,
    // The log counts up to the first frame that is not whole; a power cut may have torn any behind
    // it.
    SyncedLate,
    // As SyncedLate, also where it is damaged.
    Salvage,
};

struct LogContent {
    Position last;                       // Of the last batch, or `after` where none follows it.
    ClosedLogFiles files;                // That count.
    std::vector<std::string> ruled_out;  // Names of files that do not, and must go before the log goes on.
    std::uint64_t torn_bytes = 0;        // Of an unfinished write at the end.
};

// Calls `visit` for each batch after `after`, in order, until it answers false or an error. Errors: damage,
// UnsupportedVersion, and NotFound when the log begins after the batch that follows `after`.
using LogVisitor = std::function<Result<bool>(Position, std::string_view batch)>;
Result<LogContent> read_log(rocksdb::FileSystem& files, const std::string& directory,
                            Position after, LogTrust trust, const LogVisitor& visit);

}  // namespace swarmq::storage
