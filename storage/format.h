// What a store says about itself: format version, shard count, epoch, identity, and its position.
#pragma once

#include "batch.h"
#include "model/error.h"
#include "model/ids.h"
#include "store.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace swarmq::storage {

// Raised when older programs could no longer read the rows. 1: the first.
inline constexpr std::uint32_t kFormatVersion = 1;

struct Meta {
    std::uint32_t format_version = kFormatVersion;
    std::uint32_t shard_count = 1;
    Epoch epoch{};
    std::string store_id;  // 32 hexadecimal digits, drawn at creation.
    TimeMs created_ms = 0;
};

Meta make_meta(std::uint32_t shard_count, TimeMs now_ms);
void put_meta(ShardId shard, const Meta& meta, Batch& batch);
// Nothing for a new store. Internal when the row cannot be understood.
Result<std::optional<Meta>> read_meta(const Store& store, ShardId shard);
// UnsupportedVersion for a newer format; InvalidArgument for another number of shards.
Result<> check_meta(const Meta& meta, std::uint32_t shard_count);

// Big-endian incarnation and sequence.
std::string encode_position(Position position);
std::optional<Position> decode_position(std::string_view row);

// Where a shard lies in a data directory.
struct ShardPaths {
    std::string store;       // A directory of RocksDB's.
    std::string superblock;  // A file.
};
ShardPaths shard_paths(const std::string& data_dir, ShardId shard);

}  // namespace swarmq::storage
