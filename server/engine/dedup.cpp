// Answers adds by the keys that stand, and ends keys with their jobs.
#include "engine/dedup.h"

#include <algorithm>
#include <utility>

#include "engine/events.h"
#include "engine/limits.h"
#include "engine/producers.h"
#include "engine/rewrite.h"
#include "engine/transitions.h"
#include "engine/validate.h"

namespace swarmq::engine {
namespace {

// As long as a window: the soonest that asking again can be of use is not known.
constexpr DurationMs kWindowsRetryAfterMs = 1'000;

Slot job_of(const Memory& memory, const DedupKey& key) {
    return memory.jobs.find(key.job);
}

// Its time is over, whether or not a timer has said so yet.
bool is_over(const Memory& memory, const DedupKey& key) {
    if (key.mode == DedupMode::Throttle) return key.until_ms <= memory.now_ms;
    if (key.mode != DedupMode::Debounce) return false;
    const Slot slot = job_of(memory, key);
    return slot == kNone || memory.jobs[slot].rank_when_ms <= memory.now_ms;
}

// The end of the job frees it for what is added in the same step.
bool is_freed_by(const Memory& memory, DedupIndex index, Slot ending) {
    return ending != kNone && memory.dedup[index].mode == DedupMode::UntilEnded &&
           memory.jobs.detail_if_any(ending)->dedup == index;
}

void erase_key(Memory& memory, DedupIndex index) {
    DedupKey& key = memory.dedup[index];
    QueueState& queue = memory.queue(key.queue);
    queue.last_used_ms = memory.now_ms;
    memory.timeline.cancel(key.timer);
    if (key.is_stored)
        memory.effects.changes.dedup_keys_removed.push_back({queue.record.id, *key.name});
    memory.dedup.erase(index);
}

void unlink(Memory& memory, DedupIndex index) {
    const Slot slot = job_of(memory, memory.dedup[index]);
    if (slot == kNone) return;
    // Of a job that has ended it is another's, or none.
    if (JobDetail& detail = memory.jobs.detail(slot); detail.dedup == index) detail.dedup = kNone;
}

void start(Memory& memory, Slot successor) {
    const DurationMs delay_ms = memory.jobs.detail(successor).delay_ms;
    if (delay_ms > 0) {
        to_delayed(memory, successor, delay_ms);
        note_event(memory, successor, {EventKind::Delayed, 0, delay_ms});
    } else {
        to_waiting(memory, successor, Place::Tail);
        note_event(memory, successor, {EventKind::Waiting});
    }
}

bool awaits_another(const Memory& memory, Slot slot) {
    return memory.jobs[slot].state() == JobState::Delayed &&
           memory.jobs[slot].rank_when_ms == kAfterAnotherMs;
}

void lose_successor(Memory& memory, DedupIndex index, Slot slot) {
    memory.dedup[index].successor = kNone;
    memory.jobs.detail(slot).dedup = kNone;
    note_key(memory, index);
}

// The delay that a spec asks for, whichever way.
DurationMs delay_of(const Memory& memory, const JobSpec& spec) {
    if (spec.run_at_ms == 0) return spec.delay_ms;
    return std::max<DurationMs>(0, spec.run_at_ms - memory.wall_offset_ms - memory.now_ms);
}

// It does not run, nor is it amid its work: one that has children goes on with their results.
bool is_replaceable(const Memory& memory, Slot slot) {
    const JobState state = memory.jobs[slot].state();
    const JobDetail* const detail = memory.jobs.detail_if_any(slot);
    return (state == JobState::Waiting || state == JobState::Delayed) &&
           (!detail || detail->flow == kNone);
}

Slot keep_latest(Memory& memory, QueueState& queue, DedupIndex index, JobSpec& spec) {
    DedupKey& key = memory.dedup[index];
    if (key.successor != kNone) {
        memory.jobs.detail(key.successor).delay_ms = delay_of(memory, spec);
        replace_job(memory, key.successor, spec);
        return key.successor;
    }
    const Slot slot = job_of(memory, key);
    if (is_replaceable(memory, slot)) {
        replace_job(memory, slot, spec);
        return slot;
    }
    key.successor = add_after_another(memory, queue, spec, delay_of(memory, spec));
    memory.jobs.detail(key.successor).dedup = index;
    note_key(memory, index);
    return key.successor;
}

void restart_delay(Memory& memory, DedupIndex index, JobSpec& spec) {
    DedupKey& key = memory.dedup[index];
    const Deduplication& wanted = spec.deduplication;
    if (wanted.mode == DedupMode::Debounce && wanted.window_ms != key.window_ms) {
        key.window_ms = wanted.window_ms;
        note_key(memory, index);
    }
    const Slot slot = job_of(memory, key);
    to_delayed(memory, slot, key.window_ms);
    replace_job(memory, slot, spec);
}

Error no_key(const std::string& queue, const std::string& key) {
    return {Code::NotFound, "no deduplication key \"" + key + "\" stands in queue \"" + queue +
                                "\": the next add with it makes a job"};
}

Result<DedupIndex> find_standing(const Memory& memory, const std::string& queue,
                                 const std::string& name) {
    if (auto checked = check_name("queue", queue); !checked) return checked.error();
    if (auto checked = check_name("key", name); !checked) return checked.error();
    const QueueIndex in = memory.queue_names.find(queue);
    const DedupIndex index = in == kNone ? kNone : memory.dedup.find(in, name);
    if (index == kNone || is_over(memory, memory.dedup[index])) return no_key(queue, name);
    return index;
}

}  // namespace

void AddCounter::count(const JobSpec& spec) {
    if (!makes_job(spec)) return;
    ++jobs_;
    if (!spec.id.empty()) ids_.insert(spec.id);
}

bool AddCounter::makes_job(const JobSpec& spec) {
    const bool is_stored = queue_ && !spec.id.empty() && memory_.find_job(*queue_, spec.id) != kNone;
    if (is_stored || (!spec.id.empty() && ids_.contains(spec.id))) return false;
    return spec.deduplication.mode == DedupMode::None || makes_job(spec.deduplication);
}

bool AddCounter::makes_job(const Deduplication& wanted) {
    // None of these jobs runs before all are added, so each key makes one of them at most.
    if (!keys_.insert(wanted.key).second) return false;
    const DedupIndex index = queue_ ? memory_.dedup.find(queue_->index, wanted.key) : kNone;
    if (index == kNone || is_over(memory_, memory_.dedup[index]) ||
        is_freed_by(memory_, index, ending_)) {
        if (wanted.mode == DedupMode::Throttle) ++windows_;
        return true;
    }
    const DedupKey& key = memory_.dedup[index];
    return key.mode == DedupMode::KeepLatest && key.successor == kNone &&
           !is_replaceable(memory_, job_of(memory_, key));
}

Result<> check_windows(const Memory& memory, std::size_t windows) {
    const std::size_t stand = memory.dedup.windows();
    if (windows == 0 || stand + windows <= memory.windows_max) return {};
    return Error{Code::MemoryLimit,
                 std::to_string(windows) +
                     " more windows of deduplication cannot begin: " + std::to_string(stand) +
                     " stand, at most " + std::to_string(memory.windows_max) +
                     " may; choose shorter windows, or free keys",
                 kWindowsRetryAfterMs};
}

std::optional<ItemAnswer> deduplicate(Memory& memory, QueueState& queue, JobSpec& spec) {
    const DedupIndex index = memory.dedup.find(queue.index, spec.deduplication.key);
    if (index == kNone) return std::nullopt;
    if (is_over(memory, memory.dedup[index])) {
        unlink(memory, index);
        erase_key(memory, index);
        return std::nullopt;
    }
    const std::string name = *memory.dedup[index].name;
    JobSeq seq = memory.dedup[index].job;
    std::string chosen_id = memory.dedup[index].chosen_id;
    if (memory.dedup[index].mode == DedupMode::Debounce) restart_delay(memory, index, spec);
    if (memory.dedup[index].mode == DedupMode::KeepLatest) {
        const Slot kept = keep_latest(memory, queue, index, spec);
        seq = memory.jobs[kept].seq;
        chosen_id = memory.jobs.detail(kept).chosen_id;
    }
    note_deduplicated(memory, queue, seq, chosen_id, name);
    return ItemAnswer{Code::Ok, 3, seq, std::move(chosen_id), {}};
}

void note_key(Memory& memory, DedupIndex index) {
    if (std::exchange(memory.dedup[index].is_changed, true)) return;
    memory.changed_dedup.push_back(index);
}

void begin_key(Memory& memory, Slot slot, const Deduplication& wanted) {
    const DedupIndex index = memory.dedup.add(memory.queue_of(slot).index, wanted.key, wanted.mode);
    DedupKey& key = memory.dedup[index];
    JobDetail& detail = memory.jobs.detail(slot);
    detail.dedup = index;
    key.job = memory.jobs[slot].seq;
    key.chosen_id = detail.chosen_id;
    key.window_ms = wanted.window_ms;
    if (key.mode == DedupMode::Throttle) {
        key.until_ms = memory.due_after(key.window_ms);
        key.timer = memory.timeline.set(key.until_ms, TimerKind::DedupWindow, index);
    }
    note_key(memory, index);
}

void end_key(Memory& memory, DedupIndex index) {
    unlink(memory, index);
    DedupKey& key = memory.dedup[index];
    const Slot successor = std::exchange(key.successor, kNone);
    if (successor == kNone) return erase_key(memory, index);
    key.job = memory.jobs[successor].seq;
    key.chosen_id = memory.jobs.detail(successor).chosen_id;
    note_key(memory, index);
    start(memory, successor);
}

void settle_key_of(Memory& memory, Slot slot) {
    const DedupIndex index = memory.jobs.detail(slot).dedup;
    const DedupKey& key = memory.dedup[index];
    const JobState state = memory.jobs[slot].state();
    if (key.successor == slot) {
        if (!awaits_another(memory, slot)) lose_successor(memory, index, slot);
    } else if (key.mode == DedupMode::Debounce) {
        if (state != JobState::Delayed) end_key(memory, index);
    } else if (key.mode != DedupMode::Throttle) {
        if (is_ended(state)) end_key(memory, index);
    }
}

void free_key_of_ending(Memory& memory, Slot slot) {
    const DedupIndex index = memory.jobs.detail(slot).dedup;
    if (index != kNone && is_freed_by(memory, index, slot)) end_key(memory, index);
}

void leave_key_of(Memory& memory, Slot slot) {
    const DedupIndex index = memory.jobs.detail(slot).dedup;
    if (memory.dedup[index].successor == slot)
        lose_successor(memory, index, slot);
    else if (memory.dedup[index].mode != DedupMode::Throttle)
        end_key(memory, index);
}

void end_window(Memory& memory, DedupIndex index) {
    memory.dedup[index].timer = kNone;
    unlink(memory, index);
    erase_key(memory, index);
}

void forget_dedup_keys_of(Memory& memory, QueueIndex queue) {
    while (true) {
        const DedupIndex index = memory.dedup.first_of(queue);
        if (index == kNone) return;
        unlink(memory, index);
        erase_key(memory, index);
    }
}

Result<DedupView> find_deduplication(const Memory& memory, const std::string& queue,
                                     const std::string& name) {
    const auto found = find_standing(memory, queue, name);
    if (!found) return found.error();
    const DedupKey& key = memory.dedup[*found];
    DedupView view;
    view.mode = key.mode;
    view.job_id = key.chosen_id.empty() ? format_job_id(memory.shard, key.job) : key.chosen_id;
    view.window_ms = key.window_ms;
    if (key.mode == DedupMode::Throttle) view.remaining_ms = key.until_ms - memory.now_ms;
    if (key.mode == DedupMode::Debounce)
        view.remaining_ms = memory.jobs[job_of(memory, key)].rank_when_ms - memory.now_ms;
    if (key.successor != kNone) view.successor_id = memory.id_of(key.successor);
    return view;
}

Result<Answer> remove_deduplication(Memory& memory, const std::string& queue,
                                    const std::string& name) {
    const auto found = find_standing(memory, queue, name);
    if (!found) return found.error();
    unlink(memory, *found);
    if (const Slot successor = memory.dedup[*found].successor; successor != kNone) {
        lose_successor(memory, *found, successor);
        start(memory, successor);
    }
    erase_key(memory, *found);
    Answer answer;
    answer.changed = 1;
    return answer;
}

std::string waits_for(const Memory& memory, Slot slot) {
    const JobDetail* const detail = memory.jobs.detail_if_any(slot);
    if (!detail || detail->dedup == kNone || !awaits_another(memory, slot)) return {};
    const DedupKey& key = memory.dedup[detail->dedup];
    return key.chosen_id.empty() ? format_job_id(memory.shard, key.job) : key.chosen_id;
}

DedupRecord record_of(const Memory& memory, const DedupKey& key) {
    DedupRecord record;
    record.name = {memory.queues[key.queue]->record.id, *key.name};
    record.mode = key.mode;
    record.job = key.job;
    record.chosen_id = key.chosen_id;
    if (key.successor != kNone) record.successor = memory.jobs[key.successor].seq;
    record.window_ms = key.window_ms;
    record.until_ms = key.until_ms;
    return record;
}

}  // namespace swarmq::engine
