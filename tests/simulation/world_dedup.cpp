// Deduplication keys are looked up and freed, stored jobs are changed.
#include "simulation/violation.h"
#include "simulation/world.h"

#include <memory>
#include <utility>

namespace swarmq::simulation {

void World::draw_dedup(Added& job, engine::JobSpec& spec) {
    job.dedup = static_cast<DedupNumber>(1 + dice_.below(kDedupKeys - 1));
    job.dedup_mode = static_cast<DedupMode>(1 + dice_.below(4));
    const bool is_debounce = job.dedup_mode == DedupMode::Debounce;
    if (is_debounce || job.dedup_mode == DedupMode::Throttle) job.window_ms = dice_.between(1, 600);
    if (is_debounce) job.delay_ms = 0;
    spec.deduplication = {dedup_text(job.dedup), job.dedup_mode, job.window_ms};
}

void World::add_new(const Added& job, bool is_new) {
    require(is_new, "an add whose key stands for nothing was deduplicated");
    reference_.add(job);
    if (job.dedup != 0) reference_.begin_key(job);
}

void World::free_dedup() {
    const auto queue = static_cast<QueueNumber>(dice_.below(kQueues));
    const auto number = static_cast<DedupNumber>(1 + dice_.below(kDedupKeys - 1));
    const auto answer = engine_->remove_deduplication(queue_name(queue), dedup_text(number));
    const bool stood = reference_.free_key(queue, number);
    require(answer ? stood : !stood && answer.code() == Code::NotFound, "deduplication key ",
            number, " of queue ", queue,
            stood ? " stood and was not found" : " was freed and did not stand");
}

void World::update() {
    auto seq = reference_.any_job(dice_.next());
    if (seq == 0) return;
    // Most changes are of jobs that have not run.
    for (int tries = 0; tries < 3 && is_ended(reference_.find(seq)->state); ++tries)
        seq = reference_.any_job(dice_.next());
    if (!reference_.find(seq)->is_due_known) seal();
    if (reference_.find(seq) == nullptr) return;
    const Job job = *reference_.find(seq);
    engine::UpdateJob command;
    command.job = {queue_name(job.queue), job_id(seq, job.chosen)};
    Wish wish;
    if (dice_.one_in(2)) wish.priority = static_cast<std::uint8_t>(dice_.below(4));
    if (dice_.one_in(2)) wish.delay_ms = dice_.one_in(3) ? 0 : dice_.between(1, 400);
    if (wish.priority) command.priority = *wish.priority;
    command.delay_ms = wish.delay_ms;
    if (dice_.one_in(2)) command.payload = std::make_shared<const std::string>("[]");
    if (dice_.one_in(3)) command.tags = {{"changed"}};
    const bool changes_payload = command.payload || command.tags;
    const bool is_empty = !changes_payload && !command.priority && !command.delay_ms;
    const auto answer = engine_->update_job(std::move(command));
    const Code wanted =
        is_empty ? Code::InvalidArgument : reference_.update(seq, changes_payload, wish);
    const Code code = answer ? Code::Ok : answer.code();
    require(code == wanted, "a change of job ", seq, " got code ", static_cast<int>(code), ", not ",
            static_cast<int>(wanted));
}

void World::check_dedup(QueueNumber queue, DedupNumber number) {
    const auto view = engine_->find_deduplication(queue_name(queue), dedup_text(number));
    const DedupModel& wanted = reference_.dedup(queue, number);
    require(view.ok() == reference_.stands(queue, number), "deduplication key ", number,
            " of queue ", queue, view.ok() ? " still stands" : " stands no more");
    if (!view) return;
    require(view->mode == wanted.mode, "deduplication key ", number, " has another mode");
    const Job* const job = reference_.find(wanted.job);
    require(job == nullptr || view->job_id == job_id(job->seq, job->chosen), "deduplication key ",
            number, " of queue ", queue, " stands for ", view->job_id, ", not job ", wanted.job);
    const Job* const successor = reference_.find(wanted.successor);
    require(view->successor_id ==
                (successor ? job_id(successor->seq, successor->chosen) : std::string()),
            "deduplication key ", number, " of queue ", queue, " has another successor");
    TimeMs until_ms = now_ms_;
    if (wanted.mode == DedupMode::Throttle) until_ms = wanted.until_ms;
    if (wanted.mode == DedupMode::Debounce) until_ms = job->place.when_ms;
    require(view->remaining_ms == until_ms - now_ms_, "deduplication key ", number, " of queue ",
            queue, " stands for ", view->remaining_ms, " ms more");
}

}  // namespace swarmq::simulation
