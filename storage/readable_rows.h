// Reads a store of which parts cannot be read any more: what lies in a damaged block is passed
// over, and told.
#pragma once

#include "batch.h"
#include "model/error.h"
#include "store.h"

#include <string>
#include <vector>

namespace swarmq::storage {

// Rows that cannot be read.
struct Gap {
    Table table{};
    std::string after;   // The key of the last row before; empty: none is.
    std::string reason;  // In the words of the store below.
};

// Calls `row` for every row of the table that can be read, in order, until it answers false. Not
// for stores that change meanwhile.
std::vector<Gap> scan_readable(const Store& store, Table table, const Store::RowVisitor& row);

// Puts every row that can be read into `to`, which is empty, under positions of the incarnation of
// `from` that count from 1; durable on return.
Result<> copy_readable(const Store& from, Store& to);

}  // namespace swarmq::storage
