// Turns the changes of a turn into row operations: kinds in the order of their keys, sorted within.
#include "bytes.h"
#include "keys.h"
#include "records_children.h"
#include "records_dedup.h"
#include "records_notes.h"
#include "records.h"
#include "records_turns.h"
#include "records_values.h"

#include <algorithm>
#include <map>

namespace swarmq::storage {

struct Encoder::Scratch {
    explicit Scratch(ShardId id) : shard(id), turns(id) {}

    void encode(const Changes& changes);
    void encode_queues();
    void encode_controls();
    void encode_schedulers();
    void encode_jobs();
    void encode_job(const JobRecord& job);
    void encode_turns();
    void encode_answers();
    void encode_outcomes();
    void encode_progress();
    void encode_attempts();

    bool is_removed(JobSeq seq) const;
    bool was_added_now(JobSeq seq) const;

    // Calls `put_row` for the records of jobs that stay, by rising seq (with `only_last` for the
    // last of each job), and in between `erase_row` for removed jobs that have one of the rows in
    // `bits`.
    template <class Record, class Put, class Erase>
    void merge(const std::vector<Record>& records, bool only_last, unsigned bits, Put put_row,
               Erase erase_row) const;
    template <class Record>
    void add_staying(const std::vector<Record>& records, std::vector<const Record*>& staying) const;
    template <class Record, class Put, class Erase>
    void merge(std::vector<const Record*>& staying, bool only_last, unsigned bits, Put put_row,
               Erase erase_row) const;

    template <class Message>
    void put(std::string_view key, const Message& message) {
        value.clear();
        message.AppendToString(&value);
        batch->put(Table::Main, key, value);
    }

    const ShardId shard;
    TurnEncoder turns;
    ClassEncoder classes;
    const Changes* now = nullptr;
    Batch* batch = nullptr;

    // Reused, so that a job costs no allocation.
    std::vector<RemovedJob> removed;  // Rising seq.
    std::vector<const JobStatus*> statuses;
    std::string value;
    stored::StoredJobHeader header;
    stored::StoredQueue queue;
    stored::StoredQueueControls controls;
    stored::StoredScheduler scheduler;
    stored::StoredAnswers answers;
    stored::StoredOutcome outcome;
    stored::StoredAttempt attempt;
};

namespace {

constexpr unsigned kAnyRow = ~0u;

template <class Records>
auto find_seq(const Records& records, JobSeq seq) {
    return std::lower_bound(records.begin(), records.end(), seq,
                            [](const auto& record, JobSeq s) { return record.seq < s; });
}

// Leaves the last record of each job, sorted.
template <class Record>
void sort_by_seq(std::vector<const Record*>& records, bool only_last) {
    const auto before = [](const Record* a, const Record* b) { return a->seq < b->seq; };
    if (!std::is_sorted(records.begin(), records.end(), before))
        std::stable_sort(records.begin(), records.end(), before);
    if (!only_last) return;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < records.size(); ++i)
        if (i + 1 == records.size() || records[i]->seq != records[i + 1]->seq)
            records[kept++] = records[i];
    records.resize(kept);
}

}  // namespace

Encoder::Encoder(ShardId shard) : scratch_(std::make_unique<Scratch>(shard)) {}
Encoder::~Encoder() = default;

void Encoder::encode(const Changes& changes, Batch& batch) {
    scratch_->batch = &batch;
    scratch_->encode(changes);
}

void Encoder::Scratch::encode(const Changes& changes) {
    now = &changes;
    removed.assign(changes.removed.begin(), changes.removed.end());
    std::sort(removed.begin(), removed.end(),
              [](const RemovedJob& a, const RemovedJob& b) { return a.seq < b.seq; });
    encode_queues();
    encode_controls();
    encode_schedulers();
    encode_dedup_keys(shard, changes, *batch);
    encode_jobs();
    encode_turns();
    if (!changes.condemned.empty() || !changes.condemned_done.empty())
        encode_condemned(shard, changes, *batch);
    encode_answers();
    encode_outcomes();
    encode_progress();
    encode_attempts();
    if (has_notes(changes, removed)) encode_notes(shard, changes, *batch);
    encode_children(shard, changes, removed, *batch);
}

bool Encoder::Scratch::is_removed(JobSeq seq) const {
    const auto at = find_seq(removed, seq);
    return at != removed.end() && at->seq == seq;
}

// A job that comes and goes in one turn has no rows to erase.
bool Encoder::Scratch::was_added_now(JobSeq seq) const {
    const auto at = find_seq(now->added, seq);
    return at != now->added.end() && at->seq == seq;
}

template <class Record, class Put, class Erase>
void Encoder::Scratch::merge(const std::vector<Record>& records, bool only_last, unsigned bits,
                             Put put_row, Erase erase_row) const {
    std::vector<const Record*> staying;
    add_staying(records, staying);
    merge(staying, only_last, bits, put_row, erase_row);
}

template <class Record>
void Encoder::Scratch::add_staying(const std::vector<Record>& records,
                                   std::vector<const Record*>& staying) const {
    staying.reserve(staying.size() + records.size());
    for (const Record& record : records)
        if (!is_removed(record.seq)) staying.push_back(&record);
}

template <class Record, class Put, class Erase>
void Encoder::Scratch::merge(std::vector<const Record*>& staying, bool only_last, unsigned bits,
                             Put put_row, Erase erase_row) const {
    sort_by_seq(staying, only_last);
    auto gone = removed.begin();
    const auto erase_before = [&](JobSeq seq) {
        for (; gone != removed.end() && gone->seq < seq; ++gone)
            if ((bits == kAnyRow || (gone->rows & bits)) && !was_added_now(gone->seq))
                erase_row(*gone);
    };
    for (const Record* record : staying) {
        erase_before(record->seq);
        put_row(*record);
    }
    erase_before(JobSeq{~std::uint64_t{0}});
}

