// Operators: pauses, removals, retries, promotions, and looking at it all.
#include "simulation/violation.h"
#include "simulation/world.h"

#include <algorithm>

namespace swarmq::simulation {

void World::operate() {
    const auto choice = dice_.below(100);
    if (choice < 15) return change_hold();
    if (choice < 20) return change_settings();
    if (choice < 25) return change_scheduler();
    if (choice < 27) return change_watch();
    if (choice < 30) return change_held();
    if (choice < 34) return free_dedup();
    if (choice < 62) return change_bulk();
    if (choice < 66) return clean();
    if (choice < 68) return drain();
    if (choice < 75) return list();
    const auto seq = reference_.any_job(dice_.next());
    if (seq == 0) return;
    if (dice_.one_in(3)) return cancel(seq);
    const Job job = *reference_.find(seq);
    const std::vector<std::string> ids = {job_id(seq, job.chosen), "nothing"};
    const auto answer = engine_->remove_jobs(queue_name(job.queue), ids);
    require(answer.ok() && answer->changed == 1 && answer->items[1].code == Code::NotFound,
            "a removal was refused");
    reference_.remove(seq);
}

void World::cancel(std::uint64_t seq) {
    if (!reference_.find(seq)->is_due_known) seal();
    if (reference_.find(seq) == nullptr) return;
    const Job job = *reference_.find(seq);
    const auto answer =
        engine_->cancel_jobs(queue_name(job.queue), {job_id(seq, job.chosen), "nothing"});
    const Code wanted = reference_.cancel(seq);
    require(answer.ok() && answer->items[0].code == wanted &&
                answer->items[1].code == Code::NotFound,
            "job ", seq, " was cancelled, or was not, against its state");
}

// Retries failed jobs or promotes delayed ones: some by name, or all up to a limit.
void World::change_bulk() {
    seal();  // Every due time is known then.
    const bool retries = dice_.one_in(2);
    const auto queue = static_cast<QueueNumber>(dice_.below(kQueues));
    const JobState state = retries ? JobState::Failed : JobState::Delayed;
    auto wanted = reference_.in_state(queue, state);
    engine::BulkSelection selection{queue_name(queue), {}, false, 0};
    if (dice_.one_in(4)) {
        selection.all = true;
        // Those that wait for another job wait for no time.
        std::erase_if(wanted,
                      [&](std::uint64_t seq) { return is_successor(*reference_.find(seq)); });
        // A limit would have to choose among promoted jobs that are due at one time.
        if (retries) selection.limit = 1 + dice_.below(20);
        if (retries && wanted.size() > selection.limit) wanted.resize(selection.limit);
    } else {
        const auto seq = reference_.any_job(dice_.next());
        if (seq == 0) return;
        const Job& job = *reference_.find(seq);
        selection.queue = queue_name(job.queue);
        selection.ids = {job_id(seq, job.chosen)};
        wanted.clear();
        if (job.state == state) wanted.push_back(seq);
    }
    const auto answer = retries ? engine_->retry_jobs(selection) : engine_->promote_jobs(selection);
    if (!answer) {
        require(answer.code() == Code::NotFound && wanted.empty(), "a bulk change was refused");
        return;
    }
    reference_.begin_group();
    std::uint64_t changed = 0;
    Place last;
    for (const auto seq : wanted) {
        if (retries && selection.all) break;
        const Place place = reference_.find(seq)->place;
        if (retries)
            reference_.retry(seq);
        else
            reference_.promote(seq, place == last);
        last = place;
        ++changed;
    }
    // A child that runs again may take its parent along.
    for (; retries && selection.all && changed < selection.limit; ++changed) {
        const auto failed = reference_.in_state(queue, state);
        if (failed.empty()) break;
        reference_.retry(failed.front());
    }
    reference_.end_group();
    require(answer->changed == changed, answer->changed, " jobs were changed, not ", changed);
}

void World::clean() {
    const auto queue = static_cast<QueueNumber>(dice_.below(kQueues));
    const JobState state = dice_.one_in(2) ? JobState::Completed : JobState::Failed;
    const DurationMs older_ms = dice_.between(0, 500);
    const auto answer = engine_->clean({queue_name(queue), state, older_ms, 0});
    std::uint64_t changed = 0;
    for (const auto seq : reference_.in_state(queue, state)) {
        if (changed == 1'000 || reference_.find(seq)->finished_ms + older_ms > now_ms_) break;
        reference_.remove(seq);
        ++changed;
    }
    require(answer ? answer->changed == changed : changed == 0, "clean removed other jobs than ",
            changed, " old ones");
}

void World::drain() {
    seal();
    const auto queue = static_cast<QueueNumber>(dice_.below(kQueues));
    const bool with_delayed = dice_.one_in(2);
    const auto answer = engine_->drain({queue_name(queue), with_delayed, 0});
    const std::uint64_t changed = answer ? answer->changed : 0;
    if (changed > 0) {
        // Which goes first, and so which parent runs first, no rule decides. A successor of one
        // that goes may come to wait, and goes too.
        engine::Effects effects = engine_->seal();
        require(effects.ended.size() >= changed, "the ends of drained jobs were not told");
        reference_.begin_group();
        for (std::uint64_t i = 0; i < changed; ++i) {
            const std::uint64_t seq = raw(effects.ended[i].seq);
            const Job* const job = reference_.find(seq);
            require(job != nullptr && job->queue == queue &&
                        (job->state == JobState::Waiting ||
                         (with_delayed && job->state == JobState::Delayed)),
                    "drain removed job ", seq, ", which does not wait");
            reference_.remove(seq);
        }
        reference_.end_group();
        if (!answer->more) require_drained(queue, with_delayed);
        return finish_turn(effects, true);
    }
    require_drained(queue, with_delayed);
}

void World::require_drained(QueueNumber queue, bool with_delayed) const {
    require(reference_.count(queue, JobState::Waiting) == 0 &&
                (!with_delayed || reference_.count(queue, JobState::Delayed) == 0),
            "drain left jobs in queue ", queue);
}

void World::list() {
    seal();
    const auto queue = static_cast<QueueNumber>(dice_.below(kQueues));
    const auto state = static_cast<JobState>(1 + dice_.below(6));
    if (state == JobState::Waiting) return check_waiting_order(queue);
    auto wanted = reference_.in_state(queue, state);
    std::vector<std::uint64_t> listed;
    std::string cursor;
    do {
        const auto page = engine_->list_jobs({queue_name(queue), state, 11, cursor});
        if (!page) break;
        for (const auto& view : page->jobs) listed.push_back(raw(view.seq));
        cursor = page->next_cursor;
    } while (!cursor.empty());
    if (is_ended(state)) std::reverse(wanted.begin(), wanted.end());
    if (!is_ended(state)) {
        std::sort(wanted.begin(), wanted.end());
        std::sort(listed.begin(), listed.end());
    }
    require(listed == wanted, "queue ", queue, " lists ", listed.size(), " jobs in state ",
            static_cast<int>(state), ", of ", wanted.size());
}

}  // namespace swarmq::simulation
