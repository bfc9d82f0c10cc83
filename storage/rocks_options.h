// How RocksDB is set up: the one place; the reasons are in storage/README.md. Only rocks_store
// includes it.
#pragma once

#include "rocks_store.h"

#include <rocksdb/db.h>

#include <memory>
#include <vector>

namespace swarmq::storage {

rocksdb::DBOptions db_options(const RocksStoreOptions& options, rocksdb::Env* env);
// In the order of Table.
std::vector<rocksdb::ColumnFamilyDescriptor> column_families(
    const RocksStoreOptions& options);

}  // namespace swarmq::storage
