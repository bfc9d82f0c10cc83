// Passes RocksDB's snapshot with every read.
#include "rocks_snapshot.h"

namespace swarmq::storage {
namespace {

Error only_read() {
    return {Code::InvalidArgument, "a snapshot is only for reading rows"};
}

}  // namespace

Result<std::unique_ptr<Store>> RocksSnapshot::take(RocksSource source,
                                                   const std::string& position_row) {
    std::unique_ptr<RocksSnapshot> made{new RocksSnapshot{std::move(source)}};
    const auto position = read_position(made->source_, position_row);
    if (!position) return position.error();
    made->position_ = *position;
    return std::unique_ptr<Store>{std::move(made)};
}

RocksSnapshot::~RocksSnapshot() {
    source_.db.ReleaseSnapshot(source_.snapshot);
}

Result<> RocksSnapshot::apply(const Batch&, Position, Sync) {
    return only_read();
}

Result<std::optional<std::string>> RocksSnapshot::get(Table table, std::string_view key) const {
    return read_row(source_, table, key);
}

Result<std::vector<std::optional<std::string>>> RocksSnapshot::get_many(
    Table table, std::span<const std::string> keys) const {
    return read_rows(source_, table, keys, [&](std::string_view key, RowWindow::Row& row) {
        const RowWindow::Row* found = find_row(source_.windows, table, key);
        if (found) row = *found;
        return found != nullptr;
    });
}

Result<> RocksSnapshot::scan(Table table, std::string_view from, std::string_view to,
                             const RowVisitor& row) const {
    return scan_rows(source_, table, from, to, row);
}

Result<> RocksSnapshot::changes_since(Position, const BatchVisitor&) const {
    return only_read();
}

Result<std::unique_ptr<Store>> RocksSnapshot::snapshot() const {
    return only_read();
}

Result<> RocksSnapshot::copy_to(const std::string&, const CopyWatch&) const {
    return only_read();
}

}  // namespace swarmq::storage
