// Between our batches and RocksDB's. Only rocks_store includes it.
#pragma once

#include "batch.h"
#include "store.h"

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <set>
#include <span>
#include <string_view>
#include <utility>

namespace swarmq::storage {

inline rocksdb::Slice slice(std::string_view bytes) {
    return {bytes.data(), bytes.size()};
}
inline std::string_view view(const rocksdb::Slice& bytes) {
    return {bytes.data(), bytes.size()};
}

// Fills a WriteBatch. Ranges become the keys that are there, never DeleteRange: RocksDB 7.8 uses an
// insert hint of the rows for the range tombstones too, which are another list, and breaks both;
// and range tombstones slow every read.
class WriteBatchFiller : public Batch::Visitor {
  public:
    WriteBatchFiller(rocksdb::DB& db, std::span<rocksdb::ColumnFamilyHandle* const> tables,
                     const Batch& source, rocksdb::WriteBatch& target)
        : db_(db), tables_(tables), source_(source), target_(target) {}

    void put(Table table, std::string_view key, std::string_view value) override;
    void erase(Table table, std::string_view key) override;
    void erase_range(Table table, std::string_view from, std::string_view to) override;

    const rocksdb::Status& status() const { return status_; }

  private:
    rocksdb::ColumnFamilyHandle* handle(Table table) const {
        return tables_[static_cast<std::size_t>(table)];
    }
    void note(const rocksdb::Status& status) {
        if (status_.ok()) status_ = status;
    }
    void remember_puts_so_far();

    rocksdb::DB& db_;
    std::span<rocksdb::ColumnFamilyHandle* const> tables_;
    const Batch& source_;
    rocksdb::WriteBatch& target_;
    rocksdb::Status status_;
    std::size_t operations_ = 0;
    bool remembers_puts_ = false;  // From the first range on.
    std::set<std::pair<Table, std::string_view>> puts_;
};

// Takes a WriteBatch of ours apart; the position row is no operation but the batch's position.
class WriteBatchReader : public rocksdb::WriteBatch::Handler {
  public:
    WriteBatchReader(std::string_view position_key, std::uint32_t large_id)
        : position_key_(position_key), large_id_(large_id) {}

    rocksdb::Status PutCF(std::uint32_t id, const rocksdb::Slice& key,
                          const rocksdb::Slice& value) override;
    rocksdb::Status DeleteCF(std::uint32_t id, const rocksdb::Slice& key) override;
    rocksdb::Status MarkNoop(bool) override { return rocksdb::Status::OK(); }

    // {0, 0}: the batch had none.
    Position position() const { return position_; }
    const Batch& batch() const { return batch_; }

  private:
    Table table(std::uint32_t id) const { return id == large_id_ ? Table::Large : Table::Main; }

    std::string_view position_key_;
    std::uint32_t large_id_;
    Position position_;
    Batch batch_;
};

}  // namespace swarmq::storage
