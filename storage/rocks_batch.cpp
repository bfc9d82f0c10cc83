// Fills and reads RocksDB's write batches.
#include "rocks_batch.h"

#include "format.h"

#include <memory>

namespace swarmq::storage {
namespace {

class PutCollector : public Batch::Visitor {
  public:
    PutCollector(std::set<std::pair<Table, std::string_view>>& puts, std::size_t operations)
        : puts_(puts), left_(operations) {}
    void put(Table table, std::string_view key, std::string_view) override {
        if (counts()) puts_.emplace(table, key);
    }
    void erase(Table, std::string_view) override { counts(); }
    void erase_range(Table, std::string_view, std::string_view) override { counts(); }

  private:
    bool counts() { return left_ > 0 && left_-- > 0; }

    std::set<std::pair<Table, std::string_view>>& puts_;
    std::size_t left_;
};

}  // namespace

void WriteBatchFiller::put(Table table, std::string_view key, std::string_view value) {
    ++operations_;
    if (remembers_puts_) puts_.emplace(table, key);
    note(target_.Put(handle(table), slice(key), slice(value)));
}

void WriteBatchFiller::erase(Table table, std::string_view key) {
    ++operations_;
    note(target_.Delete(handle(table), slice(key)));
}

void WriteBatchFiller::erase_range(Table table, std::string_view from, std::string_view to) {
    remember_puts_so_far();
    ++operations_;
    if (from >= to) return;
    const rocksdb::Slice upper = slice(to);
    rocksdb::ReadOptions read;
    read.iterate_upper_bound = &upper;
    read.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> row{db_.NewIterator(read, handle(table))};
    for (row->Seek(slice(from)); row->Valid(); row->Next())
        note(target_.Delete(handle(table), row->key()));
    note(row->status());
    for (auto at = puts_.lower_bound({table, from});
         at != puts_.end() && at->first == table && at->second < to; ++at)
        note(target_.Delete(handle(table), slice(at->second)));
}

void WriteBatchFiller::remember_puts_so_far() {
    if (remembers_puts_) return;
    remembers_puts_ = true;
    PutCollector collector{puts_, operations_};
    source_.visit(collector);
}

rocksdb::Status WriteBatchReader::PutCF(std::uint32_t id, const rocksdb::Slice& key,
                                        const rocksdb::Slice& value) {
    if (table(id) == Table::Main && view(key) == position_key_) {
        const auto position = decode_position(view(value));
        if (!position) return rocksdb::Status::Corruption("position row");
        position_ = *position;
    } else {
        batch_.put(table(id), view(key), view(value));
    }
    return rocksdb::Status::OK();
}

rocksdb::Status WriteBatchReader::DeleteCF(std::uint32_t id, const rocksdb::Slice& key) {
    batch_.erase(table(id), view(key));
    return rocksdb::Status::OK();
}

}  // namespace swarmq::storage
