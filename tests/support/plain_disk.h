// The durable side of a shard as plain maps: applies the changes of turns in order and feeds a
// recovery from what they left. Notes in `problems()` what no correct engine would ask for.
#pragma once

#include "engine/limits.h"
#include "engine/recovery.h"
#include "model/changes.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace swarmq::test {

class PlainDisk {
  public:
    struct StoredJob {
        JobRecord record;
        OutcomeRecord outcome;
        std::string progress;
        std::map<std::uint32_t, AttemptRecord> attempts;  // By row: the index, wrapped.
        std::map<std::uint32_t, LogRecord> log;           // By row: the number, wrapped.
        std::shared_ptr<const std::string> checkpoint;
        unsigned checkpoint_rows = 0;  // JobRows.
        std::map<std::uint32_t, ChildRecord> children;  // How they ended, by index.
        TurnNumber newest{};                              // Whose row has its newest status.
        bool has_outcome = false;
        bool has_progress = false;
    };

    void apply(const Changes& changes) {
        expect(turns_.empty() || changes.turn > turns_.rbegin()->first,
               "a turn was written twice or out of order");
        add_jobs(changes);
        change_jobs(changes);
        add_details(changes);
        note_children(changes);
        remove_jobs(changes);
        for (const JobSeq seq : changes.condemned) condemned_.insert(seq);
        for (const JobSeq seq : changes.condemned_done)
            expect(condemned_.erase(seq) == 1, "children were done with that nobody condemned");
        for (const auto& queue : changes.queues) queues_[queue.id] = queue;
        for (const auto& set : changes.controls) {
            expect(queues_.count(set.queue) == 1, "controls were written whose queue is not stored");
            controls_[set.queue] = set;
        }
        for (const auto queue : changes.queues_forgotten) {
            queues_.erase(queue);
            controls_.erase(queue);
        }
        for (const auto& removed : changes.schedulers_removed)
            schedulers_.erase({removed.queue, removed.key});
        for (const auto& scheduler : changes.schedulers) {
            expect(queues_.count(scheduler.queue) == 1,
                   "a scheduler was written whose queue is not stored");
            schedulers_[{scheduler.queue, scheduler.key}] = scheduler;
        }
        for (const auto& removed : changes.dedup_keys_removed)
            expect(dedup_keys_.erase({removed.queue, removed.key}) == 1,
                   "a deduplication key was removed that is not stored");
        for (const auto& key : changes.dedup_keys) {
            expect(queues_.count(key.name.queue) == 1,
                   "a deduplication key was written whose queue is not stored");
            dedup_keys_[{key.name.queue, key.name.key}] = key;
        }
        for (const auto& answers : changes.answers)
            expect(answers_.emplace(key_of(answers), answers).second,
                   "a row of answers was written twice");
        for (const auto& dropped : changes.answers_dropped)
            expect(answers_.erase({dropped.client_id, dropped.first_number}) == 1,
                   "a row of answers was dropped that is not stored");
        for (const auto turn : changes.turns_dropped) drop_turn(turn);
    }

    // Feeds everything stored; the caller finishes the recovery.
    void recover(engine::Recovery& recovery) const {
        for (const auto& [id, queue] : queues_) recovery.queue(QueueRecord(queue));
        for (const auto& [id, set] : controls_) recovery.controls(QueueControls(set));
        for (const auto& [name, scheduler] : schedulers_)
            recovery.scheduler(SchedulerRecord(scheduler));
        for (const auto& [name, key] : dedup_keys_) recovery.dedup_key(DedupRecord(key));
        std::vector<const JobRecord*> records;
        for (const auto& [seq, job] : jobs_) records.push_back(&job.record);
        std::sort(records.begin(), records.end(),
                  [](const JobRecord* a, const JobRecord* b) { return a->seq < b->seq; });
        for (const JobRecord* const record : records) recovery.job(*record);
        for (const auto& [turn, statuses] : turns_)
            for (const auto& status : statuses) recovery.status(turn, status);
        for (const JobSeq seq : condemned_) recovery.condemned(seq);
        for (const auto& [key, answers] : answers_) recovery.answers(AnswersRecord(answers));
    }

