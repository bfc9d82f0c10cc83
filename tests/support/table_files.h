// The rows of a stopped daemon, moved from its log into RocksDB's table files.
#pragma once

#include "rocks_store.h"
#include "support/temporary_directory.h"

#include <filesystem>
#include <stdexcept>
#include <string>

namespace swarmq::test {

// Answers the largest table file of `store_directory`. A copy of the store does the moving.
inline std::string move_rows_into_tables(const std::string& store_directory) {
    const TemporaryDirectory copy;
    const auto store = storage::RocksStore::open({.directory = store_directory});
    if (!store.ok()) throw std::runtime_error(store.error().detail);
    const auto copied = (*store)->copy_to(copy.path(), [](const auto&) { return true; });
    if (!copied.ok()) throw std::runtime_error(copied.error().detail);
    std::string largest;
    for (const auto& entry : std::filesystem::directory_iterator(store_directory))
        if (entry.path().extension() == ".sst" &&
            (largest.empty() || entry.file_size() > std::filesystem::file_size(largest)))
            largest = entry.path().string();
    return largest;
}

}  // namespace swarmq::test
