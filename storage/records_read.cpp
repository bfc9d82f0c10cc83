// Reads what the store knows of single jobs.
#include "keys.h"
#include "records.h"
#include "records_values.h"

#include <algorithm>

namespace swarmq::storage {
namespace {

using Rows = std::vector<std::optional<std::string>>;

// Rows of one table at the keys that were asked for, for some of the jobs.
class Lookup {
  public:
    explicit Lookup(Table table) : table_(table) {}

    void add(std::size_t job, const Key& key) {
        jobs_.push_back(job);
        keys_.push_back(key.str());
    }

    // Calls `row(job, key, value)` for each; a key with no row is passed over.
    template <class RowVisitor>
    Result<> run(const Store& store, RowVisitor row) const {
        if (keys_.empty()) return {};
        auto rows = store.get_many(table_, keys_);
        if (!rows.ok()) return rows.error();
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            auto& value = (*rows)[i];
            if (value && !row(jobs_[i], *std::move(value))) return unreadable(keys_[i]);
        }
        return {};
    }

  private:
    const Table table_;
    std::vector<std::size_t> jobs_;
    std::vector<std::string> keys_;
};

// A large payload that was not found: fine when the job was removed between the two reads.
Result<> check_removed(const Store& store, std::string_view job_row) {
    auto row = store.get(Table::Main, job_row);
    if (!row.ok()) return row.error();
    if (*row) return unreadable(job_row);
    return {};
}

std::shared_ptr<const std::string> shared(std::string&& bytes) {
    return std::make_shared<const std::string>(std::move(bytes));
}

// The header of a job row, and its payload where that lies in the row.
struct ReadRow {
    stored::StoredJobHeader header;
    std::shared_ptr<const std::string> payload;
};

bool read_row(std::string_view value, ReadRow& row) {
    const auto parts = split_job_row(value);
    if (!parts || !parse(row.header, parts->header)) return false;
    row.payload = row.header.payload_is_large() ? nullptr : shared(std::string{parts->payload});
    return true;
}

Result<> read_attempts(const Store& store, ShardId shard, StoredJob& job) {
    const KeyRange range = attempts_of_job(shard, job.record.seq);
    std::string bad_key;
    stored::StoredAttempt row;
    auto scanned = store.scan(
        Table::Main, range.first, range.last, [&](std::string_view key, std::string_view value) {
            auto attempt = parse(row, value) ? attempt_from(job.record.seq, row) : std::nullopt;
            if (!attempt) {
                bad_key = key;
                return false;
            }
            job.attempts.push_back(*std::move(attempt));
            return true;
        });
    if (!scanned.ok()) return scanned;
    if (!bad_key.empty()) return unreadable(bad_key);
    std::sort(job.attempts.begin(), job.attempts.end(),
              [](const AttemptRecord& a, const AttemptRecord& b) { return a.index < b.index; });
    return {};
}

using StoredJobs = std::vector<std::optional<StoredJob>>;

Result<> read_job_rows(const Store& store, ShardId shard, std::span<const JobKey> keys,
                       bool with_payload, StoredJobs& jobs) {
    Lookup rows{Table::Main};
    Lookup large{Table::Large};
    for (std::size_t i = 0; i < keys.size(); ++i) rows.add(i, job_key(shard, keys[i].seq));
    ClassInterner classes;
    ReadRow row;
    auto read = rows.run(store, [&](std::size_t i, std::string&& value) {
        if (!read_row(value, row)) return false;
        auto job = job_from(keys[i].seq, row.header);
        if (!job || !(job->job_class = classes.intern(row.header.job_class()))) return false;
        if (with_payload && row.payload) job->payload = std::move(row.payload);
        if (with_payload && job->payload_is_large) large.add(i, job_key(shard, keys[i].seq));
        jobs[i].emplace().record = *std::move(job);
        return true;
    });
    if (!read.ok()) return read;
    read = large.run(store, [&](std::size_t i, std::string&& value) {
        jobs[i]->record.payload = shared(std::move(value));
        return true;
    });
    for (std::size_t i = 0; read.ok() && with_payload && i < keys.size(); ++i) {
        if (!jobs[i] || jobs[i]->record.payload) continue;
        read = check_removed(store, job_key(shard, keys[i].seq));
        jobs[i].reset();
    }
    return read;
}

Result<> read_outcomes(const Store& store, ShardId shard, std::span<const JobKey> keys,
                       StoredJobs& jobs) {
    Lookup rows{Table::Main};
    Lookup large{Table::Large};
    for (std::size_t i = 0; i < keys.size(); ++i)
        if (jobs[i] && (keys[i].rows & (kOutcomeRow | kLargeOutcomeRow)))
            rows.add(i, outcome_key(shard, keys[i].seq));
    stored::StoredOutcome row;
    auto read = rows.run(store, [&](std::size_t i, std::string&& value) {
        if (!parse(row, value)) return false;
        jobs[i]->outcome = outcome_from(keys[i].seq, row);
        if (row.result_is_large()) large.add(i, outcome_key(shard, keys[i].seq));
        return true;
    });
    if (!read.ok()) return read;
    return large.run(store, [&](std::size_t i, std::string&& value) {
        jobs[i]->outcome.result = shared(std::move(value));
        return true;
    });
}

Result<> read_progress(const Store& store, ShardId shard, std::span<const JobKey> keys,
                       StoredJobs& jobs) {
    Lookup rows{Table::Main};
    for (std::size_t i = 0; i < keys.size(); ++i)
        if (jobs[i] && (keys[i].rows & kProgressRow)) rows.add(i, progress_key(shard, keys[i].seq));
    return rows.run(store, [&](std::size_t i, std::string&& value) {
        jobs[i]->progress = std::move(value);
        return true;
    });
}

}  // namespace