    // Null when the job is not stored.
    const StoredJob* find(JobSeq seq) const {
        const auto found = jobs_.find(seq);
        return found == jobs_.end() ? nullptr : &found->second;
    }
    const std::unordered_map<JobSeq, StoredJob>& jobs() const { return jobs_; }
    const std::map<QueueId, QueueRecord>& queues() const { return queues_; }
    std::size_t turn_rows() const { return turns_.size(); }
    std::size_t dedup_rows() const { return dedup_keys_.size(); }
    std::size_t answer_rows() const { return answers_.size(); }
    std::size_t statuses() const {
        std::size_t sum = 0;
        for (const auto& [turn, statuses] : turns_) sum += statuses.size();
        return sum;
    }
    const std::vector<std::string>& problems() const { return problems_; }

  private:
    using AnswersName = std::pair<std::string, std::uint64_t>;

    static AnswersName key_of(const AnswersRecord& record) {
        return {record.client_id, record.answers.front().number};
    }

    void expect(bool holds, const char* otherwise) {
        if (!holds) problems_.emplace_back(otherwise);
    }

    void add_jobs(const Changes& changes) {
        for (const auto& record : changes.added) {
            const auto [at, is_new] = jobs_.try_emplace(record.seq);
            expect(is_new, "a job was added under a number that is stored");
            at->second.record = record;
            expect(record.job_class && queues_known(record.job_class->queue, changes),
                   "a job was added to a queue that is not stored");
            if (raw(record.payload_of) != 0) copy_payload(at->second.record);
        }
    }

    void change_jobs(const Changes& changes) {
        for (const auto& record : changes.replaced) {
            const auto at = jobs_.find(record.seq);
            expect(at != jobs_.end(), "a job was replaced that is not stored");
            expect(record.job_class && record.payload, "a job was replaced by half a one");
            if (at == jobs_.end()) continue;
            expect(!at->second.record.payload_is_large || record.payload_is_large,
                   "a replaced job left its large payload behind");
            at->second.record = record;
        }
        for (const auto& patch : changes.patches) {
            const auto at = jobs_.find(patch.seq);
            expect(at != jobs_.end(), "a job was patched that is not stored");
            if (at == jobs_.end()) continue;
            JobRecord& record = at->second.record;
            if (patch.payload) record.payload = patch.payload;
            if (patch.tags) record.tags = *patch.tags;
            record.payload_is_large = record.payload_is_large || patch.payload_is_large;
        }
    }

    void copy_payload(JobRecord& record) {
        const StoredJob* const from = find(record.payload_of);
        expect(from != nullptr, "the payload of a job that is not stored was asked for");
        if (from == nullptr) return;
        record.payload = from->record.payload;
        record.headers = from->record.headers;
        record.tags = from->record.tags;
    }

    bool queues_known(QueueId id, const Changes& changes) const {
        if (queues_.count(id) > 0) return true;
        return std::any_of(changes.queues.begin(), changes.queues.end(),
                           [&](const QueueRecord& queue) { return queue.id == id; });
    }

    void add_details(const Changes& changes) {
        for (const auto& status : changes.statuses)
            if (const auto job = jobs_.find(status.seq); job != jobs_.end())
                job->second.newest = changes.turn;
        if (!changes.statuses.empty()) turns_[changes.turn] = changes.statuses;
        for (const auto& outcome : changes.outcomes)
            if (const auto job = jobs_.find(outcome.seq); job != jobs_.end()) {
                job->second.outcome = outcome;
                job->second.has_outcome = true;
            }
        for (const auto& progress : changes.progress)
            if (const auto job = jobs_.find(progress.seq); job != jobs_.end()) {
                job->second.progress = progress.progress;
                job->second.has_progress = true;
            }
        for (const auto& attempt : changes.attempts)
            if (const auto job = jobs_.find(attempt.seq); job != jobs_.end())
                job->second.attempts[attempt.index % engine::kAttemptRowsMax] = attempt;
        add_notes(changes);
    }

