// Opens the store over another RocksDB environment, for tests that inject faults. No part of the
// program includes it.
#pragma once

#include "rocks_store.h"

namespace rocksdb {
class Env;
}

namespace swarmq::storage {

// `env` outlives the store.
Result<std::unique_ptr<RocksStore>> open_rocks_store(const RocksStoreOptions& options,
                                                     rocksdb::Env* env);

}  // namespace swarmq::storage
