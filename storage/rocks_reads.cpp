// One way to read rows, whichever moment they are of.
#include "rocks_reads.h"

#include "format.h"
#include "rocks_slice.h"
#include "row_merge.h"

#include <memory>
#include <utility>

namespace swarmq::storage {
namespace {

Error read_error(const std::string& directory, const rocksdb::Status& status) {
    return Error{Code::Internal,
                 "reading from " + directory + " failed: " + status.ToString() +
                     "; `swarmqd verify` shows what can be read, `swarmqd repair` keeps it",
                 0, is_damage(status)};
}

rocksdb::ReadOptions options_of(const RocksSource& source) {
    rocksdb::ReadOptions options;
    options.snapshot = source.snapshot;
    return options;
}

}  // namespace

bool is_damage(const rocksdb::Status& status) {
    return status.IsCorruption() || status.IsPathNotFound();
}

Result<std::optional<std::string>> read_row(const RocksSource& source, Table table,
                                            std::string_view key) {
    if (const RowWindow::Row* row = find_row(source.windows, table, key)) return *row;
    std::string value;
    const rocksdb::Status read =
        source.db.Get(options_of(source), source.table(table), slice(key), &value);
    if (read.IsNotFound()) return std::optional<std::string>{};
    if (!read.ok()) return read_error(source.directory, read);
    return std::optional<std::string>{std::move(value)};
}

Result<std::vector<std::optional<std::string>>> read_rows(const RocksSource& source, Table table,
                                                          std::span<const std::string> keys,
                                                          const FindAbove& find_above) {
    std::vector<std::optional<std::string>> rows(keys.size());
    std::vector<std::size_t> below;  // Places of the keys to be read from the tables.
    std::vector<rocksdb::Slice> slices;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (find_above(keys[i], rows[i])) continue;
        below.push_back(i);
        slices.emplace_back(keys[i]);
    }
    if (below.empty()) return rows;
    std::vector<rocksdb::PinnableSlice> values(below.size());
    std::vector<rocksdb::Status> statuses(below.size());
    source.db.MultiGet(options_of(source), source.table(table), slices.size(), slices.data(),
                       values.data(), statuses.data());
    for (std::size_t i = 0; i < below.size(); ++i) {
        if (statuses[i].ok())
            rows[below[i]] = values[i].ToString();
        else if (!statuses[i].IsNotFound())
            return read_error(source.directory, statuses[i]);
    }
    return rows;
}

Result<> scan_rows(const RocksSource& source, Table table, std::string_view from,
                   std::string_view to, const Store::RowVisitor& row) {
    const rocksdb::Slice lower = slice(from);
    const rocksdb::Slice upper = slice(to);
    rocksdb::ReadOptions options = options_of(source);
    options.iterate_lower_bound = &lower;
    options.iterate_upper_bound = &upper;
    options.fill_cache = false;
    if (from >= to) return {};
    WindowCursor above{source.windows, table, from, to};
    const std::unique_ptr<rocksdb::Iterator> at{
        source.db.NewIterator(options, source.table(table))};
    at->Seek(lower);
    while (at->Valid() || (at->status().ok() && !above.at_end())) {
        const bool is_above = !above.at_end() && (!at->Valid() || above.key() <= view(at->key()));
        const bool is_same = is_above && at->Valid() && above.key() == view(at->key());
        if (is_above && above.row() && !row(above.key(), *above.row())) return {};
        if (!is_above && !row(view(at->key()), view(at->value()))) return {};
        if (is_same || !is_above) at->Next();
        if (is_above) above.next();
    }
    if (!at->status().ok()) return read_error(source.directory, at->status());
    return {};
}

Result<Position> read_position(const RocksSource& source, std::string_view position_row) {
    const auto row = read_row(source, Table::Main, position_row);
    if (!row) return row.error();
    if (!*row) return Position{};
    const auto position = decode_position(**row);
    if (position) return *position;
    return damage("the position row in " + source.directory + " has " +
                  std::to_string((*row)->size()) + " bytes, expected 16");
}

}  // namespace swarmq::storage
