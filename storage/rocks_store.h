// The store on RocksDB: one database per shard, two column families, and above them a log of our
// own and what it holds in memory. Fail-stop: after the first failed write or sync every later one
// answers Unknown, and only a restart decides what was kept.
#pragma once

#include "model/ids.h"
#include "store.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace swarmq::storage {

enum class Access : std::uint8_t {
    ReadWrite,  // Creates what is missing.
    ReadOnly,   // Changes nothing on disk; takes no lock.
    Salvage,    // As ReadWrite, but opens a damaged log up to the damage. For repair.
};

struct RocksStoreOptions {
    std::string directory = {};
    ShardId shard{};
    Access access = Access::ReadWrite;
    // Writes were not synced one by one: a power cut may have torn any of the last ones, over
    // several log files, and the log counts up to the first that is not whole.
    bool log_syncs_late = false;
    // No compaction before start_compactions(): what is done first has the processor for itself.
    bool compacts_when_told = false;
    std::size_t cache_bytes = 128u << 20;
    // What is in memory is written into tables at so many bytes, or when its log has twice as
    // many.
    std::size_t window_bytes = 128u << 20;
};

class RocksStore : public Store {
  public:
    // Errors: Unavailable when another process has it open, Internal with RocksDB's own words
    // otherwise.
    static Result<std::unique_ptr<RocksStore>> open(const RocksStoreOptions& options);
    // A store that has failed keeps its directory locked until the process ends.
    ~RocksStore() override;

    Result<> apply(const Batch& batch, Position position, Sync sync) override;
    bool may_wait(const Batch& batch) const override;
    Result<> sync() override;
    Result<> rest() override;
    Position applied() const override;
    Result<std::optional<std::string>> get(Table table, std::string_view key) const override;
    Result<std::vector<std::optional<std::string>>> get_many(
        Table table, std::span<const std::string> keys) const override;
    Result<> scan(Table table, std::string_view from, std::string_view to,
                  const RowVisitor& row) const override;
    Result<> changes_since(Position after, const BatchVisitor& visit) const override;
    std::uint64_t log_number() const override;
    Result<std::unique_ptr<Store>> snapshot() const override;
    Result<> copy_to(const std::string& directory, const CopyWatch& watch) const override;

    // See RocksStoreOptions::compacts_when_told; nothing happens otherwise.
    Result<> start_compactions();

    // Our own counters and RocksDB's, as name and value: "window_bytes", "live_data_bytes", ...
    std::vector<std::pair<std::string, std::uint64_t>> statistics() const;

    struct Impl;
    explicit RocksStore(std::unique_ptr<Impl> impl);

  private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace swarmq::storage
