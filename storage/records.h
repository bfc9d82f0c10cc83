// Between plain values and rows: encodes the changes of a turn, reads jobs back, rebuilds at start.
// Thread rule: stateless functions; an Encoder belongs to one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "batch.h"
#include "model/changes.h"
#include "store.h"

namespace swarmq::storage {

// Makes whole records of what the changes say of stored jobs: payloads that are copied, and patches.
Result<> complete(const Store& store, ShardId shard, Changes& changes);

// Turns the changes of a turn into row operations, keys sorted. Every payload must be there: the changes are
// complete.
class Encoder {
  public:
    explicit Encoder(ShardId shard);
    ~Encoder();
    void encode(const Changes& changes, Batch& batch);

  private:
    struct Scratch;
    std::unique_ptr<Scratch> scratch_;
};

// Receives everything a shard has stored, in this order of kinds: queues, their controls, schedulers, deduplication keys, jobs
// (rising seq), statuses (rising turn; later ones of a job win), removed jobs whose children go with them, answers.
class RecoverySink {
  public:
    virtual ~RecoverySink() = default;
    virtual void recover_queue(QueueRecord&& queue) = 0;
    virtual void recover_controls(QueueControls&& controls) = 0;
    virtual void recover_scheduler(SchedulerRecord&& scheduler) = 0;
    virtual void recover_dedup_key(DedupRecord&& key) = 0;
    // Without the payload. Equal classes are one object.
    virtual void recover_job(JobRecord&& job) = 0;
    virtual void recover_status(TurnNumber turn, JobStatus&& status) = 0;
    virtual void recover_condemned(JobSeq seq) = 0;
    virtual void recover_answers(AnswersRecord&& answers) = 0;
};

// One forward scan. `progress` (may be empty) is called now and then with the number of rows read. Code
// Internal with the key and what was wrong when a row cannot be understood.
Result<> recover(const Store& store, ShardId shard, RecoverySink& sink,
                 const std::function<void(std::uint64_t rows)>& progress);

// What the store knows of one job besides its status.
struct StoredJob {
    JobRecord record;  // With payload, if asked for.
    OutcomeRecord outcome;
    std::string progress;
    std::vector<AttemptRecord> attempts;  // Oldest first.
};

struct JobKey {
    JobSeq seq{};
    RowBits rows = 0;  // JobRows, from the job's status.
};

// One answer per key, in order; nothing where no job row is stored.
Result<std::vector<std::optional<StoredJob>>> read_jobs(const Store& store, ShardId shard,
                                                        std::span<const JobKey> keys,
                                                        bool with_payload);
// The same for the first keys, as many as have no more than `bytes_max` together, and at least one. Never
// has much more than that in memory.
Result<std::vector<std::optional<StoredJob>>> read_jobs_within(const Store& store, ShardId shard,
                                                               std::span<const JobKey> keys,
                                                               bool with_payload,
                                                               std::size_t bytes_max);

// What a search looks for in the rows of jobs; what is not set lets every job pass. Times are from <= time < before.
struct RowFilter {
    std::string tag = {};
    TimeMs created_from_ms = 0;
    TimeMs created_before_ms = 0;
    std::string error_text = {};  // Part of why the job failed, ASCII letters of either case.
};
struct SearchResult {
    std::vector<std::size_t> passed;  // Indexes of keys, rising, no more than `passed_max`.
    std::size_t looked_at = 0;        // Keys, from the first.
};
Result<SearchResult> search_jobs(const Store& store, ShardId shard, std::span<const JobKey> keys,
                                 const RowFilter& filter, std::size_t passed_max);

// The lines of a job's log with numbers above `after`, the first `limit` of them.
Result<std::vector<LogRecord>> read_log(const Store& store, ShardId shard, JobSeq seq,
                                        std::uint64_t after, std::size_t limit);

// The checkpoints of jobs whose rows say that they have one; null where none is stored. In order.
Result<std::vector<std::shared_ptr<const std::string>>> read_checkpoints(
    const Store& store, ShardId shard, std::span<const JobKey> keys);

// How children of a job ended, from index `from` on: the first `limit`, or as many as have no more than `bytes_max`
// together, and at least one.
struct ChildPage {
    std::vector<ChildRecord> children;  // Rising index.
    bool has_more = false;
};
Result<ChildPage> read_children(const Store& store, ShardId shard, JobSeq parent, std::uint32_t from,
                                std::size_t limit, std::size_t bytes_max);

// What a delivery needs of a job that is not in memory. In order; nothing where no row is stored.
struct DeliverableJob {
    std::shared_ptr<const std::string> payload;
    Headers headers;
    std::vector<std::string> tags;
    TimeMs created_ms = 0;
    std::shared_ptr<const std::string> checkpoint = nullptr;  // Not read with the others.
};
Result<std::vector<std::optional<DeliverableJob>>> read_deliverables(const Store& store, ShardId shard,
                                                                    std::span<const JobSeq> seqs);

}  // namespace swarmq::storage
