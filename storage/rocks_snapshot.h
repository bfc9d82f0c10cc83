// A database as it was at one moment, for those who read for long. Only rocks_store includes it.
#pragma once

#include "rocks_reads.h"

#include <memory>
#include <string>

namespace swarmq::storage {

// The database of `now` outlives it.
class RocksSnapshot : public Store {
  public:
    static Result<std::unique_ptr<Store>> take(RocksSource source, const std::string& position_row);
    ~RocksSnapshot() override;

    Result<> apply(const Batch& batch, Position position, Sync sync) override;
    bool may_wait(const Batch&) const override { return false; }
    Result<> sync() override { return {}; }
    Result<> rest() override { return {}; }
    Position applied() const override { return position_; }
    Result<std::optional<std::string>> get(Table table, std::string_view key) const override;
    Result<std::vector<std::optional<std::string>>> get_many(
        Table table, std::span<const std::string> keys) const override;
    Result<> scan(Table table, std::string_view from, std::string_view to,
                  const RowVisitor& row) const override;
    Result<> changes_since(Position after, const BatchVisitor& visit) const override;
    std::uint64_t log_number() const override { return 0; }
    Result<std::unique_ptr<Store>> snapshot() const override;
    Result<> copy_to(const std::string& directory, const CopyWatch& watch) const override;

  private:
    explicit RocksSnapshot(RocksSource source) : source_(std::move(source)) {}

    const RocksSource source_;
    Position position_;
};

}  // namespace swarmq::storage
