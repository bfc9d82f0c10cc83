// Chains of adds, as many as the window is wide.
#include "bench/producer.h"

#include <utility>

namespace swarmq::cli {

Producer::Producer(ProducerOptions options, AddBudget& budget)
    : options_(std::move(options)), budget_(budget) {
    for (const std::string& name : options_.queues) queues_.emplace_back(name, options_.connection);
}

void Producer::start() {
    for (std::uint64_t i = 0; i < options_.window; ++i) send_next(Clock::now());
}

void Producer::send_next(Clock::time_point now) {
    const std::uint64_t jobs = answers_.has_refusal() ? 0 : budget_.take(options_.batch, now);
    if (jobs == 0) return;
    answers_.expect();
    Queue& queue = next_queue();
    if (options_.batch == 1) {
        queue.add_job_async(
            "bench", options_.payload, next_options(),
            [this, now](const Result<AddedJob>& added) { answered(1, now, added); });
        return;
    }
    queue.add_jobs_async(next_batch(jobs),
                         [this, now, jobs](const Result<std::vector<AddedJob>>& added) {
                             answered(jobs, now, added);
                         });
}

void Producer::add_one_by_one() {
    for (auto now = Clock::now(); !answers_.has_refusal(); now = Clock::now()) {
        const std::uint64_t jobs = budget_.take(options_.batch, now);
        if (jobs == 0) return;
        answers_.expect();
        const auto added = add_blocking(next_queue(), jobs);
        if (added) count(jobs, Clock::now() - now);
        answers_.take(added);
    }
}

Result<std::uint64_t> Producer::add_blocking(Queue& queue, std::uint64_t jobs) try {
    if (options_.batch == 1)
        queue.add_job("bench", options_.payload, next_options());
    else
        queue.add_jobs(next_batch(jobs));
    return jobs;
} catch (const SwarmqError& refused) {
    return refused.error();
}

Queue& Producer::next_queue() {
    return queues_[turn_.fetch_add(1, std::memory_order_relaxed) % queues_.size()];
}

std::vector<NewJob> Producer::next_batch(std::uint64_t jobs) {
    std::vector<NewJob> batch;
    batch.reserve(jobs);
    for (std::uint64_t i = 0; i < jobs; ++i) batch.push_back({"bench", options_.payload, next_options()});
    return batch;
}

JobOptions Producer::next_options() {
    JobOptions options;
    options.run_at = options_.run_at;
    if (options_.keys > 1) {
        options.key = "k" + std::to_string(key_turn_.fetch_add(1) % options_.keys);
    }
    return options;
}

// The next one is counted before this one ends, so that the count is zero only in the end.
template <class T>
void Producer::answered(std::uint64_t jobs, Clock::time_point sent_at, const Result<T>& result) {
    const auto now = Clock::now();
    if (result) {
        count(jobs, now - sent_at);
        send_next(now);
    }
    answers_.take(result);
}

void Producer::count(std::uint64_t jobs, Clock::duration took) {
    added_ += jobs;
    if (options_.meter != nullptr) options_.meter->added.fetch_add(jobs, std::memory_order_relaxed);
    latency_.record(took);
}

}  // namespace swarmq::cli
