// Collects first, since a later status of a job wins; enters states last.
#include "engine/recovery.h"

#include <algorithm>
#include <utility>

#include "engine/dedup.h"
#include "engine/family_links.h"
#include "engine/leases.h"
#include "engine/schedules.h"
#include "engine/rate_limit.h"
#include "engine/size_class.h"
#include "engine/transitions.h"

namespace swarmq::engine {

void Recovery::queue(QueueRecord&& record) {
    memory_.insert_queue(std::move(record));
}

void Recovery::controls(QueueControls&& stored) {
    const auto found = memory_.queue_by_id.find(stored.queue);
    if (found == memory_.queue_by_id.end()) return;  // verify reports it.
    QueueState& queue = memory_.queue(found->second);
    // A clock that was set back must not make a hold longer than it was.
    const auto clamp = [&](Hold& hold) {
        hold.until_ms = std::min(hold.until_ms, memory_.now_ms + hold.length_ms);
    };
    clamp(stored.hold);
    for (auto& [key, hold] : stored.key_holds) clamp(hold);
    memory_.replace_settings(queue, std::exchange(stored.settings, nullptr));
    stored.settings = queue.controls.settings;
    queue.controls = std::move(stored);
    apply_limits(memory_, queue);
}

void Recovery::scheduler(SchedulerRecord&& record) {
    recover_scheduler(memory_, std::move(record));
}

void Recovery::job(const JobRecord& record) {
    const auto found = memory_.queue_by_id.find(record.job_class->queue);
    if (found == memory_.queue_by_id.end()) {
        // verify reports it; nothing could run it. It must not turn up in a queue that is made later.
        memory_.next_queue_id = std::max(memory_.next_queue_id, raw(record.job_class->queue) + 1);
        return;
    }
    const Slot slot = memory_.jobs.add(record.seq);
    JobSlot& job = memory_.jobs[slot];
    job.job_class = memory_.classes.acquire(record.job_class, found->second);
    job.priority = record.priority;
    job.size_class = size_class(record.content_bytes) & 0x7;
    job.state_bits = static_cast<std::uint64_t>(record.due_ms == 0 ? JobState::Waiting
                                                                   : JobState::Delayed) & 0x7;
    job.rank_when_ms = record.rank_when_ms;
    if (!record.chosen_id.empty()) {
        JobDetail& detail = memory_.jobs.detail(slot);
        detail.chosen_id = record.chosen_id;
        memory_.queue(found->second).chosen_ids.emplace(detail.chosen_id, slot);
    }
    if (record.payload_is_large) memory_.jobs.detail(slot).rows |= kLargePayloadRow;
    if (record.parent != JobSeq{}) families_.child(slot, record);
    job.due_by_wall_clock = record.due_by_wall_clock;
    if (record.deduplication.mode != DedupMode::None)
        memory_.jobs.detail(slot).delay_ms = record.delay_ms;
    if (record.due_ms != 0 || record.job_class->ttl_ms != 0)
        starts_[slot] = {record.created_ms, record.due_ms, record.delay_ms, 0};
}

void Recovery::status(TurnNumber turn, const JobStatus& status) {
    last_turn_ = std::max(last_turn_, turn);
    const Slot slot = memory_.jobs.find(status.seq);
    if (slot == kNone) return;  // The job was removed later.
    JobSlot& job = memory_.jobs[slot];
    JobDetail& detail = memory_.jobs.detail(slot);
    memory_.turns.recovered(status.seq, turn, detail.turn);
    detail.turn = turn;
    job.state_bits = static_cast<std::uint64_t>(status.state) & 0x7;
    job.priority = status.priority;
    job.rank_when_ms = status.rank.when_ms;
    detail.rank_number = status.rank.number == raw(status.seq) ? 0 : status.rank.number;
    detail.rows = status.rows;
    detail.failure_kind = status.failure_kind;
    detail.last_answer = status.last_answer;
    job.due_by_wall_clock = status.due_by_wall_clock;
    detail.starts_when_told = detail.awaits_start = status.starts_when_told;
    detail.delay_ms = status.delay_ms;
    detail.attempts_made = status.attempts_made;
    detail.stalls = status.stalls;
    detail.attempt_rows = status.attempt_rows;
    detail.log_lines = status.log_lines;
    detail.checkpoint_bytes = status.checkpoint_bytes;
    detail.token = status.token;
    detail.session = status.session;
    detail.started_ms = status.started_ms;
    detail.finished_ms = status.finished_ms;
    detail.ended_ordinal = status.ended_ordinal;
    if (status.family) own_family(memory_, slot).counts = *status.family;
    if (status.state == JobState::Delayed || status.state == JobState::Active ||
        status.state == JobState::WaitingChildren) {
        Start& start = starts_[slot];
        start.due_ms = status.due_ms;
        start.delay_ms = status.delay_ms;
        start.lease_ms = status.lease_ms;
    }
}

void Recovery::condemned(JobSeq seq) { families_.condemned(seq); }

void Recovery::answers(AnswersRecord&& record) {
    memory_.ledger.recover(std::move(record), memory_.now_ms, memory_.timeline);
}

TimeMs Recovery::due_of(Slot slot, const Start& start) const {
    if (start.due_ms == kAfterAnotherMs) return start.due_ms;
    if (memory_.jobs[slot].due_by_wall_clock) return start.due_ms - memory_.wall_offset_ms;
    // A clock that was set back must not make a delay longer than it was.
    return std::min(start.due_ms, memory_.due_after(start.delay_ms));
}

void Recovery::finish() {
    std::vector<Slot> waiting;
    std::vector<Slot> active;
    std::vector<Slot> ended;
    std::vector<Slot> delayed;
    std::vector<Slot> parents;
    memory_.jobs.each_from(JobSeq{}, [&](Slot slot) {
        JobSlot& job = memory_.jobs[slot];
        switch (job.state()) {
            case JobState::Active:
                active.push_back(slot);
                break;
            case JobState::Completed:
            case JobState::Failed:
                ended.push_back(slot);
                break;
            case JobState::Delayed: {
                const Start& start = starts_[slot];
                job.rank_when_ms = due_of(slot, start);
                (job.rank_when_ms > memory_.now_ms ? delayed : waiting).push_back(slot);
                break;
            }
            case JobState::WaitingChildren:
                parents.push_back(slot);
                break;
            default:
                waiting.push_back(slot);
        }
        return true;
    });
    // A number may have been used before, by a turn whose row is gone or that had none. No row has it or a
    // higher one, and nothing but rows of statuses, which are compared by it, outlives a boot with it.
    memory_.turns.begin(TurnNumber{raw(last_turn_) + 1});
    enter_waiting_jobs(waiting);
    for (const Slot slot : delayed) enter_delayed(memory_, slot);
    enter_active_jobs(active);
    enter_ended_jobs(ended);
    enter_waiting_parents(parents);
    families_.finish();
    recover_keys(memory_, std::exchange(dedup_keys_, {}));
    start_schedulers(memory_);
    recover_rates(memory_);
    starts_ = {};
}

void Recovery::enter_waiting_jobs(std::vector<Slot>& slots) {
    const auto by_rank = [&](Slot a, Slot b) { return memory_.jobs.rank(a) < memory_.jobs.rank(b); };
    if (!std::is_sorted(slots.begin(), slots.end(), by_rank))
        std::sort(slots.begin(), slots.end(), by_rank);
    for (const Slot slot : slots) {
        const TimeMs when_ms = memory_.jobs[slot].rank_when_ms;
        memory_.rank_floor_ms = std::max(memory_.rank_floor_ms, runnable_since(when_ms));
        TimeMs runnable_ms = runnable_since(when_ms);
        // One that was replaced is younger than its place.
        if (const auto start = starts_.find(slot); start != starts_.end())
            runnable_ms = std::max(runnable_ms, start->second.created_ms);
        enter_waiting(memory_, slot, runnable_ms);
    }
}

void Recovery::enter_active_jobs(std::vector<Slot>& slots) {
    std::sort(slots.begin(), slots.end(), [&](Slot a, Slot b) {
        return memory_.jobs.detail_if_any(a)->token < memory_.jobs.detail_if_any(b)->token;
    });
    for (const Slot slot : slots) {
        const DurationMs lease_ms = starts_[slot].lease_ms;
        const auto holder =
            recover_holder(memory_, memory_.jobs.detail(slot).session, lease_ms);
        enter_active(memory_, slot, holder, memory_.now_ms + lease_ms);
        // It may return to its former place, and jobs added from now on come after it.
        memory_.rank_floor_ms =
            std::max(memory_.rank_floor_ms, runnable_since(memory_.jobs[slot].rank_when_ms));
    }
}

void Recovery::enter_waiting_parents(const std::vector<Slot>& slots) {
    for (const Slot slot : slots) {
        if (memory_.jobs.detail(slot).delay_ms > 0)
            memory_.jobs[slot].rank_when_ms = due_of(slot, starts_[slot]);
        else
            memory_.rank_floor_ms =
                std::max(memory_.rank_floor_ms, runnable_since(memory_.jobs[slot].rank_when_ms));
        own_family(memory_, slot);
        enter_waiting_children(memory_, slot);
    }
}

void Recovery::enter_ended_jobs(std::vector<Slot>& slots) {
    // Only the order inside one queue and state counts, and there the ordinals rise.
    std::sort(slots.begin(), slots.end(), [&](Slot a, Slot b) {
        return memory_.jobs.detail_if_any(a)->ended_ordinal <
               memory_.jobs.detail_if_any(b)->ended_ordinal;
    });
    for (const Slot slot : slots) enter_ended(memory_, slot);
}

}  // namespace swarmq::engine
