// Deduplication keys and their rows.
#include "records_dedup.h"

#include "keys.h"
#include "records_values.h"

#include <map>

namespace swarmq::storage {

void encode_dedup_keys(ShardId shard, const Changes& changes, Batch& batch) {
    std::map<std::string, const DedupRecord*> rows;
    for (const DedupName& name : changes.dedup_keys_removed)
        rows[dedup_key(shard, name.queue, name.key)] = nullptr;
    for (const DedupRecord& record : changes.dedup_keys)
        rows[dedup_key(shard, record.name.queue, record.name.key)] = &record;
    stored::StoredDeduplicationKey row;
    std::string value;
    for (const auto& [key, record] : rows) {
        if (!record) {
            batch.erase(Table::Main, key);
            continue;
        }
        fill_dedup_key(*record, row);
        value.clear();
        row.AppendToString(&value);
        batch.put(Table::Main, key, value);
    }
}

void fill_dedup_key(const DedupRecord& record, stored::StoredDeduplicationKey& row) {
    row.set_mode(raw(record.mode));
    row.set_job(raw(record.job));
    row.set_chosen_id(record.chosen_id);
    row.set_successor(raw(record.successor));
    row.set_window_ms(record.window_ms);
    row.set_until_ms(record.until_ms);
}

std::optional<DedupRecord> dedup_key_from(DedupName name,
                                          const stored::StoredDeduplicationKey& row) {
    if (row.mode() < 1 || row.mode() > raw(DedupMode::KeepLatest)) return std::nullopt;
    DedupRecord record;
    record.name = std::move(name);
    record.mode = static_cast<DedupMode>(row.mode());
    record.job = JobSeq{row.job()};
    record.chosen_id = row.chosen_id();
    record.successor = JobSeq{row.successor()};
    record.window_ms = row.window_ms();
    record.until_ms = row.until_ms();
    return record;
}

}  // namespace swarmq::storage
