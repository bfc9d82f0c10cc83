// The rows of a stopped daemon, moved from its log into RocksDB's table files.
#pragma once

#include "rocks_store.h"
#include "support/temporary_directory.h"

#include <filesystem>
#include <stdexcept>
#include <string>

namespace swarmq::test {

// Answers the newest table file of `store_directory`. A copy of the store does the moving.
inline std::string move_rows_into_tables(const std::string& store_directory) {
    const TemporaryDirectory copy;
    const auto store = storage::RocksStore::open({.directory = store_directory});
    if (!store.ok()) throw std::runtime_error(store.error().detail);
    const auto copied = (*store)->copy_to(copy.path(), [](const auto&) { return true; });
    if (!copied.ok()) throw std::runtime_error(copied.error().detail);
    std::string newest;
    for (const auto& entry : std::filesystem::directory_iterator(store_directory))
        if (entry.path().extension() == ".sst" && entry.path().string() > newest)
            newest = entry.path().string();
    return newest;
}

}  // namespace swarmq::test
