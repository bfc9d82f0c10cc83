// Rebuilds a shard's memory from what is stored: the same path at a restart and at a takeover (R34).
#pragma once

#include <utility>
#include <vector>

#include "engine/family_recovery.h"
#include "engine/memory.h"
#include "model/changes.h"

namespace swarmq::engine {

// Fed with all that is stored, kind after kind: queues, their controls, schedulers, deduplication keys, jobs by rising seq, statuses by rising turn,
// removed jobs whose children go with them, answers. Then finish() puts every job where it belongs. Order among waiting jobs, tokens, attempts and
// delays are as before; leases are armed anew in full, for workers that come back.
class Recovery {
  public:
    explicit Recovery(Memory& memory) : memory_(memory), families_(memory) {}

    void queue(QueueRecord&& record);
    void controls(QueueControls&& stored);
    void scheduler(SchedulerRecord&& record);
    void dedup_key(DedupRecord&& record) { dedup_keys_.push_back(std::move(record)); }
    void job(const JobRecord& record);
    void status(TurnNumber turn, const JobStatus& status);
    void condemned(JobSeq seq);
    void answers(AnswersRecord&& record);
    void finish();

    std::uint64_t jobs() const { return memory_.jobs.size(); }

  private:
    // What a job needs to know until finish() and a slot has no room for.
    struct Start {
        TimeMs created_ms = 0;
        TimeMs due_ms = 0;
        DurationMs delay_ms = 0;
        DurationMs lease_ms = 0;
    };

    void enter_waiting_jobs(std::vector<Slot>& slots);
    void enter_active_jobs(std::vector<Slot>& slots);
    void enter_ended_jobs(std::vector<Slot>& slots);
    void enter_waiting_parents(const std::vector<Slot>& slots);
    TimeMs due_of(Slot slot, const Start& start) const;

    Memory& memory_;
    std::unordered_map<Slot, Start> starts_;  // Only of jobs that need one.
    FamilyRecovery families_;
    std::vector<DedupRecord> dedup_keys_;
    TurnNumber last_turn_{};
};

}  // namespace swarmq::engine
