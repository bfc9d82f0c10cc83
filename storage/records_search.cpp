// Looks through the rows of jobs for what memory does not know of them.
#include "records.h"

#include <algorithm>

namespace swarmq::storage {
namespace {

constexpr std::size_t kReadTogether = 64;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool has_text(const std::string& text, const std::string& part) {
    const auto is_same = [](char a, char b) { return lower(a) == lower(b); };
    return std::search(text.begin(), text.end(), part.begin(), part.end(), is_same) != text.end();
}

bool passes(const StoredJob& job, const RowFilter& filter) {
    const JobRecord& record = job.record;
    if (record.created_ms < filter.created_from_ms) return false;
    if (filter.created_before_ms != 0 && record.created_ms >= filter.created_before_ms)
        return false;
    if (!filter.tag.empty() &&
        std::find(record.tags.begin(), record.tags.end(), filter.tag) == record.tags.end())
        return false;
    return filter.error_text.empty() || has_text(job.outcome.failed_reason, filter.error_text);
}

}  // namespace

Result<SearchResult> search_jobs(const Store& store, ShardId shard, std::span<const JobKey> keys,
                                 const RowFilter& filter, std::size_t passed_max) {
    // Attempts, progress and results are not looked at.
    const unsigned rows_read = filter.error_text.empty() ? 0u : unsigned{kOutcomeRow};
    SearchResult found;
    std::vector<JobKey> together;
    while (found.looked_at < keys.size() && found.passed.size() < passed_max) {
        const auto next =
            keys.subspan(found.looked_at, std::min(kReadTogether, keys.size() - found.looked_at));
        together.clear();
        for (const JobKey& key : next)
            together.push_back({key.seq, static_cast<RowBits>(key.rows & rows_read)});
        const auto read = read_jobs(store, shard, together, false);
        if (!read) return read.error();
        for (std::size_t i = 0; i < read->size() && found.passed.size() < passed_max; ++i) {
            const auto& job = (*read)[i];
            if (job && passes(*job, filter)) found.passed.push_back(found.looked_at);
            ++found.looked_at;
        }
    }
    return found;
}

}  // namespace swarmq::storage