void Encoder::Scratch::encode_queues() {
    std::map<QueueId, const QueueRecord*> rows;
    for (const QueueRecord& record : now->queues) rows[record.id] = &record;
    for (const QueueId forgotten : now->queues_forgotten) rows[forgotten] = nullptr;
    for (const auto& [id, record] : rows) {
        if (!record) {
            batch->erase(Table::Main, queue_key(shard, id));
            continue;
        }
        fill_queue(*record, queue);
        put(queue_key(shard, id), queue);
    }
}

void Encoder::Scratch::encode_controls() {
    std::map<QueueId, const QueueControls*> rows;
    for (const QueueControls& set : now->controls) rows[set.queue] = set.says_nothing() ? nullptr : &set;
    for (const QueueId forgotten : now->queues_forgotten) rows[forgotten] = nullptr;
    for (const auto& [id, set] : rows) {
        if (!set) {
            batch->erase(Table::Main, controls_key(shard, id));
            continue;
        }
        fill_controls(*set, controls);
        put(controls_key(shard, id), controls);
    }
}

void Encoder::Scratch::encode_schedulers() {
    std::map<std::string, const SchedulerRecord*> rows;
    for (const SchedulerName& name : now->schedulers_removed)
        rows[scheduler_key(shard, name.queue, name.key)] = nullptr;
    for (const SchedulerRecord& record : now->schedulers)
        rows[scheduler_key(shard, record.queue, record.key)] = &record;
    for (const auto& [key, record] : rows) {
        if (!record) {
            batch->erase(Table::Main, key);
            continue;
        }
        fill_scheduler(*record, scheduler);
        put(key, scheduler);
    }
}

void Encoder::Scratch::encode_jobs() {
    std::vector<const JobRecord*> staying;
    add_staying(now->added, staying);
    add_staying(now->replaced, staying);
    merge(
        staying, true, kAnyRow, [this](const JobRecord& job) { encode_job(job); },
        [this](const RemovedJob& job) {
            const Key key = job_key(shard, job.seq);
            batch->erase(Table::Main, key);
            if (job.rows & kLargePayloadRow) batch->erase(Table::Large, key);
        });
}

void Encoder::Scratch::encode_job(const JobRecord& job) {
    SWARMQ_CHECK_VALUES(job.payload && job.job_class && now->patches.empty(), raw(job.seq),
                        raw(job.payload_of));
    const Key key = job_key(shard, job.seq);
    fill_header(job, header);
    header.set_job_class(classes.encode(job.job_class));
    value.clear();
    append_varint(header.ByteSizeLong(), value);
    header.AppendToString(&value);
    if (header.payload_is_large())
        batch->put(Table::Large, key, *job.payload);
    else
        value += *job.payload;
    batch->put(Table::Main, key, value);
}

void Encoder::Scratch::encode_turns() {
    std::vector<TurnNumber> dropped = now->turns_dropped;
    std::sort(dropped.begin(), dropped.end());
    for (const TurnNumber turn : dropped) turns.drop(turn, *batch);
    statuses.clear();
    for (const JobStatus& status : now->statuses)
        if (!is_removed(status.seq)) statuses.push_back(&status);
    sort_by_seq(statuses, true);
    turns.put(now->turn, statuses, *batch);
}

void Encoder::Scratch::encode_answers() {
    std::map<std::string, const AnswersRecord*> rows;
    for (const AnswersKey& key : now->answers_dropped)
        rows[answers_key(shard, key.client_id, key.first_number)] = nullptr;
    for (const AnswersRecord& record : now->answers) {
        SWARMQ_CHECK(!record.answers.empty());
        rows[answers_key(shard, record.client_id, record.answers.front().number)] = &record;
    }
    for (const auto& [key, record] : rows) {
        if (!record) {
            batch->erase(Table::Main, key);
            continue;
        }
        fill_answers(*record, answers);
        put(key, answers);
    }
}

void Encoder::Scratch::encode_outcomes() {
    merge(
        now->outcomes, true, kOutcomeRow | kLargeOutcomeRow,
        [this](const OutcomeRecord& record) {
            const Key key = outcome_key(shard, record.seq);
            outcome.Clear();
            fill_outcome(record, outcome);
            if (outcome.result_is_large()) batch->put(Table::Large, key, *record.result);
            put(key, outcome);
        },
        [this](const RemovedJob& job) {
            const Key key = outcome_key(shard, job.seq);
            batch->erase(Table::Main, key);
            if (job.rows & kLargeOutcomeRow) batch->erase(Table::Large, key);
        });
}

void Encoder::Scratch::encode_progress() {
    merge(
        now->progress, true, kProgressRow,
        [this](const ProgressRecord& record) {
            batch->put(Table::Main, progress_key(shard, record.seq), record.progress);
        },
        [this](const RemovedJob& job) { batch->erase(Table::Main, progress_key(shard, job.seq)); });
}

void Encoder::Scratch::encode_attempts() {
    merge(
        now->attempts, false, kAttemptRows,
        [this](const AttemptRecord& record) {
            fill_attempt(record, attempt);
            put(attempt_key(shard, record.seq, record.index), attempt);
        },
        [this](const RemovedJob& job) {
            const KeyRange rows = attempts_of_job(shard, job.seq);
            batch->erase_range(Table::Main, rows.first, rows.last);
        });
}

}  // namespace swarmq::storage
