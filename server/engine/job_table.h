// The jobs in memory: a small slot for each, more detail for those that need it, found by number.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/slab.h"
#include "engine/timeline.h"
#include "model/changes.h"
#include "model/ids.h"
#include "model/job.h"

namespace swarmq::engine {

using Slot = std::uint32_t;

// The rank time of jobs at the head of their priority: before every real time, less the time of their add, so
// that the later of two goes first.
inline constexpr TimeMs kLifoWhenMs = -(TimeMs{1} << 46);
// When a job of that rank time could first run; 0: not known.
constexpr TimeMs runnable_since(TimeMs rank_when_ms) {
    return rank_when_ms > kLifoWhenMs ? rank_when_ms : kLifoWhenMs - rank_when_ms;
}

// What is true of every job. A waiting job that nothing happened to costs this and four bytes.
struct JobSlot {
    JobSeq seq{};
    // Waiting: neighbours in its lane. Active: in the queue's list of active jobs. Ended: in its group.
    Slot next = kNone;
    Slot prev = kNone;
    // Delayed, and waiting for children with a delay: when it falls due.
    std::int64_t rank_when_ms : 48 = 0;
    std::uint64_t state_bits : 3 = 0;
    std::uint64_t is_stray : 1 = 0;  // Waiting: in the lane's set rather than its list.
    std::uint64_t due_by_wall_clock : 1 = 0;  // Its due time follows the wall clock when that is set.
    std::uint64_t priority : 8 = 2;
    std::uint64_t size_class : 3 = 0;
    std::uint32_t job_class = kNone;
    std::uint32_t detail = kNone;

    JobState state() const { return static_cast<JobState>(state_bits); }
};
static_assert(sizeof(JobSlot) == 32);

// What is true only of jobs that something happened to, whose producer chose an id, or that belong to a flow.
struct JobDetail {
    std::uint64_t rank_number = 0;  // 0: the job's seq.
    LeaseToken token{};             // Of the current or last attempt.
    TimeMs started_ms = 0;
    TimeMs finished_ms = 0;
    DurationMs delay_ms = 0;
    TurnNumber turn{};  // Whose row holds its newest status; 0: none, its record says all.
    std::uint64_t ended_ordinal = 0;
    TimeMs lease_until_ms = 0;
    std::uint32_t subscription = kNone;  // Active: who holds it.
    Slot lease_next = kNone;
    Slot lease_prev = kNone;
    std::uint32_t attempts_made = 0;
    std::uint32_t stalls = 0;
    std::uint32_t attempt_rows = 0;  // Written so far.
    std::uint32_t log_lines = 0;     // Written so far.
    std::uint32_t checkpoint_bytes = 0;
    TimerId timer = kNone;  // Waiting: its ttl. Active: its timeout.
    std::uint32_t flow = kNone;  // Its place in a flow, see Families::nodes.
    std::uint32_t dedup = kNone;  // The deduplication key it stands for, or waits to stand for.
    RowBits rows = 0;
    FailureKind failure_kind = FailureKind::None;
    AnswerKind last_answer = AnswerKind::None;
    bool starts_when_told = false;  // Active: its timeout runs from when its worker says that it began,
    bool awaits_start = false;      // which it has not said in this boot.
    bool has_room_for_tags = false;  // Its size class counts as many tags as there may be.
    std::shared_ptr<const SessionRecord> session;  // The current or last holder.
    std::string chosen_id;
};

class JobTable {
  public:
    Slot add(JobSeq seq);
    void remove(Slot slot);
    // kNone when there is no such job.
    Slot find(JobSeq seq) const;

    // False: looking there would be looking outside of the table.
    bool may_hold(Slot slot) const { return slot < slots_.capacity(); }

    JobSlot& operator[](Slot slot) { return slots_[slot]; }
    const JobSlot& operator[](Slot slot) const { return slots_[slot]; }

    // Made when first asked for.
    JobDetail& detail(Slot slot);
    // Null when the job has none.
    const JobDetail* detail_if_any(Slot slot) const {
        const auto index = slots_[slot].detail;
        return index == kNone ? nullptr : &details_[index];
    }

    Rank rank(Slot slot) const;
    std::size_t size() const { return slots_.size(); }

    // Calls visit(slot) for each job from `from` on in order of seq until it answers false.
    template <class Visit>
    void each_from(JobSeq from, Visit visit) const;

  private:
    static constexpr std::uint64_t kChunk = 1024;
    struct Chunk {
        std::uint32_t live = 0;
        Slot slots[kChunk] = {};
    };
    using Chunks = std::vector<std::unique_ptr<Chunk>>;

    static std::uint64_t counter(JobSeq seq) {
        return raw(seq) & ((std::uint64_t{1} << kCounterBits) - 1);
    }
    static std::uint32_t epoch(JobSeq seq) {
        return static_cast<std::uint32_t>(raw(seq) >> kCounterBits);
    }

    Slab<JobSlot> slots_;
    Slab<JobDetail> details_;
    std::map<std::uint32_t, Chunks> epochs_;
};

template <class Visit>
void JobTable::each_from(JobSeq from, Visit visit) const {
    for (auto it = epochs_.lower_bound(epoch(from)); it != epochs_.end(); ++it) {
        const std::uint64_t start = it->first == epoch(from) ? counter(from) : 0;
        for (std::uint64_t chunk = start / kChunk; chunk < it->second.size(); ++chunk) {
            if (!it->second[chunk]) continue;
            const std::uint64_t first = chunk == start / kChunk ? start % kChunk : 0;
            for (std::uint64_t i = first; i < kChunk; ++i) {
                const Slot slot = it->second[chunk]->slots[i];
                if (slot != kNone && !visit(slot)) return;
            }
        }
    }
}

}  // namespace swarmq::engine
