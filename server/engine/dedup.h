// What becomes of adds with a deduplication key, and how long a key stands (R12).
//
//   mode          the key stands                        an add while it stands
//   until ended   until its job ends or is removed      is dropped
//   throttle      for window_ms from its add            is dropped
//   debounce      while its job is delayed              replaces the job, whose delay begins anew
//   keep latest   until its job ends or is removed      replaces the job that waits or is delayed; else is kept
//                 and no successor is left              as the successor, or replaces that
//
// A successor is a delayed job that falls due never (kAfterAnotherMs): it starts, and stands for the key, when the
// job before it has ended or was removed, or when the key is freed. Who sends it to wait before makes it a job like
// others. JobDetail::dedup of both says which key they have.
#pragma once

#include "engine/memory.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace swarmq::engine {

// Counts what adds to one queue in one step would make, before any is made: jobs, and windows of
// throttles.
class AddCounter {
  public:
    // `queue` null: it is not there yet. `ending`: the job that ends for good in the same step, and
    // its key may be free by then.
    explicit AddCounter(const Memory& memory, const QueueState* queue, Slot ending = kNone)
        : memory_(memory), queue_(queue), ending_(ending) {}

    // The spec must outlive this.
    void count(const JobSpec& spec);
    std::size_t jobs() const { return jobs_; }
    std::size_t windows() const { return windows_; }

  private:
    bool makes_job(const JobSpec& spec);
    bool makes_job(const Deduplication& wanted);

    const Memory& memory_;
    const QueueState* const queue_;
    const Slot ending_;
    std::set<std::string_view> ids_;
    std::set<std::string_view> keys_;
    std::size_t jobs_ = 0;
    std::size_t windows_ = 0;
};
// MemoryLimit when the shard would have more windows than it may.
Result<> check_windows(const Memory& memory, std::size_t windows);

// The answer to an add whose key stands, which does then what the mode says; nothing: it makes a job.
std::optional<ItemAnswer> deduplicate(Memory& memory, QueueState& queue, JobSpec& spec);
// The key of a job that was just added begins.
void begin_key(Memory& memory, Slot slot, const Deduplication& wanted);

// The key's row is written with this turn.
void note_key(Memory& memory, DedupIndex index);

// For the hooks below.
void settle_key_of(Memory& memory, Slot slot);
void leave_key_of(Memory& memory, Slot slot);

// Call when a job with a key has come into another state: the key may be over by it.
inline void settle_key(Memory& memory, Slot slot) {
    const JobDetail* const detail = memory.jobs.detail_if_any(slot);
    if (detail && detail->dedup != kNone) settle_key_of(memory, slot);
}
// Call before a job is removed.
inline void leave_key(Memory& memory, Slot slot) {
    const JobDetail* const detail = memory.jobs.detail_if_any(slot);
    if (detail && detail->dedup != kNone) leave_key_of(memory, slot);
}

// The job is about to end for good: what is added in the same step with its key may be a job.
void free_key_of_ending(Memory& memory, Slot slot);
// The key's job is over: the successor stands for the key from here on, if there is one.
void end_key(Memory& memory, DedupIndex index);
// The window of a throttle is over.
void end_window(Memory& memory, DedupIndex index);
// Without a word to their jobs: the queue is being forgotten.
void forget_dedup_keys_of(Memory& memory, QueueIndex queue);

Result<DedupView> find_deduplication(const Memory& memory, const std::string& queue,
                                     const std::string& key);
Result<Answer> remove_deduplication(Memory& memory, const std::string& queue,
                                    const std::string& key);

// The job that a successor waits for, as its id reads; empty for all other jobs.
std::string waits_for(const Memory& memory, Slot slot);

// The row of a key, for the changes of a turn.
DedupRecord record_of(const Memory& memory, const DedupKey& key);
// At the end of recovery, when all jobs stand where they belong.
void recover_keys(Memory& memory, std::vector<DedupRecord>&& records);

}  // namespace swarmq::engine
