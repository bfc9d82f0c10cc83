// The RocksDB options of the store.
#include "rocks_options.h"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

namespace swarmq::storage {
namespace {

constexpr std::size_t kMiB = 1u << 20;
constexpr int kCacheShardBits = 2;  // Few threads read.

rocksdb::ColumnFamilyOptions main_options(const std::shared_ptr<rocksdb::Cache>& cache) {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    // The package's CRC32C is the slow one, in software; this one is not.
    table.checksum = rocksdb::kXXH3;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    // Indexes and filters grow with the backlog: in the cache they are bounded with it, and in
    // parts, because a block that is larger than its share of the cache would be read anew for each
    // row.
    table.cache_index_and_filter_blocks = true;
    table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
    table.partition_filters = true;
    table.pin_l0_filter_and_index_blocks_in_cache = true;

    rocksdb::ColumnFamilyOptions options;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    options.write_buffer_size = kMiB;  // Nothing is written through it.
    options.compression = rocksdb::kLZ4Compression;
    options.level_compaction_dynamic_level_bytes = true;
    return options;
}

rocksdb::ColumnFamilyOptions large_options(const std::shared_ptr<rocksdb::Cache>& cache) {
    rocksdb::ColumnFamilyOptions options = main_options(cache);
    options.enable_blob_files = true;
    options.min_blob_size = 16 * 1024;
    options.blob_compression_type = rocksdb::kLZ4Compression;
    options.enable_blob_garbage_collection = true;
    return options;
}

}  // namespace

rocksdb::DBOptions db_options(const RocksStoreOptions& store, rocksdb::Env* env) {
    rocksdb::DBOptions options;
    options.env = env;
    options.create_if_missing = store.access == Access::ReadWrite;
    options.create_missing_column_families = store.access == Access::ReadWrite;

    options.paranoid_checks = store.access != Access::Salvage;
    options.max_bgerror_resume_count = 0;
    options.max_open_files = -1;
    options.max_manifest_file_size = 64 * kMiB;
    options.bytes_per_sync = kMiB;
    options.compaction_readahead_size = 2 * kMiB;
    options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
    options.keep_log_file_num = 4;
    options.max_log_file_size = 8 * kMiB;
    options.stats_dump_period_sec = 0;
    return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> column_families(const RocksStoreOptions& options) {
    const auto cache = rocksdb::NewLRUCache(options.cache_bytes, kCacheShardBits);
    std::vector<rocksdb::ColumnFamilyDescriptor> families{
        {rocksdb::kDefaultColumnFamilyName, main_options(cache)}, {"large", large_options(cache)}};
    for (auto& family : families)
        family.options.disable_auto_compactions = options.compacts_when_told;
    return families;
}

}  // namespace swarmq::storage
