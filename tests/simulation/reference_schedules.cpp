// Ticks, and what becomes of those that nobody was there to make.
#include "simulation/reference_schedules.h"

#include "simulation/reference.h"
#include "simulation/violation.h"

#include <algorithm>
#include <cstdlib>

namespace swarmq::simulation {
namespace {

constexpr DurationMs kOnTimeMs = 1'000;

// The expressions that the world draws: "*/N * * * * *" and "N * * * * *".
bool is_due_in_second(const std::string& cron, std::int64_t second) {
    const bool is_step = cron[0] == '*';
    const int number = std::atoi(cron.c_str() + (is_step ? 2 : 0));
    return is_step ? second % 60 % number == 0 : second % 60 == number;
}

TimeMs next_by_cron(const std::string& cron, TimeMs after_ms) {
    std::int64_t second = after_ms / 1'000 + 1;
    while (!is_due_in_second(cron, second)) ++second;
    return second * 1'000;
}

bool is_same(const Added& a, const Added& b) {
    return a.name == b.name && a.key == b.key && a.chosen_fields == b.chosen_fields &&
           a.priority == b.priority && a.lifo == b.lifo && a.rules == b.rules;
}

}  // namespace

TimeMs first_tick(const Repeat& repeat, TimeMs now_ms) {
    if (!repeat.cron.empty())
        return next_by_cron(repeat.cron, std::max(now_ms, repeat.start_ms - 1));
    if (repeat.start_ms == 0) return now_ms + repeat.every_ms;
    TimeMs tick_ms = repeat.start_ms;
    while (tick_ms < now_ms) tick_ms += repeat.every_ms;
    return tick_ms;
}

TimeMs next_tick(const Repeat& repeat, TimeMs tick_ms, TimeMs after_ms) {
    if (!repeat.cron.empty()) return next_by_cron(repeat.cron, std::max(tick_ms, after_ms));
    do tick_ms += repeat.every_ms;
    while (tick_ms <= after_ms);
    return tick_ms;
}

bool is_over(const SchedulerModel& scheduler, TimeMs tick_ms) {
    const Repeat& repeat = scheduler.repeat;
    return (repeat.end_ms != 0 && tick_ms > repeat.end_ms) ||
           (repeat.limit != 0 && scheduler.added >= repeat.limit);
}

// --- What of it belongs to the reference.

SchedulerModel& Reference::change_scheduler(std::uint64_t index) {
    schedulers_before_.push_back({turn_, index, schedulers_[index]});
    return schedulers_[index];
}

void Reference::set_tick(std::uint64_t index, TimeMs tick_ms) {
    SchedulerModel& scheduler = schedulers_[index];
    scheduler.due_ms = is_over(scheduler, tick_ms) ? 0 : tick_ms;
    if (scheduler.due_ms != 0) due_.push({scheduler.due_ms, Due::Kind::Tick, index});
}

std::uint8_t Reference::upsert_scheduler(QueueNumber queue, SchedulerNumber number,
                                         const Repeat& repeat, const Added& job) {
    const std::uint64_t index = scheduler_index(queue, number);
    const SchedulerModel before = schedulers_[index];
    if (before.exists && before.repeat == repeat && is_same(before.job, job)) return 3;
    SchedulerModel& scheduler = change_scheduler(index);
    scheduler.exists = true;
    scheduler.repeat = repeat;
    scheduler.job = job;
    const bool goes_on = before.exists && before.repeat.every_ms == repeat.every_ms &&
                         before.repeat.cron == repeat.cron &&
                         before.repeat.start_ms == repeat.start_ms;
    if (!goes_on) scheduler.added = 0, scheduler.last_tick_ms = 0;
    if (goes_on && scheduler.due_ms != 0)
        set_tick(index, scheduler.due_ms);
    else if (scheduler.last_tick_ms != 0)
        set_tick(index, next_tick(repeat, scheduler.last_tick_ms, now_ms_));
    else
        set_tick(index, first_tick(repeat, now_ms_));
    return before.exists ? 2 : 1;
}

bool Reference::remove_scheduler(QueueNumber queue, SchedulerNumber number) {
    const std::uint64_t index = scheduler_index(queue, number);
    if (!schedulers_[index].exists) return false;
    change_scheduler(index) = {};
    for (Expected& expected : expected_)  // Its job is nobody's any more.
        if (expected.scheduler == index) expected.is_orphan = true;
    return true;
}

bool Reference::could_add_tick(std::uint64_t index) const {
    const SchedulerModel& scheduler = schedulers_[index];
    const Job* const last = find(scheduler.last_job);
    const bool is_there =
        (last != nullptr && !is_ended(last->state)) ||
        std::any_of(expected_.begin(), expected_.end(), [&](const Expected& expected) {
            return expected.scheduler == index && !expected.is_orphan;
        });
    const bool overlaps = is_there && scheduler.repeat.overlap == OverlapRule::Skip;
    return !overlaps && !is_full(scheduler_queue(index), 1);
}

void Reference::make_tick(std::uint64_t index, TimeMs tick_ms, const TickWord& is_made) {
    SchedulerModel& scheduler = schedulers_[index];
    scheduler.last_tick_ms = tick_ms;
    if (!is_made(index, tick_ms, could_add_tick(index))) {
        ++scheduler.skipped;
        return;
    }
    ++scheduler.added;
    Expected expected;
    expected.scheduler = index;
    expected.tick_ms = tick_ms;
    expected.added = scheduler.job;
    expected.added.place = scheduler.job.lifo ? Place{kHeadMs, -next_number()} : tail();
    expected.told = tell_expected(scheduler_queue(index));
    expected_.push_back(std::move(expected));
}

void Reference::tick(std::uint64_t index, const TickWord& is_made) {
    SchedulerModel& scheduler = change_scheduler(index);
    const Repeat repeat = scheduler.repeat;
    while (scheduler.due_ms != 0 && scheduler.due_ms <= now_ms_) {
        TimeMs tick_ms = scheduler.due_ms;
        const bool is_missed = tick_ms < now_ms_ - kOnTimeMs;
        if (!is_missed || repeat.missed == MissedRule::Once) {
            make_tick(index, tick_ms, is_made);
            set_tick(index, next_tick(repeat, tick_ms, is_missed ? now_ms_ : tick_ms));
            continue;
        }
        std::uint32_t made = 0;
        for (; tick_ms < now_ms_ - kOnTimeMs; tick_ms = next_tick(repeat, tick_ms, tick_ms))
            if (repeat.missed == MissedRule::All && made < repeat.missed_max &&
                !is_over(scheduler, tick_ms))
                make_tick(index, tick_ms, is_made), ++made;
        set_tick(index, tick_ms);
    }
}

void Reference::add_tick(std::uint64_t seq, QueueNumber queue, SchedulerNumber number,
                         TimeMs tick_ms) {
    const std::uint64_t index = scheduler_index(queue, number);
    const auto found =
        std::find_if(expected_.begin(), expected_.end(), [&](const Expected& wanted) {
            return wanted.scheduler == index && wanted.tick_ms == tick_ms;
        });
    require(found != expected_.end(), "scheduler ", number, " of queue ", queue,
            " made a tick for ", tick_ms, " that was not due");
    if (!found->is_orphan) change_scheduler(index).last_job = seq;
    add_expected(found, seq);
}

}  // namespace swarmq::simulation
