// A long scan by a thread of its own, while the caller works on the rows: reading a store and
// understanding its rows take about equally long. Bounded: the thread waits while a few parts are
// full.
#pragma once

#include "store.h"

#include <string_view>

namespace swarmq::storage {

// As Store::scan, but `row` is called on the caller's thread while the store reads on, so it must
// not change the store. One that answers false ends the scan a little later.
Result<> scan_in_parts(const Store& store, Table table, std::string_view from, std::string_view to,
                       const Store::RowVisitor& row);

}  // namespace swarmq::storage