    void add_notes(const Changes& changes) {
        for (const auto& line : changes.logs)
            if (const auto job = jobs_.find(line.seq); job != jobs_.end())
                job->second.log[line.number % engine::kLogLinesMax] = line;
        for (const auto& record : changes.checkpoints)
            if (const auto job = jobs_.find(record.seq); job != jobs_.end()) {
                expect(record.data != nullptr, "a checkpoint has no bytes");
                job->second.checkpoint = record.data;
                job->second.checkpoint_rows |=
                    record.is_large ? unsigned{kLargeCheckpointRow} : unsigned{kCheckpointRow};
            }
        for (const auto& dropped : changes.checkpoints_dropped)
            if (const auto job = jobs_.find(dropped.seq); job != jobs_.end()) {
                expect((job->second.checkpoint_rows & ~dropped.rows) == 0,
                       "a row of a dropped checkpoint is left behind");
                job->second.checkpoint = nullptr;
                job->second.checkpoint_rows = 0;
            }
    }

    void note_children(const Changes& changes) {
        for (const auto& child : changes.children)
            if (const auto parent = jobs_.find(child.parent); parent != jobs_.end()) {
                if (child.kind == ChildKind::None)
                    expect(parent->second.children.erase(child.index) == 1,
                           "the outcome of a child was erased that is not stored");
                else
                    expect(parent->second.children.emplace(child.index, child).second,
                           "a child ended twice");
            }
    }

    void remove_jobs(const Changes& changes) {
        for (const auto& removed : changes.removed) {
            const auto at = jobs_.find(removed.seq);
            expect(at != jobs_.end(), "a job was removed that is not stored");
            if (at == jobs_.end()) continue;
            const StoredJob& job = at->second;
            expect(!job.has_outcome || (removed.rows & kOutcomeRow),
                   "an outcome row is left behind");
            expect(!job.has_progress || (removed.rows & kProgressRow),
                   "a progress row is left behind");
            expect(job.attempts.empty() || (removed.rows & kAttemptRows),
                   "attempt rows are left behind");
            expect(job.log.empty() || (removed.rows & kLogRows), "log rows are left behind");
            expect((job.checkpoint_rows & ~removed.rows) == 0, "a checkpoint is left behind");
            expect(job.children.empty() || (removed.rows & kChildRows), "outcomes of children are left behind");
            expect(!job.record.payload_is_large || (removed.rows & kLargePayloadRow),
                   "a large payload is left behind");
            jobs_.erase(at);
        }
    }

    void drop_turn(TurnNumber turn) {
        const auto at = turns_.find(turn);
        expect(at != turns_.end(), "a turn's row was dropped that is not stored");
        if (at == turns_.end()) return;
        for (const auto& status : at->second)
            if (const StoredJob* const job = find(status.seq))
                expect(job->newest != turn, "a turn's row was dropped that still counts");
        turns_.erase(at);
    }

    std::unordered_map<JobSeq, StoredJob> jobs_;
    std::map<TurnNumber, std::vector<JobStatus>> turns_;
    std::map<QueueId, QueueRecord> queues_;
    std::map<QueueId, QueueControls> controls_;
    std::map<std::pair<QueueId, std::string>, SchedulerRecord> schedulers_;
    std::map<std::pair<QueueId, std::string>, DedupRecord> dedup_keys_;
    std::map<AnswersName, AnswersRecord> answers_;
    std::set<JobSeq> condemned_;
    std::vector<std::string> problems_;
};

}  // namespace swarmq::test
