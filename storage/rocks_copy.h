// Copies a database that is in use. Only rocks_store includes it.
#pragma once

#include "store.h"

#include <rocksdb/db.h>

#include <string>

namespace swarmq::storage {

// Into `directory`, which is there and empty. Table and blob files never change once they are
// written: where the file system allows it they are shared by hard links.
Result<> copy_live_files(rocksdb::DB& db, const std::string& directory,
                         const Store::CopyWatch& watch);

}  // namespace swarmq::storage
