// Finds and names things, and notes what a turn has changed.
#include "engine/memory.h"

#include <algorithm>
#include <utility>

#include "engine/dedup.h"
#include "engine/family_links.h"
#include "engine/flow_view.h"
#include "engine/limits.h"
#include "engine/rate_limit.h"
#include "model/check.h"

namespace swarmq::engine {

Memory::Memory(ShardId shard_id, Epoch boot_epoch, std::uint64_t seed)
    : shard(shard_id), epoch(boot_epoch), random(seed) {
    queues.emplace_back();  // kNone
}

QueueState* Memory::find_queue(std::string_view name) {
    return queues[queue_names.find(name)].get();
}

const QueueState* Memory::find_queue(std::string_view name) const {
    return queues[queue_names.find(name)].get();
}

QueueState& Memory::find_or_create_queue(const std::string& name) {
    if (QueueState* const found = find_queue(name)) return *found;
    QueueRecord record;
    record.id = QueueId{next_queue_id};
    record.name = name;
    record.created_ms = now_ms;
    QueueState& made = insert_queue(std::move(record));
    note_changed(made);
    return made;
}

QueueState& Memory::insert_queue(QueueRecord record) {
    next_queue_id = std::max(next_queue_id, raw(record.id) + 1);
    if (free_queues.empty()) {
        free_queues.push_back(static_cast<QueueIndex>(queues.size()));
        queues.emplace_back();
    }
    const QueueIndex index = free_queues.back();
    free_queues.pop_back();
    queues[index] = std::make_unique<QueueState>();
    QueueState& made = queue(index);
    made.record = std::move(record);
    made.controls.queue = made.record.id;
    made.index = index;
    made.is_watched = watched.queues.contains(made.record.name);
    made.forget_timer =
        timeline.set(now_ms + kQueueForgottenAfterMs, TimerKind::QueueForget, index);
    queue_names.add(made.record.name, index);
    queue_by_id.emplace(made.record.id, index);
    return made;
}

void Memory::forget_queue(QueueIndex index) {
    QueueState& gone = queue(index);
    // Whatever still held its index would hold the next queue's.
    SWARMQ_CHECK_VALUES(gone.jobs() == 0 && gone.subscribers == 0, gone.jobs(), gone.subscribers);
    SWARMQ_CHECK(gone.schedulers.empty());
    replace_settings(gone, nullptr);
    history.forget(gone.history);
    effects.changes.queues_forgotten.push_back(gone.record.id);
    timeline.cancel(gone.forget_timer);
    timeline.cancel(gone.gate.timer);
    forget_keys_of(*this, index);
    forget_dedup_keys_of(*this, index);
    for (const auto group : gone.ended_groups) {
        timeline.cancel(ended_groups[group].timer);
        ended_groups.remove(group);
    }
    forgotten_names.emplace_back(gone.record.id, gone.record.name);
    if (forgotten_names.size() > kForgottenNamesMax) forgotten_names.pop_front();
    queue_names.remove(gone.record.name);
    queue_by_id.erase(gone.record.id);
    std::erase(changed_queues, index);
    std::erase(changed_controls, index);
    std::erase(dispatch_wanted, index);
    queues[index].reset();
    free_queues.push_back(index);
}

void Memory::replace_settings(QueueState& changed, std::shared_ptr<const QueueSettings> settings) {
    if (changed.controls.settings)
        for (const auto& [name, defaults] : changed.controls.settings->defaults)
            on_failure_by_settings.remove(defaults.on_failure_queue);
    if (settings)
        for (const auto& [name, defaults] : settings->defaults)
            on_failure_by_settings.add(defaults.on_failure_queue);
    changed.controls.settings = std::move(settings);
}

Slot Memory::find_job(const QueueState& in, std::string_view id) const {
    if (const auto made = parse_job_id(id)) {
        if (made->shard != shard) return kNone;
        const Slot slot = jobs.find(made->seq);
        if (slot == kNone || classes.queue(jobs[slot].job_class) != in.index) return kNone;
        const JobDetail* const detail = jobs.detail_if_any(slot);
        return detail && !detail->chosen_id.empty() ? kNone : slot;
    }
    const auto found = in.chosen_ids.find(id);
    return found == in.chosen_ids.end() ? kNone : found->second;
}

Result<Slot> Memory::find_job(const JobName& name) {
    const QueueState* const in = find_queue(name.queue);
    const Slot slot = in ? find_job(*in, name.id) : kNone;
    if (slot == kNone)
        return Error{Code::NotFound, "no job \"" + name.id + "\" is stored in queue \"" + name.queue + "\""};
    return slot;
}

TimeMs Memory::tail_ms() {
    rank_floor_ms = std::max(rank_floor_ms, now_ms);
    return rank_floor_ms;
}

void Memory::note_changed(QueueState& changed) {
    changed.last_used_ms = now_ms;
    if (std::exchange(changed.is_changed, true)) return;
    changed_queues.push_back(changed.index);
}

void Memory::note_controls(QueueState& changed) {
    changed.last_used_ms = now_ms;
    if (std::exchange(changed.are_controls_changed, true)) return;
    changed_controls.push_back(changed.index);
}

void Memory::note_changed(Scheduler& changed) {
    if (std::exchange(changed.is_changed, true)) return;
    changed_schedulers.push_back(changed.index);
}

void Memory::want_dispatch(QueueState& wanted) {
    if (std::exchange(wanted.wants_dispatch, true)) return;
    dispatch_wanted.push_back(wanted.index);
}

void Memory::note_status(Slot slot) {
    JobDetail& detail = jobs.detail(slot);
    turns.moved_here(jobs[slot].seq, detail.turn);
    detail.turn = turns.current();
    effects.changes.statuses.push_back(status_of(slot));
}

JobStatus Memory::status_of(Slot slot) const {
    const JobSlot& job = jobs[slot];
    const JobDetail& detail = *jobs.detail_if_any(slot);
    JobStatus status;
    status.seq = job.seq;
    status.state = job.state();
    status.priority = static_cast<std::uint8_t>(job.priority);
    status.rows = detail.rows;
    status.failure_kind = detail.failure_kind;
    status.last_answer = detail.last_answer;
    status.due_by_wall_clock = job.due_by_wall_clock != 0;
    status.rank = {job.rank_when_ms, detail.rank_number ? detail.rank_number : raw(job.seq)};
    const bool has_due = job.state() == JobState::Delayed ||
                         (job.state() == JobState::WaitingChildren && detail.delay_ms > 0);
    if (has_due) {
        status.due_ms = job.rank_when_ms + (job.due_by_wall_clock ? wall_offset_ms : 0);
        status.delay_ms = detail.delay_ms;
        // The delay of an add is in its record alone: what is left of it bounds it as well.
        if (detail.delay_ms == 0 && job.rank_when_ms != kAfterAnotherMs)
            status.delay_ms = std::max<DurationMs>(0, job.rank_when_ms - due_after(0));
    }
    status.attempts_made = detail.attempts_made;
    status.stalls = detail.stalls;
    status.attempt_rows = detail.attempt_rows;
    status.log_lines = detail.log_lines;
    status.checkpoint_bytes = detail.checkpoint_bytes;
    status.token = detail.token;
    if (job.state() == JobState::Active) {
        status.lease_ms = subscriptions[detail.subscription].lease_ms;
        status.starts_when_told = detail.starts_when_told;
    }
    status.session = detail.session;
    status.started_ms = detail.started_ms;
    status.finished_ms = detail.finished_ms;
    status.ended_ordinal = detail.ended_ordinal;
    if (detail.flow != kNone) {
        if (const Family* const family = find_own_family(*this, slot))
            status.family = std::make_shared<const FamilyRecord>(family->counts);
    }
    return status;
}

JobView Memory::view_of(Slot slot) const {
    const JobSlot& job = jobs[slot];
    JobView view;
    view.seq = job.seq;
    view.job_class = classes.shared(job.job_class);
    view.state = job.state();
    view.priority = static_cast<std::uint8_t>(job.priority);
    if (job.state() == JobState::Delayed)
        view.due_ms = job.rank_when_ms == kAfterAnotherMs ? 0 : job.rank_when_ms;
    const JobDetail* const detail = jobs.detail_if_any(slot);
    if (detail == nullptr) return view;
    view.chosen_id = detail->chosen_id;
    view.waits_for = waits_for(*this, slot);
    view.rows = detail->rows;
    view.log_lines = detail->log_lines;
    view.checkpoint_bytes = detail->checkpoint_bytes;
    view.attempts_made = detail->attempts_made;
    view.stalls = detail->stalls;
    view.failure_kind = detail->failure_kind;
    view.started_ms = detail->started_ms;
    view.finished_ms = detail->finished_ms;
    if (detail->session) view.worker = detail->session->worker;
    if (detail->flow != kNone) view.flow = flow_view_of(*this, slot);
    return view;
}

std::string Memory::id_of(Slot slot) const {
    const JobDetail* const detail = jobs.detail_if_any(slot);
    return detail && !detail->chosen_id.empty() ? detail->chosen_id
                                                : format_job_id(shard, jobs[slot].seq);
}

}  // namespace swarmq::engine
