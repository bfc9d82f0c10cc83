// Schedulers: people make, change and remove them; their ticks are held against the reference.
#include "simulation/draws.h"
#include "simulation/violation.h"
#include "simulation/world.h"

#include <set>
#include <utility>

namespace swarmq::simulation {
namespace {

Repeat draw_repeat(Dice& dice, TimeMs now_ms) {
    Repeat repeat;
    if (dice.one_in(3))
        repeat.cron = (dice.one_in(2) ? "*/" + std::to_string(1 + dice.below(20))
                                      : std::to_string(dice.below(60))) +
                      " * * * * *";
    else
        repeat.every_ms = dice.between(10, dice.one_in(3) ? 100 : 2'000);
    if (dice.one_in(3)) repeat.start_ms = now_ms + dice.between(-3'000, 3'000);
    if (dice.one_in(4)) repeat.end_ms = std::max(repeat.start_ms, now_ms) + dice.between(0, 6'000);
    if (dice.one_in(3)) repeat.limit = 1 + dice.below(20);
    repeat.missed = static_cast<MissedRule>(1 + dice.below(3));
    repeat.missed_max = static_cast<std::uint32_t>(1 + dice.below(6));
    if (repeat.missed == MissedRule::All || dice.one_in(4)) {
        repeat.overlap = OverlapRule::Allow;
        if (repeat.limit == 0) repeat.limit = 20;  // Its jobs may pile up.
    }
    return repeat;
}

// One that is there already, with another end or limit, goes on.
void alter(Dice& dice, Repeat& repeat, TimeMs now_ms) {
    if (dice.one_in(2)) repeat.limit = repeat.limit == 0 ? 0 : repeat.limit + dice.below(10);
    if (dice.one_in(3))
        repeat.end_ms =
            dice.one_in(2) ? 0 : std::max(repeat.start_ms, now_ms) + dice.between(0, 6'000);
}

}  // namespace

void World::change_scheduler() {
    const auto queue = static_cast<QueueNumber>(dice_.below(kQueues));
    const auto number = static_cast<SchedulerNumber>(dice_.below(kSchedulersPerQueue));
    const SchedulerModel& known = reference_.scheduler(Reference::scheduler_index(queue, number));
    if (dice_.one_in(4)) {
        const auto removed = engine_->remove_scheduler(queue_name(queue), scheduler_text(number));
        require(removed.ok() == known.exists && (removed.ok() || removed.code() == Code::NotFound),
                "a scheduler was removed that was not there, or was refused");
        reference_.remove_scheduler(queue, number);
        return;
    }
    engine::UpsertScheduler command{queue_name(queue), scheduler_text(number), {}, {}};
    Added job = draw_job(dice_, queue, command.job);
    command.repeat = draw_repeat(dice_, now_ms_);
    if (known.exists && dice_.one_in(2)) {
        command.repeat = known.repeat;
        if (dice_.one_in(3)) return upsert_again(queue, number);
        alter(dice_, command.repeat, now_ms_);
    }
    scheduler_specs_[Reference::scheduler_index(queue, number)] = command.job;
    upsert(std::move(command), queue, number, job);
}

void World::upsert(engine::UpsertScheduler command, QueueNumber queue, SchedulerNumber number,
                   const Added& job) {
    const Repeat repeat = command.repeat;
    const auto answer = engine_->upsert_scheduler(std::move(command));
    require(answer.ok(), "a scheduler was refused: ", answer.ok() ? "" : answer.error().detail);
    const std::uint8_t wanted = reference_.upsert_scheduler(queue, number, repeat, job);
    require(answer->items.at(0).outcome == wanted, "a scheduler was upserted with outcome ",
            answer->items[0].outcome, ", not ", wanted);
}

// As a program does each time it starts.
void World::upsert_again(QueueNumber queue, SchedulerNumber number) {
    const std::uint64_t index = Reference::scheduler_index(queue, number);
    const SchedulerModel known = reference_.scheduler(index);
    if (!scheduler_specs_.contains(index)) return;
    upsert({queue_name(queue), scheduler_text(number), known.repeat, scheduler_specs_[index]},
           queue, number, known.job);
}

void World::check_scheduler(std::uint64_t index) {
    const QueueNumber queue = Reference::scheduler_queue(index);
    const std::string name =
        scheduler_text(static_cast<SchedulerNumber>(index % kSchedulersPerQueue));
    const SchedulerModel& wanted = reference_.scheduler(index);
    const auto view = engine_->find_scheduler(queue_name(queue), name, 1);
    require(view.ok() == wanted.exists, "scheduler ", name, " of queue ", queue,
            view.ok() ? " is still there" : " is gone");
    if (!view) return;
    require(view->record.due_ms == wanted.due_ms, "scheduler ", name, " of queue ", queue,
            " ticks at ", view->record.due_ms, ", not ", wanted.due_ms);
    require(view->record.added == wanted.added && view->record.skipped == wanted.skipped,
            "scheduler ", name, " of queue ", queue, " miscounts its ticks");
    require(view->record.last_tick_ms == wanted.last_tick_ms &&
                raw(view->record.last_job) == wanted.last_job,
            "scheduler ", name, " of queue ", queue, " forgot its last tick");
}

void World::let_tick(const std::vector<Reference::Due>& ticks, const std::vector<bool>& could,
                     const engine::Effects& effects) {
    std::set<std::pair<std::string, std::string>> made;  // Queue and scheduler, and time.
    for (const auto& record : effects.changes.added)
        if (raw(record.payload_of) == 0 && !record.headers.empty())
            made.emplace(queue_name(queue_of(*record.job_class)) + record.headers.at(0).second,
                         record.headers.at(1).second);
    for (std::size_t i = 0; i < ticks.size(); ++i) {
        const auto is_made = [&](std::uint64_t index, TimeMs tick_ms, bool could_now) {
            const QueueNumber queue = Reference::scheduler_queue(index);
            const bool is = made.contains(
                {queue_name(queue) +
                     scheduler_text(static_cast<SchedulerNumber>(index % kSchedulersPerQueue)),
                 std::to_string(tick_ms)});
            // Its last job may have ended in this millisecond, and others filled the queue.
            const bool is_free = reference_.settings_of(queue).waiting_max != 0;
            require(is == could_now || is == could[i] || is_free, "a tick of queue ", queue,
                    " for ", tick_ms, is ? " was made" : " was not made");
            return is;
        };
        if (reference_.scheduler(ticks[i].seq).due_ms == ticks[i].when_ms)
            reference_.tick(ticks[i].seq, is_made);
    }
}

}  // namespace swarmq::simulation
