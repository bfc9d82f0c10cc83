// Makes ticks, and sets the timer for the next one.
#include "engine/schedules.h"

#include <algorithm>
#include <utility>

#include "engine/limits.h"
#include "engine/producers.h"
#include "engine/settings.h"
#include "model/check.h"

namespace swarmq::engine {
namespace {

TimeMs wall_now(const Memory& memory) { return memory.now_ms + memory.wall_offset_ms; }

void set_timer(Memory& memory, Scheduler& scheduler) {
    memory.timeline.cancel(scheduler.timer);
    const SchedulerRecord& record = scheduler.record;
    if (record.due_ms == 0 || !scheduler.problem.empty()) return;
    scheduler.timer = memory.timeline.set(tick_time(memory, record) - memory.wall_offset_ms,
                                          TimerKind::SchedulerTick, scheduler.index);
}

std::size_t bytes_of(const JobTemplate& job) {
    std::size_t bytes = 512 + (job.payload ? job.payload->size() : 0);
    for (const auto& [name, value] : job.headers) bytes += name.size() + value.size() + 64;
    for (const auto& tag : job.tags) bytes += tag.size() + 32;
    return bytes;
}

void count_job(Memory& memory, Scheduler& scheduler) {
    const JobTemplate& job = *scheduler.record.job;
    scheduler.bytes = bytes_of(job);
    memory.scheduler_bytes += scheduler.bytes;
    memory.on_failure_by_schedulers.add(job.job_class.on_failure_queue);
}

void uncount_job(Memory& memory, const Scheduler& scheduler) {
    memory.scheduler_bytes -= scheduler.bytes;
    memory.on_failure_by_schedulers.remove(scheduler.record.job->job_class.on_failure_queue);
}

bool has_unended_job(const Memory& memory, const SchedulerRecord& record) {
    const Slot slot = memory.jobs.find(record.last_job);
    return slot != kNone && !is_ended(memory.jobs[slot].state());
}

void make_tick(Memory& memory, Scheduler& scheduler, TimeMs tick_ms) {
    SchedulerRecord& record = scheduler.record;
    QueueState& queue = memory.queue(scheduler.queue);
    record.last_tick_ms = tick_ms;
    const bool overlaps =
        record.repeat->overlap == OverlapRule::Skip && has_unended_job(memory, record);
    if (overlaps || !check_room(queue, 1)) {
        ++record.skipped;
        return;
    }
    record.last_job = add_job(memory, queue, job_of_tick(record, tick_ms));
    ++record.added;
}

// Makes ticks from `tick_ms` on that were due before `until_ms`, at most `made_max`; answers the next one.
std::optional<TimeMs> make_missed(Memory& memory, Scheduler& scheduler, TimeMs tick_ms,
                                  TimeMs until_ms, std::size_t made_max) {
    const Repeat& repeat = *scheduler.record.repeat;
    std::optional<TimeMs> next_ms = tick_ms;
    for (std::size_t made = 0; made < made_max && next_ms && *next_ms < until_ms &&
                               !is_over(repeat, scheduler.record.added, *next_ms);
         ++made) {
        make_tick(memory, scheduler, *next_ms);
        next_ms = next_tick(repeat, scheduler.times, *next_ms, *next_ms);
    }
    if (next_ms && *next_ms < until_ms)
        next_ms = next_tick(repeat, scheduler.times, *next_ms, until_ms - 1);
    return next_ms;
}

}  // namespace

JobSpec job_of_tick(const SchedulerRecord& record, TimeMs tick_ms) {
    const JobTemplate& job = *record.job;
    const JobClass& shared = job.job_class;
    JobSpec spec;
    spec.name = shared.name;
    spec.key = shared.key;
    spec.payload = job.payload;
    spec.priority = job.priority;
    spec.lifo = job.lifo;
    spec.attempts_max = shared.attempts_max;
    spec.backoff = shared.backoff;
    spec.timeout_ms = shared.timeout_ms;
    spec.ttl_ms = shared.ttl_ms;
    spec.max_stalled = shared.max_stalled;
    spec.keep_completed = shared.keep_completed;
    spec.keep_failed = shared.keep_failed;
    spec.on_failure_queue = shared.on_failure_queue;
    spec.on_failure_name = shared.on_failure_name;
    spec.tags = job.tags;
    spec.chosen = job.chosen;
    spec.headers = job.headers;
    spec.headers.emplace_back(kSchedulerHeader, record.key);
    spec.headers.emplace_back(kTickHeader, std::to_string(tick_ms));
    return spec;
}

TimeMs tick_time(const Memory& memory, const SchedulerRecord& record) {
    return record.due_ms + (record.due_by_wall_clock ? 0 : memory.wall_offset_ms);
}

bool is_over(const Repeat& repeat, std::uint64_t added, TimeMs tick_ms) {
    return (repeat.end_ms != 0 && tick_ms > repeat.end_ms) ||
           (repeat.limit != 0 && added >= repeat.limit);
}

Scheduler& insert_scheduler(Memory& memory, QueueState& queue, SchedulerRecord&& record) {
    const std::uint32_t index = memory.schedulers.add({});
    Scheduler& made = memory.schedulers[index];
    made.index = index;
    made.queue = queue.index;
    made.record = std::move(record);
    count_job(memory, made);
    queue.schedulers.emplace(made.record.key, index);
    return made;
}

void erase_scheduler(Memory& memory, Scheduler& gone) {
    QueueState& queue = memory.queue(gone.queue);
    memory.timeline.cancel(gone.timer);
    uncount_job(memory, gone);
    std::erase(memory.changed_schedulers, gone.index);
    SWARMQ_CHECK(queue.schedulers.erase(gone.record.key) == 1);
    queue.last_used_ms = memory.now_ms;
    memory.effects.changes.schedulers_removed.push_back(
        {queue.record.id, std::move(gone.record.key)});
    memory.schedulers.remove(gone.index);
}

void replace_job(Memory& memory, Scheduler& scheduler, std::shared_ptr<const JobTemplate> job) {
    uncount_job(memory, scheduler);
    scheduler.record.job = std::move(job);
    count_job(memory, scheduler);
}

void set_due(Memory& memory, Scheduler& scheduler, std::optional<TimeMs> tick_ms) {
    SchedulerRecord& record = scheduler.record;
    if (!tick_ms || is_over(*record.repeat, record.added, *tick_ms)) {
        record.due_ms = 0;
    } else {
        record.due_by_wall_clock = scheduler.times.zone || *tick_ms == record.repeat->start_ms;
        record.due_ms = *tick_ms - (record.due_by_wall_clock ? 0 : memory.wall_offset_ms);
    }
    set_timer(memory, scheduler);
}

std::size_t make_ticks(Memory& memory, std::uint32_t index) {
    Scheduler& scheduler = memory.schedulers[index];
    scheduler.timer = kNone;
    SchedulerRecord& record = scheduler.record;
    const Repeat& repeat = *record.repeat;
    const TimeMs tick_ms = tick_time(memory, record);
    const TimeMs missed_until_ms = wall_now(memory) - kTickOnTimeMs;
    const std::uint64_t decided = record.added + record.skipped;
    std::optional<TimeMs> next_ms;
    memory.note_changed(scheduler);
    if (tick_ms < missed_until_ms && repeat.missed != MissedRule::Once) {
        const bool all = repeat.missed == MissedRule::All;
        next_ms = make_missed(memory, scheduler, tick_ms, missed_until_ms, all ? repeat.missed_max : 0);
    } else {
        if (!is_over(repeat, record.added, tick_ms)) make_tick(memory, scheduler, tick_ms);
        const bool is_missed = tick_ms < missed_until_ms;
        next_ms = next_tick(repeat, scheduler.times, tick_ms, is_missed ? wall_now(memory) : tick_ms);
    }
    set_due(memory, scheduler, next_ms);
    return static_cast<std::size_t>(
        std::max<std::uint64_t>(record.added + record.skipped - decided, 1));
}

void follow_wall_clock(Memory& memory) {
    for (const auto& queue : memory.queues) {
        if (!queue) continue;
        for (const auto& [key, index] : queue->schedulers)
            if (Scheduler& scheduler = memory.schedulers[index]; scheduler.record.due_by_wall_clock)
                set_timer(memory, scheduler);
    }
}

void recover_scheduler(Memory& memory, SchedulerRecord&& record) {
    const auto found = memory.queue_by_id.find(record.queue);
    if (found == memory.queue_by_id.end()) return;  // verify reports it; nothing could run it.
    Scheduler& scheduler =
        insert_scheduler(memory, memory.queue(found->second), std::move(record));
    auto times = understand(*scheduler.record.repeat, memory.zones);
    if (times)
        scheduler.times = std::move(times).value();
    else
        scheduler.problem = times.error().detail;
}

void start_schedulers(Memory& memory) {
    const TimeMs now_ms = wall_now(memory);
    for (const auto& queue : memory.queues) {
        if (!queue) continue;
        for (const auto& [key, index] : queue->schedulers) {
            Scheduler& scheduler = memory.schedulers[index];
            SchedulerRecord& record = scheduler.record;
            if (record.due_ms == 0 || !scheduler.problem.empty()) continue;
            const Repeat& repeat = *record.repeat;
            // A clock that was set back must not make an interval longer than it is. And the rules of a
            // zone may have changed; what was missed by the old ones stays missed.
            if (!record.due_by_wall_clock)
                record.due_ms = std::min(record.due_ms, memory.now_ms + repeat.every_ms);
            else if (scheduler.times.zone && record.due_ms > now_ms)
                record.due_ms = next_tick(repeat, scheduler.times,
                                          std::max(record.last_tick_ms, repeat.start_ms - 1), now_ms)
                                    .value_or(0);
            set_timer(memory, scheduler);
        }
    }
}

}  // namespace swarmq::engine
