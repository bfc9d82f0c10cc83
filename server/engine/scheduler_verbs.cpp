// Checks what is asked before anything is changed.
#include "engine/scheduler_verbs.h"

#include <algorithm>
#include <utility>

#include "engine/limits.h"
#include "engine/new_queues.h"
#include "engine/schedules.h"
#include "engine/validate.h"

namespace swarmq::engine {
namespace {

TimeMs wall_now(const Memory& memory) { return memory.now_ms + memory.wall_offset_ms; }

Error no_scheduler(const std::string& queue, const std::string& key) {
    return {Code::NotFound, "no scheduler \"" + key + "\" exists in queue \"" + queue + "\""};
}

Scheduler* find(Memory& memory, const std::string& queue, const std::string& key) {
    QueueState* const in = memory.find_queue(queue);
    if (in == nullptr) return nullptr;
    const auto found = in->schedulers.find(key);
    return found == in->schedulers.end() ? nullptr : &memory.schedulers[found->second];
}

std::shared_ptr<const JobTemplate> template_of(JobSpec&& spec) {
    JobTemplate job;
    JobClass& shared = job.job_class;
    shared.name = std::move(spec.name);
    shared.key = std::move(spec.key);
    shared.attempts_max = spec.attempts_max;
    shared.backoff = spec.backoff;
    shared.timeout_ms = spec.timeout_ms;
    shared.ttl_ms = spec.ttl_ms;
    shared.max_stalled = spec.max_stalled;
    shared.keep_completed = spec.keep_completed;
    shared.keep_failed = spec.keep_failed;
    shared.on_failure_queue = std::move(spec.on_failure_queue);
    shared.on_failure_name = std::move(spec.on_failure_name);
    job.priority = static_cast<std::uint8_t>(spec.priority);
    job.lifo = spec.lifo;
    job.chosen = spec.chosen;
    job.headers = std::move(spec.headers);
    job.tags = std::move(spec.tags);
    job.payload = spec.payload ? std::move(spec.payload) : std::make_shared<const std::string>();
    return std::make_shared<const JobTemplate>(std::move(job));
}

bool is_same(const JobTemplate& a, const JobTemplate& b) {
    return a.job_class == b.job_class && a.priority == b.priority && a.lifo == b.lifo &&
           a.chosen == b.chosen && a.headers == b.headers && a.tags == b.tags &&
           *a.payload == *b.payload;
}

bool ticks_alike(const Repeat& a, const Repeat& b) {
    return a.every_ms == b.every_ms && a.cron == b.cron && a.zone == b.zone && a.start_ms == b.start_ms;
}

Result<> check_job(const UpsertScheduler& command) {
    const JobSpec& job = command.job;
    if (!job.id.empty() || job.delay_ms != 0 || job.run_at_ms != 0 ||
        job.deduplication.mode != DedupMode::None)
        return Error{Code::InvalidArgument,
                     "job: id, delay_ms, run_at_ms and deduplication cannot be chosen "
                     "for a scheduler's jobs; each tick adds one with an id of its own"};
    JobSpec as_added = job;
    as_added.headers.emplace_back(kSchedulerHeader, command.key);
    as_added.headers.emplace_back(kTickHeader, std::to_string(kDurationMaxMs));
    return check_spec(as_added);
}

Result<> check_bounds(const Memory& memory, const UpsertScheduler& command, bool is_new) {
    if (is_new && memory.schedulers.size() >= kSchedulersMax)
        return Error{Code::MemoryLimit, std::to_string(memory.schedulers.size()) +
                                            " schedulers exist, which is the most; remove one first"};
    if (memory.scheduler_bytes > kSchedulerBytesMax)
        return Error{Code::MemoryLimit,
                     "the jobs of all schedulers take " + std::to_string(memory.scheduler_bytes) +
                         " bytes, at most " + std::to_string(kSchedulerBytesMax) +
                         " are kept; use smaller payloads, or remove schedulers"};
    NewQueues used(memory);
    used.use(command.queue);
    used.use(command.job.on_failure_queue);
    return used.check();
}

// Its times are the same, its end or limit may be new.
void go_on(Memory& memory, Scheduler& scheduler) {
    SchedulerRecord& record = scheduler.record;
    const Repeat& repeat = *record.repeat;
    if (record.due_ms != 0)
        set_due(memory, scheduler, tick_time(memory, record));
    else if (record.last_tick_ms != 0)
        set_due(memory, scheduler,
                next_tick(repeat, scheduler.times, record.last_tick_ms, wall_now(memory)));
    else
        set_due(memory, scheduler, first_tick(repeat, scheduler.times, wall_now(memory)));
}

void begin_anew(Memory& memory, Scheduler& scheduler) {
    scheduler.record.added = 0;
    scheduler.record.last_tick_ms = 0;
    set_due(memory, scheduler,
            first_tick(*scheduler.record.repeat, scheduler.times, wall_now(memory)));
}

std::vector<TimeMs> ticks_from(const Repeat& repeat, const ScheduleTimes& times,
                               std::uint64_t added, std::optional<TimeMs> tick_ms,
                               std::size_t count) {
    std::vector<TimeMs> ticks;
    while (tick_ms && ticks.size() < count && !is_over(repeat, added + ticks.size(), *tick_ms)) {
        ticks.push_back(*tick_ms);
        tick_ms = next_tick(repeat, times, *tick_ms, *tick_ms);
    }
    return ticks;
}

SchedulerView view_of(const Memory& memory, const QueueState& queue, const Scheduler& scheduler,
                      std::size_t ticks) {
    SchedulerView view;
    view.queue = queue.record.name;
    view.record = scheduler.record;
    view.problem = scheduler.problem;
    if (scheduler.record.due_ms != 0 && scheduler.problem.empty())
        view.next_ms = ticks_from(*scheduler.record.repeat, scheduler.times, scheduler.record.added,
                                  tick_time(memory, scheduler.record), ticks);
    return view;
}

Result<> check_ticks(std::size_t ticks) {
    if (ticks <= kTicksAheadMax) return {};
    return Error{Code::InvalidArgument, "next_ticks: " + std::to_string(ticks) + " is not in 0.." +
                                            std::to_string(kTicksAheadMax)};
}

Answer answer_with(SchedulerOutcome outcome) {
    Answer answer;
    answer.items.push_back({Code::Ok, static_cast<std::uint8_t>(outcome), {}, {}, {}});
    answer.changed = outcome == SchedulerOutcome::Unchanged ? 0 : 1;
    return answer;
}

}  // namespace

Result<Answer> upsert_scheduler(Memory& memory, UpsertScheduler&& command) {
    if (auto checked = check_name("queue", command.queue); !checked) return checked.error();
    if (auto checked = check_name("key", command.key); !checked) return checked.error();
    auto times = understand(command.repeat, memory.zones);
    if (!times) return times.error();
    if (auto checked = check_job(command); !checked) return checked.error();
    Scheduler* scheduler = find(memory, command.queue, command.key);
    if (auto checked = check_bounds(memory, command, scheduler == nullptr); !checked)
        return checked.error();

    // Its dead letters' queue comes with it, while there still is room for one.
    if (!command.job.on_failure_queue.empty())
        memory.find_or_create_queue(command.job.on_failure_queue);
    auto job = template_of(std::move(command.job));
    const bool is_new = scheduler == nullptr;
    if (is_new) {
        QueueState& queue = memory.find_or_create_queue(command.queue);
        SchedulerRecord record;
        record.queue = queue.record.id;
        record.key = std::move(command.key);
        record.created_ms = memory.now_ms;
        record.job = std::move(job);
        scheduler = &insert_scheduler(memory, queue, std::move(record));
    } else if (*scheduler->record.repeat == command.repeat && is_same(*scheduler->record.job, *job)) {
        return answer_with(SchedulerOutcome::Unchanged);
    } else {
        replace_job(memory, *scheduler, std::move(job));
    }
    const bool goes_on = !is_new && scheduler->problem.empty() &&
                         ticks_alike(*scheduler->record.repeat, command.repeat);
    scheduler->times = std::move(times).value();
    scheduler->problem.clear();
    scheduler->record.repeat = std::make_shared<const Repeat>(std::move(command.repeat));
    if (goes_on)
        go_on(memory, *scheduler);
    else
        begin_anew(memory, *scheduler);
    memory.note_changed(*scheduler);
    return answer_with(is_new ? SchedulerOutcome::Created : SchedulerOutcome::Changed);
}

Result<Answer> remove_scheduler(Memory& memory, const std::string& queue, const std::string& key) {
    Scheduler* const scheduler = find(memory, queue, key);
    if (scheduler == nullptr) return no_scheduler(queue, key);
    erase_scheduler(memory, *scheduler);
    Answer answer;
    answer.changed = 1;
    return answer;
}

Result<SchedulerView> find_scheduler(Memory& memory, const std::string& queue,
                                     const std::string& key, std::size_t ticks) {
    if (auto checked = check_ticks(ticks); !checked) return checked.error();
    const Scheduler* const scheduler = find(memory, queue, key);
    if (scheduler == nullptr) return no_scheduler(queue, key);
    return view_of(memory, memory.queue(scheduler->queue), *scheduler, ticks);
}

Result<SchedulerPage> list_schedulers(Memory& memory, const ListSchedulers& command) {
    if (command.limit > kItemsPerRequestMax)
        return Error{Code::InvalidArgument,
                     "limit: " + std::to_string(command.limit) + " is not in 1..1000"};
    const std::size_t limit = command.limit == 0 ? kListRowsDefault : command.limit;
    const std::size_t slash = std::min(command.cursor.find('/'), command.cursor.size());
    if (!command.cursor.empty() && slash == command.cursor.size())
        return Error{Code::InvalidArgument, "cursor: not one that a page before this had; "
                                            "leave it empty to begin"};
    const std::string after_queue = command.cursor.substr(0, slash);
    const std::string after_key =
        slash < command.cursor.size() ? command.cursor.substr(slash + 1) : std::string();
    SchedulerPage page;
    const auto& names = memory.queue_names.in_order();
    for (auto at = names.lower_bound(command.queue.empty() ? after_queue : command.queue);
         at != names.end() && (command.queue.empty() || at->first == command.queue); ++at) {
        const QueueState& queue = memory.queue(at->second);
        const bool goes_on = at->first == after_queue;
        for (auto it = goes_on ? queue.schedulers.upper_bound(after_key) : queue.schedulers.begin();
             it != queue.schedulers.end(); ++it) {
            if (page.schedulers.size() == limit) {
                page.next_cursor = scheduler_cursor(page.schedulers.back());
                return page;
            }
            page.schedulers.push_back(view_of(memory, queue, memory.schedulers[it->second], 1));
        }
    }
    return page;
}

std::string scheduler_cursor(const SchedulerView& last) { return last.queue + "/" + last.record.key; }

Result<std::vector<TimeMs>> preview_ticks(const Memory& memory, const Repeat& repeat,
                                          std::size_t ticks) {
    if (auto checked = check_ticks(ticks); !checked) return checked.error();
    const auto times = understand(repeat, memory.zones);
    if (!times) return times.error();
    return ticks_from(repeat, *times, 0, first_tick(repeat, *times, wall_now(memory)), ticks);
}

}  // namespace swarmq::engine
