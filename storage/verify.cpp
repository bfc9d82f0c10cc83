// Scans both tables, remembers which rows each job should have, and says which are missing or too
// many.
#include "verify.h"

#include "keys.h"
#include "records_rows.h"
#include "rocks_store.h"
#include "row_window.h"
#include "superblock.h"

#include <algorithm>
#include <map>
#include <set>

namespace swarmq::storage {
namespace {

constexpr std::uint64_t kRowsPerProgress = 1'000;
constexpr std::uint64_t kBytesPerProgress = 1u << 20;

struct SeenJob {
    JobSeq seq{};
    JobState state = JobState::Waiting;
    bool has_status = false;
    std::uint16_t wanted = 0;  // JobRows that the job's own row, status or outcome speak of.
    std::uint16_t found = 0;
};
static_assert(sizeof(SeenJob) == 16);

// JobRows that a row of this kind stands for, in the main table; 0: it is no detail of a job.
unsigned detail_rows(RowKind kind) {
    switch (kind) {
        case RowKind::Outcome:
            return kOutcomeRow;
        case RowKind::Progress:
            return kProgressRow;
        case RowKind::Attempt:
            return kAttemptRows;
        case RowKind::Log:
            return kLogRows;
        case RowKind::Checkpoint:
            return kCheckpointRow;
        case RowKind::Child:
            return kChildRows;
        default:
            return 0;
    }
}

class Verifier : public RecoverySink {
  public:
    Verifier(ShardId shard, VerifyReport& report, KeepRows keep)
        : shard_(shard), report_(report), keep_(keep) {}

    std::uint64_t jobs() const { return jobs_.size(); }
    void read(Table table, std::string_view key, std::string_view value);
    void finish();

    void recover_queue(QueueRecord&& queue) override;
    void recover_controls(QueueControls&& controls) override;
    void recover_scheduler(SchedulerRecord&& scheduler) override;
    void recover_dedup_key(DedupRecord&& key) override;
    void recover_job(JobRecord&& job) override;
    void recover_status(TurnNumber turn, JobStatus&& status) override;
    void recover_condemned(JobSeq) override {}
    void recover_answers(AnswersRecord&&) override { ++report_.answers; }

  private:
    bool read_main(const ParsedKey& key, std::string_view value);
    bool read_detail(const ParsedKey& key, std::string_view value);
    void read_large(const ParsedKey& parsed, std::string_view key);
    void needs_queue(QueueId queue, const std::string& key);
    void belongs_to(const ParsedKey& parsed, Table table, std::string_view key, unsigned row);
    void see_epoch(std::uint64_t number);
    void count_children();
    void check_dedup_jobs();
    SeenJob* find(std::uint64_t seq);

