// Collects what each job's rows need, by rising seq, and writes it.
#include "records_notes.h"

#include "keys.h"
#include "records_values.h"

#include <algorithm>
#include <map>
#include <set>

namespace swarmq::storage {
namespace {

constexpr unsigned kCheckpointRows = kCheckpointRow | kLargeCheckpointRow;

// The lines of one job in this turn, or that all of them go.
struct LogOfJob {
    std::vector<const LogRecord*> lines;
    bool is_gone = false;
};

struct CheckpointOfJob {
    const CheckpointRecord* saved = nullptr;
    unsigned gone = 0;  // JobRows to erase.
};

class Notes {
  public:
    explicit Notes(const Changes& changes) {
        for (const JobRecord& job : changes.added) added_.insert(job.seq);
        for (const LogRecord& line : changes.logs) logs_[line.seq].lines.push_back(&line);
        for (const CheckpointRecord& record : changes.checkpoints)
            checkpoints_[record.seq].saved = &record;
        for (const RemovedJob& job : changes.checkpoints_dropped) drop_checkpoint(job);
        for (const RemovedJob& job : changes.removed) {
            if ((job.rows & kLogRows) != 0) drop_log(job);
            drop_checkpoint(job);
        }
    }

    void write(ShardId shard, Batch& batch) const {
        for (const auto& [seq, log] : logs_) write_log(shard, seq, log, batch);
        for (const auto& [seq, checkpoint] : checkpoints_)
            write_checkpoint(shard, seq, checkpoint, batch);
    }

  private:
    void drop_log(const RemovedJob& job) {
        logs_.erase(job.seq);
        if (added_.count(job.seq) == 0) logs_[job.seq].is_gone = true;
    }

    // A job that comes and goes in one turn has no rows to erase.
    void drop_checkpoint(const RemovedJob& job) {
        if ((job.rows & kCheckpointRows) == 0) return;
        CheckpointOfJob& dropped = checkpoints_[job.seq];
        dropped.saved = nullptr;
        if (added_.count(job.seq) == 0) dropped.gone |= job.rows & kCheckpointRows;
    }

    static void write_log(ShardId shard, JobSeq seq, const LogOfJob& log, Batch& batch) {
        if (log.is_gone) {
            const KeyRange rows = log_of_job(shard, seq);
            batch.erase_range(Table::Main, rows.first, rows.last);
            return;
        }
        // Older lines of this turn would be written over by the newer ones.
        const std::size_t first = log.lines.size() - std::min<std::size_t>(log.lines.size(), kLogRowsMax);
        std::map<std::string, const LogRecord*> rows;
        for (std::size_t i = first; i < log.lines.size(); ++i)
            rows[log_key(shard, seq, log.lines[i]->number).str()] = log.lines[i];
        stored::StoredLogLine row;
        for (const auto& [key, line] : rows) {
            fill_log_line(*line, row);
            batch.put(Table::Main, key, row.SerializeAsString());
        }
    }

    static void write_checkpoint(ShardId shard, JobSeq seq, const CheckpointOfJob& checkpoint,
                                 Batch& batch) {
        const Key key = checkpoint_key(shard, seq);
        if (checkpoint.saved != nullptr) {
            batch.put(checkpoint.saved->is_large ? Table::Large : Table::Main, key,
                      *checkpoint.saved->data);
            return;
        }
        if (checkpoint.gone & kCheckpointRow) batch.erase(Table::Main, key);
        if (checkpoint.gone & kLargeCheckpointRow) batch.erase(Table::Large, key);
    }

    std::set<JobSeq> added_;
    std::map<JobSeq, LogOfJob> logs_;
    std::map<JobSeq, CheckpointOfJob> checkpoints_;
};

}  // namespace

bool has_notes(const Changes& changes, const std::vector<RemovedJob>& removed) {
    if (!changes.logs.empty() || !changes.checkpoints.empty() || !changes.checkpoints_dropped.empty())
        return true;
    return std::any_of(removed.begin(), removed.end(), [](const RemovedJob& job) {
        return (job.rows & (kLogRows | kCheckpointRows)) != 0;
    });
}

void encode_notes(ShardId shard, const Changes& changes, Batch& batch) {
    Notes(changes).write(shard, batch);
}

}  // namespace swarmq::storage
