// Producers: numbered requests of all kinds, lost connections, resends.
#include "simulation/draws.h"
#include "simulation/violation.h"
#include "simulation/world.h"

#include <algorithm>
#include <set>
#include <utility>

namespace swarmq::simulation {
QueueNumber World::queue_of(const JobClass& job_class) {
    const auto known = queue_numbers_.find(job_class.queue);
    if (known != queue_numbers_.end()) return known->second;
    const std::string name = engine_->queue_name(job_class.queue);
    const auto at = std::find(queue_names_.begin(), queue_names_.end(), name);
    require(at != queue_names_.end(), "a job of a queue that nobody named: ", name);
    const auto number = static_cast<QueueNumber>(at - queue_names_.begin());
    queue_numbers_[job_class.queue] = number;
    return number;
}

std::string World::job_id(std::uint64_t seq, std::uint32_t chosen) const {
    return chosen != 0 ? "chosen-" + std::to_string(chosen) : format_job_id(ShardId{}, JobSeq{seq});
}

Added World::make_job(engine::JobSpec& spec, QueueNumber queue) {
    Added job = draw_job(dice_, queue, spec);
    if (dice_.one_in(4)) job.chosen = static_cast<std::uint32_t>(1 + dice_.below(60));
    job.delay_ms = dice_.one_in(3) ? dice_.between(1, 700) : 0;
    if (job.chosen != 0) spec.id = job_id(0, job.chosen);
    if (dice_.one_in(4)) draw_dedup(job, spec);
    if (job.delay_ms > 0 && job.dedup == 0 && dice_.one_in(3))
        spec.run_at_ms = now_ms_ + job.delay_ms;
    else
        spec.delay_ms = job.delay_ms;
    return job;
}

World::Request World::make_request(Producer& producer) {
    Request request;
    request.number = producer.next_number++;
    auto queue = static_cast<QueueNumber>(dice_.below(kQueues));
    const std::uint64_t jobs = dice_.one_in(4) ? 1 + dice_.below(8) : 1;
    request.is_mixed = dice_.one_in(4);
    request.is_independent = dice_.one_in(4);
    for (std::uint64_t i = 0; i < jobs; ++i) {
        if (request.is_mixed) queue = static_cast<QueueNumber>(dice_.below(kQueues));
        engine::JobSpec spec;
        request.jobs.push_back(make_job(spec, queue));
        request.specs.push_back(std::move(spec));
    }
    return request;
}

void World::produce() {
    if (dice_.one_in(8)) return add_flow();
    const std::size_t index = dice_.below(kProducers);
    Producer& producer = producers_[index];
    if (dice_.one_in(40)) {
        send_invalid();
    } else if (producer.resends || dice_.one_in(12)) {
        ++producer.connection;  // What was under way to it is lost.
        producer.resends = false;
        send_all(producer);
    } else if (producer.unanswered.size() < 6 && reference_.jobs() < kJobsMax) {
        producer.unanswered.push_back(make_request(producer));
        if (!send(producer, producer.unanswered.back())) producer.unanswered.pop_back();
    }
}

void World::send_invalid() {
    std::vector<engine::JobSpec> specs(3);
    for (auto& spec : specs) make_job(spec, 0);
    specs[2].attempts_max = 0;
    const auto refused = engine_->add_jobs({queue_name(0), std::move(specs)});
    require(refused.code() == Code::InvalidArgument, "an invalid batch was accepted");
}

// Of those for the queue.
std::uint64_t World::new_jobs(const Request& request, QueueNumber queue) const {
    std::set<std::uint32_t> chosen;
    std::set<DedupNumber> keys;
    std::uint64_t jobs = 0;
    for (const Added& job : request.jobs) {
        if (job.queue != queue) continue;
        if (job.chosen != 0 && (chosen.contains(job.chosen) ||
                                reference_.find_chosen(job.queue, job.chosen) != nullptr))
            continue;
        if (job.dedup != 0 &&
            (!keys.insert(job.dedup).second || !reference_.makes_job(job.queue, job.dedup)))
            continue;
        ++jobs;
        if (job.chosen != 0) chosen.insert(job.chosen);
    }
    return jobs;
}

engine::AddJobs World::command_of(const Request& request) const {
    engine::AddJobs command{"", request.specs, {}, request.is_independent};
    for (auto& spec : command.jobs)  // A resend much later: its time may have passed.
        if (spec.run_at_ms != 0 && spec.run_at_ms <= now_ms_) spec.run_at_ms = now_ms_;
    if (!request.is_mixed) command.queue = queue_name(request.jobs.front().queue);
    if (request.is_mixed)
        for (const Added& job : request.jobs) command.queues.push_back(queue_name(job.queue));
    return command;
}

// An independent job that finds no room.
bool World::was_refused(const Added& job, Code code) const {
    const bool is_stored = job.chosen != 0 && reference_.find_chosen(job.queue, job.chosen) != nullptr;
    const bool makes_job = !is_stored && (job.dedup == 0 || reference_.makes_job(job.queue, job.dedup));
    const bool is_full = reference_.is_full(job.queue, 1);
    require(code == Code::Ok || code == Code::QueueFull, "an add was refused");
    require(code == Code::Ok ? !makes_job || !is_full : is_full, "queue ", job.queue,
            is_full ? " is full and took a job" : " has room and took none");
    return code != Code::Ok;
}

// For one of its queues: whether all that it has is counted, or only what makes a job.
bool World::is_too_much(const Request& request, bool counts_all) const {
    const auto jobs_for = [&](QueueNumber queue) -> std::uint64_t {
        if (!counts_all) return new_jobs(request, queue);
        return static_cast<std::uint64_t>(std::count_if(request.jobs.begin(), request.jobs.end(),
                                                        [&](const Added& job) { return job.queue == queue; }));
    };
    return std::any_of(request.jobs.begin(), request.jobs.end(), [&](const Added& job) {
        return reference_.is_full(job.queue, jobs_for(job.queue));
    });
}

void World::send_all(Producer& producer) {
    const auto unanswered = std::exchange(producer.unanswered, {});
    for (const auto& request : unanswered)
        if (send(producer, request)) producer.unanswered.push_back(request);
}

bool World::send(Producer& producer, const Request& request) {
    const auto index = static_cast<std::size_t>(&producer - producers_.data());
    const auto known = answers_.find({index, request.number});
    const Answer* const remembered = engine_->find_answer(producer.client, request.number);
    require((remembered != nullptr) == (known != answers_.end()), "request ", request.number,
            " of ", producer.client, remembered ? " is remembered from nowhere" : " is forgotten");
    Output output;
    output.turn = turn_;
    output.receiver = index;
    output.connection = producer.connection;
    output.number = request.number;
    if (remembered != nullptr) {
        require(*remembered == known->second.answer, "a resend gets another answer");
        outputs_.push_back(output);
        return true;
    }
    const auto answer = engine_->add_jobs(command_of(request));
    // Jobs that are stored already need no room.
    if (!request.is_independent && is_too_much(request, false))
        require(answer.code() == Code::QueueFull, "a full queue took ", request.jobs.size(),
                " jobs");
    if (answer.code() == Code::QueueFull && is_too_much(request, true)) return false;
    require(answer.ok(), "an add was refused: ", answer.ok() ? "" : answer.error().detail);
    for (std::size_t i = 0; i < request.jobs.size(); ++i) {
        Added job = request.jobs[i];
        const bool is_run_at = request.specs[i].run_at_ms != 0;
        job.asked_delay_ms = job.delay_ms;
        if (job.dedup_mode == DedupMode::Debounce) job.delay_ms = job.window_ms;
        if (is_run_at)
            job.delay_ms = std::max<DurationMs>(0, request.specs[i].run_at_ms - now_ms_);
        else if (job.delay_ms > 0)
            job.delay_ms += options_.clock_step_ms;
        if (request.is_independent &&
            was_refused(job, answer->seq_count > 0 ? Code::Ok : answer->items.at(i).code))
            continue;
        job.seq = answer->seq_count > 0 ? raw(answer->first_seq) + i : raw(answer->items.at(i).seq);
        const Job* const stored =
            job.chosen != 0 ? reference_.find_chosen(job.queue, job.chosen) : nullptr;
        if (stored != nullptr)
            require(answer->items.at(i).outcome == 2 && stored->seq == job.seq,
                    "an id that is stored was added again");
        else if (const auto kept = reference_.deduplicate(job); kept != 0)
            require(answer->items.at(i).outcome == 3 && kept == job.seq,
                    "an add whose key stands for job ", kept, " was answered with job ", job.seq);
        else
            add_new(job, answer->seq_count > 0 || answer->items.at(i).outcome == 1);
        output.seq = std::max(output.seq, stored ? 0 : job.seq);
    }
    engine_->remember_answer(producer.client, request.number, *answer);
    answers_[{index, request.number}] = {turn_, *answer};
    outputs_.push_back(output);
    return true;
}

}  // namespace swarmq::simulation
