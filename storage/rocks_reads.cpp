// One way to read rows, whichever moment they are of.
#include "rocks_reads.h"

#include "bytes.h"
#include "format.h"
#include "rocks_slice.h"
#include "row_merge.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace swarmq::storage {
namespace {

// A scan that has come so far is a long one, and reads much at a time from then on.
constexpr std::size_t kRowsBeforeReadahead = 1'000;
constexpr std::size_t kReadaheadBytes = 1u << 20;
// So many sorted keys are walked along rather than looked up.
constexpr std::size_t kWalkedFrom = 16;

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

namespace {

// Whether the key may stand a few rows behind the last one: their numbers, which end them, are
// close to each other.
bool is_near(std::string_view last, std::string_view key) {
    constexpr std::uint64_t kNear = 8;
    constexpr std::size_t kNumberBytes = sizeof(std::uint64_t);
    if (last.size() != key.size() || key.size() < kNumberBytes) return false;
    const std::size_t before = key.size() - kNumberBytes;
    if (last.substr(0, before) != key.substr(0, before)) return false;
    return load_be<std::uint64_t>(key.substr(before)) -
               load_be<std::uint64_t>(last.substr(before)) <=
           kNear;
}

// Rows that lie beside each other, met in one go. False: they lie too far apart, or behind too many
// that are erased; what is in `rows` then is right, and not all.
bool walk_rows(const RocksSource& source, Table table, std::span<const std::string> keys,
               std::span<const std::size_t> wanted, std::vector<std::optional<std::string>>& rows) {
    rocksdb::ReadOptions options = options_of(source);
    options.max_skippable_internal_keys = 1'000;
    const std::unique_ptr<rocksdb::Iterator> at{
        source.db.NewIterator(options, source.table(table))};
    std::string_view last;
    for (const std::size_t i : wanted) {
        if (!at->Valid() || !is_near(last, keys[i])) at->Seek(keys[i]);
        while (at->Valid() && view(at->key()) < keys[i]) at->Next();
        if (!at->status().ok()) return false;
        if (at->Valid() && view(at->key()) == keys[i]) rows[i] = at->value().ToString();
        last = keys[i];
    }
    return true;
}

}  // namespace

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
    const bool are_many = below.size() >= kWalkedFrom && table == Table::Main &&
                          std::is_sorted(keys.begin(), keys.end());
    if (are_many && walk_rows(source, table, keys, below, rows)) return rows;
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
    std::unique_ptr<rocksdb::Iterator> at{source.db.NewIterator(options, source.table(table))};
    at->Seek(lower);
    std::size_t rows = 0;
    while (at->Valid() || (at->status().ok() && !above.at_end())) {
        const bool is_above = !above.at_end() && (!at->Valid() || above.key() <= view(at->key()));
        const bool is_same = is_above && at->Valid() && above.key() == view(at->key());
        if (is_above && above.row() && !row(above.key(), *above.row())) return {};
        if (!is_above && !row(view(at->key()), view(at->value()))) return {};
        if (is_same || !is_above) at->Next();
        if (++rows == kRowsBeforeReadahead && at->Valid()) {
            const std::string next = at->key().ToString();
            options.readahead_size = kReadaheadBytes;
            at.reset(source.db.NewIterator(options, source.table(table)));
            at->Seek(next);
        }
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