    const ShardId shard_;
    VerifyReport& report_;
    const KeepRows keep_;
    RowReader rows_;
    stored::StoredOutcome outcome_;
    stored::StoredAttempt attempt_;
    stored::StoredLogLine log_line_;
    stored::StoredChild child_;
    std::set<QueueId> queues_;
    std::vector<std::pair<JobSeq, DedupName>> dedup_jobs_;
    std::vector<JobSeq> successors_;
    std::vector<SeenJob> jobs_;                        // Rising seq.
    std::vector<std::pair<JobSeq, JobSeq>> children_;  // With their parents.
    // Of a parent, by seq: children that have not ended, as its status says, and as their own rows
    // do.
    struct SeenFamily {
        std::uint32_t wanted = 0;
        std::uint32_t found = 0;
    };
    std::map<std::uint64_t, SeenFamily> families_;
};

void Verifier::read(Table table, std::string_view key, std::string_view value) {
    report_.bytes += key.size() + value.size();
    const auto parsed = parse_key(key);
    const bool is_ours = parsed && parsed->shard == shard_;
    if (is_ours && table == Table::Large &&
        (parsed->kind == RowKind::Job || parsed->kind == RowKind::Outcome ||
         parsed->kind == RowKind::Checkpoint || parsed->kind == RowKind::Child)) {
        read_large(*parsed, key);
        return;
    }
    if (is_ours && table == Table::Main && read_main(*parsed, value)) {
        if (const unsigned rows = detail_rows(parsed->kind)) belongs_to(*parsed, table, key, rows);
        return;
    }
    if (keep_ == KeepRows::Yes) report_.unreadable.emplace_back(table, key);
    report_.add_problem("the row of " + describe_key(key) + " (" + std::to_string(value.size()) +
                        " bytes, table " + std::to_string(static_cast<int>(table)) +
                        ") cannot be understood");
}

bool Verifier::read_main(const ParsedKey& key, std::string_view value) {
    switch (key.kind) {
        case RowKind::Meta:
            return true;  // Read by itself before.
        case RowKind::Position:
            return decode_position(value).has_value();
        case RowKind::NewestKeys:
            return NewestKeys::decode(value).has_value();
        case RowKind::Outcome:
        case RowKind::Progress:
        case RowKind::Attempt:
        case RowKind::Log:
        case RowKind::Checkpoint:
        case RowKind::Child:
            return read_detail(key, value);
        default:
            return rows_.read(key, value, *this);
    }
}

bool Verifier::read_detail(const ParsedKey& key, std::string_view value) {
    if (key.kind == RowKind::Progress) {
        ++report_.progress;
        return true;
    }
    if (key.kind == RowKind::Checkpoint) {
        ++report_.checkpoints;
        return true;
    }
    if (key.kind == RowKind::Log) {
        ++report_.log_lines;
        return parse(log_line_, value) && log_line_.number() % kLogRowsMax == key.part;
    }
    if (key.kind == RowKind::Child) {
        ++report_.children;
        return parse(child_, value) && child_from(JobSeq{key.number}, key.part, child_).has_value();
    }
    if (key.kind == RowKind::Attempt) {
        ++report_.attempts;
        return parse(attempt_, value) && attempt_from(JobSeq{key.number}, attempt_).has_value() &&
               attempt_.index() % kAttemptRowsMax == key.part;
    }
    ++report_.outcomes;
    if (!parse(outcome_, value)) return false;
    SeenJob* const job = find(key.number);
    if (job && outcome_.result_is_large()) job->wanted |= kLargeOutcomeRow;
    return true;
}

void Verifier::read_large(const ParsedKey& parsed, std::string_view key) {
    ++report_.large_values;
    belongs_to(parsed, Table::Large, key,
               parsed.kind == RowKind::Job       ? kLargePayloadRow
               : parsed.kind == RowKind::Outcome ? kLargeOutcomeRow
               : parsed.kind == RowKind::Child   ? kLargeChildRows
                                                 : kLargeCheckpointRow);
}

void Verifier::belongs_to(const ParsedKey& parsed, Table table, std::string_view key,
                          unsigned row) {
    if (SeenJob* const job = find(parsed.number)) {
        job->found |= row;
        return;
    }
    if (keep_ == KeepRows::Yes) report_.orphans.emplace_back(table, key);
    report_.add_problem("the row of " + describe_key(key) + " (table " +
                        std::to_string(static_cast<int>(table)) +
                        ") belongs to a job that is not stored");
}

void Verifier::recover_queue(QueueRecord&& queue) {
    ++report_.queues;
    queues_.insert(queue.id);
}

void Verifier::recover_controls(QueueControls&& controls) {
    needs_queue(controls.queue, controls_key(shard_, controls.queue).str());
}

void Verifier::recover_scheduler(SchedulerRecord&& scheduler) {
    ++report_.schedulers;
    needs_queue(scheduler.queue, scheduler_key(shard_, scheduler.queue, scheduler.key));
}

void Verifier::recover_dedup_key(DedupRecord&& key) {
    ++report_.dedup_keys;
    needs_queue(key.name.queue, dedup_key(shard_, key.name.queue, key.name.key));
    if (queues_.count(key.name.queue) == 0) return;
    // A throttle goes on without its job; the others are over with theirs.
    if (key.mode != DedupMode::Throttle) dedup_jobs_.emplace_back(key.job, std::move(key.name));
    if (key.successor != JobSeq{}) successors_.push_back(key.successor);
}

void Verifier::needs_queue(QueueId queue, const std::string& key) {
    if (queues_.count(queue) > 0) return;
    if (keep_ == KeepRows::Yes) report_.orphans.emplace_back(Table::Main, key);
    report_.add_problem("the row of " + describe_key(key) +
                        " belongs to a queue that is not stored");
}

void Verifier::recover_job(JobRecord&& job) {
    see_epoch(raw(job.seq));
    jobs_.push_back(
        {.seq = job.seq,
         .state = job.due_ms ? JobState::Delayed : JobState::Waiting,
         .wanted = job.payload_is_large ? std::uint16_t{kLargePayloadRow} : std::uint16_t{0}});
    if (raw(job.parent) != 0) children_.emplace_back(job.seq, job.parent);
}

void Verifier::recover_status(TurnNumber, JobStatus&& status) {
    ++report_.statuses;
    see_epoch(raw(status.token));
    SeenJob* const job = find(raw(status.seq));
    if (!job || job->has_status) ++report_.superseded;
    if (!job) return;
    constexpr unsigned kSaidByStatus = kOutcomeRow | kProgressRow | kAttemptRows | kLogRows |
                                       kCheckpointRow | kLargeCheckpointRow | kLargeChildRows;
    job->has_status = true;
    job->state = status.state;
    job->wanted = (job->wanted & ~kSaidByStatus) | (status.rows & kSaidByStatus);
    if (!status.family) return;
    const FamilyRecord& family = *status.family;
    families_[raw(status.seq)].wanted =
        family.added - family.completed - family.failed - family.removed;
}

void Verifier::see_epoch(std::uint64_t number) {
    report_.newest_epoch =
        std::max(report_.newest_epoch, Epoch{static_cast<std::uint32_t>(number >> kCounterBits)});
}

SeenJob* Verifier::find(std::uint64_t seq) {
    const auto at = std::lower_bound(jobs_.begin(), jobs_.end(), JobSeq{seq},
                                     [](const SeenJob& job, JobSeq s) { return job.seq < s; });
    return at != jobs_.end() && raw(at->seq) == seq ? &*at : nullptr;
}

void Verifier::count_children() {
    for (const auto& [child, parent] : children_) {
        const SeenJob* const job = find(raw(child));
        if (job && !is_ended(job->state) && find(raw(parent))) ++families_[raw(parent)].found;
    }
    for (const auto& [seq, family] : families_)
        if (family.wanted != family.found && find(seq))
            report_.add_problem("job " + format_job_id(shard_, JobSeq{seq}) + " waits for " +
                                std::to_string(family.wanted) + " children, " +
                                std::to_string(family.found) + " are stored");
}

void Verifier::check_dedup_jobs() {
    for (const auto& [seq, name] : dedup_jobs_) {
        if (find(raw(seq))) continue;
        const std::string key = dedup_key(shard_, name.queue, name.key);
        report_.orphans.emplace_back(Table::Main, key);
        report_.add_problem("the row of " + describe_key(key) + " is of job " +
                            format_job_id(shard_, seq) + ", which is not stored");
    }
    for (const JobSeq seq : successors_)
        if (!find(raw(seq)))
            report_.add_problem(
                "job " + format_job_id(shard_, seq) +
                ", which was to follow another of its deduplication key, is not stored");
}

void Verifier::finish() {
    static constexpr std::pair<unsigned, const char*> kRows[] = {
        {kOutcomeRow, "outcome"},
        {kProgressRow, "progress"},
        {kAttemptRows, "attempts"},
        {kLargePayloadRow, "payload"},
        {kLargeOutcomeRow, "result"},
        {kLogRows, "log"},
        {kCheckpointRow, "checkpoint"},
        {kLargeCheckpointRow, "checkpoint"},
        {kLargeChildRows, "results of children"}};
    report_.jobs = jobs_.size();
    count_children();
    check_dedup_jobs();
    for (const SeenJob& job : jobs_) {
        ++report_.jobs_by_state[static_cast<std::size_t>(job.state)];
        for (const auto& [row, name] : kRows)
            if (job.wanted & ~job.found & row)
                report_.add_problem("job " + format_job_id(shard_, job.seq) + " has lost its " +
                                    name);
    }
}

// Tells how far the scan is, now and then.
class Teller {
  public:
    Teller(VerifyReport& report, const Verifier& verifier, const VerifyProgress& progress)
        : report_(report), verifier_(verifier), progress_(progress) {}

