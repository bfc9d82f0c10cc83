// Between our views of bytes and RocksDB's. Only the rocks_ files include it.
#pragma once

#include <rocksdb/slice.h>

#include <string_view>

namespace swarmq::storage {

inline rocksdb::Slice slice(std::string_view bytes) {
    return {bytes.data(), bytes.size()};
}
inline std::string_view view(const rocksdb::Slice& bytes) {
    return {bytes.data(), bytes.size()};
}

}  // namespace swarmq::storage
