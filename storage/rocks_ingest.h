// Full windows become table files of RocksDB's. Only rocks_store includes it.
#pragma once

#include "row_window.h"

#include <rocksdb/db.h>

#include <span>
#include <string>

namespace swarmq::storage {

// All tables of the database take the window's rows at once, durable on return, past its memtables
// and its own log.
rocksdb::Status ingest(rocksdb::DB& db, std::span<rocksdb::ColumnFamilyHandle* const> tables,
                       const std::string& directory, const RowWindow& window);

}  // namespace swarmq::storage