Error unreadable(std::string_view key) {
    return Error{Code::Internal, "the row of " + describe_key(key) +
                                     " cannot be understood: `swarmqd verify` shows all such rows"};
}

Result<std::vector<std::optional<StoredJob>>> read_jobs(const Store& store, ShardId shard,
                                                        std::span<const JobKey> keys,
                                                        bool with_payload) {
    StoredJobs jobs(keys.size());
    if (auto read = read_job_rows(store, shard, keys, with_payload, jobs); !read.ok())
        return read.error();
    if (auto read = read_outcomes(store, shard, keys, jobs); !read.ok()) return read.error();
    if (auto read = read_progress(store, shard, keys, jobs); !read.ok()) return read.error();
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (!jobs[i] || !(keys[i].rows & kAttemptRows)) continue;
        if (auto read = read_attempts(store, shard, *jobs[i]); !read.ok()) return read.error();
    }
    return jobs;
}

namespace {

// Jobs without large parts are read so many at once.
constexpr std::size_t kReadTogether = 64;

std::size_t bytes_of(const StoredJob& job) {
    std::size_t bytes = 256 + job.progress.size() + job.outcome.failed_reason.size();
    if (job.record.payload) bytes += job.record.payload->size();
    if (job.outcome.result) bytes += job.outcome.result->size();
    for (const auto& [name, value] : job.record.headers) bytes += name.size() + value.size();
    for (const auto& tag : job.record.tags) bytes += tag.size();
    for (const auto& attempt : job.attempts) bytes += 64 + attempt.error.size();
    return bytes;
}

bool may_be_large(const JobKey& key, bool with_payload) {
    const unsigned payload = with_payload ? unsigned{kLargePayloadRow} : 0u;
    return (key.rows & (kLargeOutcomeRow | kAttemptRows | payload)) != 0;
}

}  // namespace

Result<std::vector<std::optional<StoredJob>>> read_jobs_within(const Store& store, ShardId shard,
                                                               std::span<const JobKey> keys,
                                                               bool with_payload,
                                                               std::size_t bytes_max) {
    StoredJobs page;
    std::size_t bytes = 0;
    while (page.size() < keys.size()) {
        const auto left = keys.subspan(page.size());
        std::size_t together = 1;
        while (together < std::min(left.size(), kReadTogether) &&
               !may_be_large(left[together - 1], with_payload) &&
               !may_be_large(left[together], with_payload))
            ++together;
        auto read = read_jobs(store, shard, left.first(together), with_payload);
        if (!read.ok()) return read.error();
        for (auto& job : *read) {
            bytes += job ? bytes_of(*job) : 0;
            if (bytes > bytes_max && !page.empty()) return page;
            page.push_back(std::move(job));
        }
    }
    return page;
}

Result<std::vector<std::optional<DeliverableJob>>> read_deliverables(const Store& store,
                                                                     ShardId shard,
                                                                     std::span<const JobSeq> seqs) {
    std::vector<std::optional<DeliverableJob>> jobs(seqs.size());
    Lookup rows{Table::Main};
    Lookup large{Table::Large};
    for (std::size_t i = 0; i < seqs.size(); ++i) rows.add(i, job_key(shard, seqs[i]));
    ReadRow row;
    auto read = rows.run(store, [&](std::size_t i, std::string&& value) {
        if (!read_row(value, row)) return false;
        DeliverableJob& job = jobs[i].emplace();
        job.payload = std::move(row.payload);
        job.created_ms = row.header.created_ms();
        for (const auto& header : row.header.headers())
            job.headers.emplace_back(header.name(), header.value());
        job.tags.assign(row.header.tags().begin(), row.header.tags().end());
        if (row.header.payload_is_large()) large.add(i, job_key(shard, seqs[i]));
        return true;
    });
    if (!read.ok()) return read.error();
    read = large.run(store, [&](std::size_t i, std::string&& value) {
        jobs[i]->payload = shared(std::move(value));
        return true;
    });
    for (std::size_t i = 0; read.ok() && i < seqs.size(); ++i) {
        if (!jobs[i] || jobs[i]->payload) continue;
        read = check_removed(store, job_key(shard, seqs[i]));
        jobs[i].reset();
    }
    if (!read.ok()) return read.error();
    return jobs;
}

}  // namespace swarmq::storage
