// Reads logs and checkpoints back.
#include "keys.h"
#include "records.h"
#include "records_values.h"

#include <algorithm>

namespace swarmq::storage {

Result<std::vector<LogRecord>> read_log(const Store& store, ShardId shard, JobSeq seq,
                                        std::uint64_t after, std::size_t limit) {
    const KeyRange range = log_of_job(shard, seq);
    std::vector<LogRecord> lines;
    std::string bad_key;
    stored::StoredLogLine row;
    auto scanned = store.scan(Table::Main, range.first, range.last,
                              [&](std::string_view key, std::string_view value) {
                                  if (!parse(row, value)) {
                                      bad_key = key;
                                      return false;
                                  }
                                  if (row.number() > after) lines.push_back(log_line_from(seq, row));
                                  return true;
                              });
    if (!scanned.ok()) return scanned.error();
    if (!bad_key.empty()) return unreadable(bad_key);
    std::sort(lines.begin(), lines.end(),
              [](const LogRecord& a, const LogRecord& b) { return a.number < b.number; });
    if (lines.size() > limit) lines.resize(limit);
    return lines;
}

Result<std::vector<std::shared_ptr<const std::string>>> read_checkpoints(
    const Store& store, ShardId shard, std::span<const JobKey> keys) {
    std::vector<std::shared_ptr<const std::string>> found(keys.size());
    for (const Table table : {Table::Main, Table::Large}) {
        const bool is_large = table == Table::Large;
        std::vector<std::string> wanted;
        std::vector<std::size_t> places;
        for (std::size_t i = 0; i < keys.size(); ++i) {
            const bool lies_here = ((keys[i].rows & kLargeCheckpointRow) != 0) == is_large;
            if (!lies_here || (keys[i].rows & (kCheckpointRow | kLargeCheckpointRow)) == 0) continue;
            wanted.push_back(checkpoint_key(shard, keys[i].seq).str());
            places.push_back(i);
        }
        if (wanted.empty()) continue;
        auto rows = store.get_many(table, wanted);
        if (!rows.ok()) return rows.error();
        for (std::size_t i = 0; i < places.size(); ++i)
            if ((*rows)[i])
                found[places[i]] = std::make_shared<const std::string>(*std::move((*rows)[i]));
    }
    return found;
}

}  // namespace swarmq::storage
