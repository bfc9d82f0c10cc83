// RocksDB's log files, written ahead with zeros: a write then changes neither the length nor the extents
// of its file, and a sync has only the data to wait for, not the file system's journal.
#pragma once

#include <memory>

namespace rocksdb {
class Env;
}

namespace swarmq::storage {

// An environment that is `env` but for its log files (*.log), which it makes longer than what is in them
// by at most kLogAheadBytesMax of zeros. A closed log has its true length; after a crash the zeros stay,
// and RocksDB reads them as the end. `env` outlives it. Thread rule: as `env`; a file belongs to one thread,
// but for its syncs.
std::unique_ptr<rocksdb::Env> make_log_ahead_env(rocksdb::Env* env);

inline constexpr unsigned kLogAheadBytesMax = 4u << 20;

}  // namespace swarmq::storage
