// Reads, checks and writes the rows that describe a store.
#include "format.h"

#include "bytes.h"
#include "keys.h"
#include "records_values.h"

#include <random>

namespace swarmq::storage {

Meta make_meta(std::uint32_t shard_count, TimeMs now_ms) {
    static constexpr char kDigits[] = "0123456789abcdef";
    constexpr int kIdDigits = 32;
    std::random_device random;
    Meta meta;
    for (int i = 0; i < kIdDigits; ++i) meta.store_id += kDigits[random() & 0xf];
    meta.shard_count = shard_count;
    meta.created_ms = now_ms;
    return meta;
}

void put_meta(ShardId shard, const Meta& meta, Batch& batch) {
    stored::StoredMeta row;
    row.set_format_version(meta.format_version);
    row.set_shard_count(meta.shard_count);
    row.set_epoch(raw(meta.epoch));
    row.set_store_id(meta.store_id);
    row.set_created_ms(meta.created_ms);
    batch.put(Table::Main, meta_key(shard), row.SerializeAsString());
}

Result<std::optional<Meta>> read_meta(const Store& store, ShardId shard) {
    auto value = store.get(Table::Main, meta_key(shard));
    if (!value.ok()) return value.error();
    if (!*value) return std::optional<Meta>{};
    stored::StoredMeta row;
    if (!parse(row, **value) || row.epoch() > 0xffff'ffff)
        return damage("the meta row (" + std::to_string((*value)->size()) +
                      " bytes) cannot be understood: is this a swarmq store?");
    Meta meta;
    meta.format_version = row.format_version();
    meta.shard_count = row.shard_count();
    meta.epoch = Epoch{static_cast<std::uint32_t>(row.epoch())};
    meta.store_id = row.store_id();
    meta.created_ms = row.created_ms();
    return std::optional<Meta>{std::move(meta)};
}

Result<> check_meta(const Meta& meta, std::uint32_t shard_count) {
    if (meta.format_version > kFormatVersion || meta.format_version == 0)
        return Error{Code::UnsupportedVersion,
                     "the store has format " + std::to_string(meta.format_version) +
                         ", this program reads up to format " + std::to_string(kFormatVersion) +
                         ": run the swarmqd that wrote it, or a newer one"};
    if (meta.shard_count != shard_count)
        return Error{Code::InvalidArgument,
                     "the store was made with " + std::to_string(meta.shard_count) +
                         " shards and is opened with " + std::to_string(shard_count) +
                         ": the number changes only by export and import"};
    return {};
}

std::string encode_position(Position position) {
    std::string row;
    append_be(position.incarnation, row);
    append_be(position.sequence, row);
    return row;
}

std::optional<Position> decode_position(std::string_view row) {
    ByteReader reader{row};
    Position position;
    if (!reader.read_be(position.incarnation) || !reader.read_be(position.sequence) ||
        !reader.at_end())
        return std::nullopt;
    return position;
}

ShardPaths shard_paths(const std::string& data_dir, ShardId shard) {
    const std::string stem = data_dir + "/shard-" + std::to_string(raw(shard));
    return {stem, stem + ".superblock"};
}

}  // namespace swarmq::storage
