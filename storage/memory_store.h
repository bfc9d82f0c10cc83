// The store in memory: for --ephemeral and for tests, which can let it crash and lose what was not
// synced. Thread rule: as Store says.
#pragma once

#include "model/ids.h"
#include "store.h"

#include <array>
#include <deque>
#include <map>
#include <shared_mutex>
#include <string>
#include <utility>

namespace swarmq::storage {

struct MemoryStoreOptions {
    ShardId shard{};
    bool can_crash = false;  // Keeps a second copy of everything, as of the last sync.
    std::size_t log_bytes_max = 1u << 20;  // How much changes_since can go back.
};

class MemoryStore : public Store {
  public:
    explicit MemoryStore(const MemoryStoreOptions& options = {});

    Result<> apply(const Batch& batch, Position position, Sync sync) override;
    bool may_wait(const Batch&) const override { return false; }
    Result<> sync() override;
    Result<> rest() override { return {}; }
    Position applied() const override;
    Result<std::optional<std::string>> get(Table table, std::string_view key) const override;
    Result<std::vector<std::optional<std::string>>> get_many(
        Table table, std::span<const std::string> keys) const override;
    Result<> scan(Table table, std::string_view from, std::string_view to,
                  const RowVisitor& row) const override;
    Result<> changes_since(Position after, const BatchVisitor& visit) const override;
    std::uint64_t log_number() const override { return 0; }
    Result<std::unique_ptr<Store>> snapshot() const override;
    Result<> copy_to(const std::string& directory, const CopyWatch& watch) const override;

    // Batches applied since the last sync; with can_crash.
    std::size_t unsynced() const;
    // A power cut: of the batches that were not synced only the first `kept` are still there. With
    // can_crash.
    void crash(std::size_t kept = 0);

  private:
    using Rows = std::map<std::string, std::string, std::less<>>;
    struct Content {
        std::array<Rows, kTableCount> tables;
        Position position;
    };
    struct Applied {
        Position position;
        Batch batch;
    };

    void apply_to(Content& content, const Applied& applied) const;
    void sync_locked();

    const MemoryStoreOptions options_;
    mutable std::shared_mutex mutex_;
    Content content_;
    Content synced_;
    std::deque<Applied> unsynced_;
    std::deque<Applied> log_;
    std::size_t log_bytes_ = 0;
};

}  // namespace swarmq::storage
