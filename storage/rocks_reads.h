// Reads of a database, as it is now or as a snapshot has it. Only rocks_store and rocks_snapshot
// include it.
#pragma once

#include "row_layers.h"
#include "store.h"

#include <rocksdb/db.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace swarmq::storage {

// Where to read; all of it outlives the reading.
struct RocksSource {
    rocksdb::DB& db;
    const std::vector<rocksdb::ColumnFamilyHandle*>& tables;  // In the order of Table.
    const std::string& directory;                             // For people.
    const rocksdb::Snapshot* snapshot = nullptr;
    Windows windows = {};  // Above the tables.

    rocksdb::ColumnFamilyHandle* table(Table which) const {
        return tables[static_cast<std::size_t>(which)];
    }
};

// Bytes that are wrong, or a file that is missing; not a disk or a right that refuses.
bool is_damage(const rocksdb::Status& status);

Result<std::optional<std::string>> read_row(const RocksSource& source, Table table,
                                            std::string_view key);
// Whether windows have word of the key, and the row then.
using FindAbove = std::function<bool(std::string_view key, RowWindow::Row& row)>;
Result<std::vector<std::optional<std::string>>> read_rows(const RocksSource& source, Table table,
                                                          std::span<const std::string> keys,
                                                          const FindAbove& find_above);
Result<> scan_rows(const RocksSource& source, Table table, std::string_view from,
                   std::string_view to, const Store::RowVisitor& row);
// {0, 0} where there is no position row; damage where it cannot be understood.
Result<Position> read_position(const RocksSource& source, std::string_view position_row);

}  // namespace swarmq::storage
