// RocksDB's tables, opened. Only rocks_store includes it.
#pragma once

#include "rocks_reads.h"
#include "rocks_store.h"
#include "row_window.h"

#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace swarmq::storage {

// What a database that cannot be opened, or cannot take in what its log holds, says to people.
Error open_error(const RocksStoreOptions& options, const rocksdb::Status& status);

// Thread-safe, but for open().
class RocksTables {
  public:
    RocksTables() = default;
    RocksTables(const RocksTables&) = delete;
    ~RocksTables();

    // Call once. What looks like damage of the manifest may be the write during which the power went, which is cut
    // off.
    Result<> open(const RocksStoreOptions& options, rocksdb::Env* env);

    rocksdb::DB& db() const { return *db_; }
    RocksSource source() const { return {*db_, handles_, directory_}; }
    std::uint64_t torn_bytes() const { return torn_bytes_; }  // Cut off by open().

    // All tables take the window's rows at once, durable on return.
    rocksdb::Status take_in(const RowWindow& window);
    // Once; nothing happens where they run already.
    rocksdb::Status start_compactions();
    // The most files that a table has in its first level.
    unsigned long first_level_files() const;
    bool has_background_error() const;
    // By name.
    std::vector<std::pair<std::string, std::uint64_t>> statistics() const;

    // A database that failed is stopped and never closed: 7.8 may abort the process when it is closed after a failed
    // write. The process ends soon; until then the directory stays locked.
    void abandon();

  private:
    rocksdb::Status open_db(const RocksStoreOptions& options, rocksdb::Env* env);

    std::string directory_;
    std::unique_ptr<rocksdb::DB> db_;
    std::vector<rocksdb::ColumnFamilyHandle*> handles_;  // In the order of Table.
    std::uint64_t torn_bytes_ = 0;
    std::atomic<bool> compacts_ = false;
};

}  // namespace swarmq::storage