    // After each row; false: stop.
    bool tell() {
        ++report_.rows;
        const bool is_time =
            report_.rows % kRowsPerProgress == 0 || report_.bytes - told_ >= kBytesPerProgress;
        if (!progress_ || !is_time) return true;
        told_ = report_.bytes;
        return progress_({report_.rows, report_.bytes, verifier_.jobs()});
    }

  private:
    VerifyReport& report_;
    const Verifier& verifier_;
    const VerifyProgress& progress_;
    std::uint64_t told_ = 0;
};

void scan_all(const Store& store, Table table, Verifier& verifier, VerifyReport& report,
              Teller& teller) {
    auto gaps = scan_readable(store, table, [&](std::string_view key, std::string_view value) {
        verifier.read(table, key, value);
        report.was_stopped = !teller.tell();
        return !report.was_stopped;
    });
    for (Gap& gap : gaps) {
        report.add_problem(
            "rows " +
            (gap.after.empty() ? "from the beginning of"
                               : "after that of " + describe_key(gap.after) + " in") +
            " table " + std::to_string(static_cast<int>(table)) + " cannot be read: " + gap.reason);
        report.gaps.push_back(std::move(gap));
    }
}

void check_meta_row(const Store& store, ShardId shard, VerifyReport& report) {
    auto meta = read_meta(store, shard);
    if (!meta.ok()) {
        report.add_problem(meta.error().detail);
        report.unreadable.emplace_back(Table::Main, meta_key(shard).str());
    } else if (!*meta) {
        report.add_problem("the meta row is missing");
    } else {
        report.meta = **meta;
        if (auto checked = check_meta(**meta, (*meta)->shard_count); !checked.ok())
            report.add_problem(checked.error().detail);
    }
}

}  // namespace

void VerifyReport::add_problem(std::string sentence) {
    if (problems.size() < kProblemsMax) problems.push_back(std::move(sentence));
    ++problem_count;
}

VerifyReport verify(const Store& store, ShardId shard, const VerifyProgress& progress,
                    KeepRows keep) {
    VerifyReport report;
    report.position = store.applied();
    check_meta_row(store, shard, report);
    Verifier verifier{shard, report, keep};
    Teller teller{report, verifier, progress};
    for (const Table table : {Table::Main, Table::Large})
        if (!report.was_stopped) scan_all(store, table, verifier, report, teller);
    // What was not reached is not missing.
    if (!report.was_stopped) verifier.finish();
    return report;
}

Result<VerifyReport> verify_data_dir(const std::string& data_dir, ShardId shard,
                                     const VerifyProgress& progress) {
    const ShardPaths paths = shard_paths(data_dir, shard);
    auto store =
        RocksStore::open({.directory = paths.store, .shard = shard, .access = Access::ReadOnly});
    if (!store.ok()) return store.error();
    VerifyReport report = verify(**store, shard, progress);
    std::optional<SuperblockContent> noted;
    auto superblock = Superblock::open(paths.superblock);
    if (superblock.ok())
        noted = superblock->content();
    else if (superblock.code() != Code::NotFound)
        report.add_problem(superblock.error().detail);
    if (noted || superblock.code() == Code::NotFound)
        if (auto checked = check_recovered(noted, report.position, paths.superblock); !checked.ok())
            report.add_problem(checked.error().detail);
    return report;
}

}  // namespace swarmq::storage
