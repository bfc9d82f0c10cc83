// Rebuilds the plain values of a shard from its rows, in one forward scan that reads ahead.
#include "keys.h"
#include "records.h"
#include "records_rows.h"
#include "row_pipe.h"

namespace swarmq::storage {
namespace {

constexpr std::uint64_t kRowsPerProgress = 100'000;

}  // namespace

Result<> recover(const Store& store, ShardId shard, RecoverySink& sink,
                 const std::function<void(std::uint64_t rows)>& progress) {
    RowReader reader;
    std::uint64_t rows = 0;
    std::string unreadable;
    const KeyRange range = rows_to_recover(shard);
    auto scanned = scan_in_parts(store, Table::Main, range.first, range.last,
                                 [&](std::string_view key, std::string_view value) {
                                     const auto parsed = parse_key(key);
                                     if (!parsed || !reader.read(*parsed, value, sink)) {
                                         unreadable = describe_key(key) + " (" +
                                                      std::to_string(value.size()) + " bytes)";
                                         return false;
                                     }
                                     if (++rows % kRowsPerProgress == 0 && progress) progress(rows);
                                     return true;
                                 });
    if (!scanned.ok()) return scanned;
    if (!unreadable.empty())
        return damage("the row of " + unreadable + " cannot be understood after " +
                      std::to_string(rows) +
                      " good rows: run `swarmqd verify` to see all such rows, `swarmqd repair` to set them "
                      "aside");
    if (progress) progress(rows);
    return {};
}

}  // namespace swarmq::storage
