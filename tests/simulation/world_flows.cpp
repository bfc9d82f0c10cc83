// Flows: jobs that hang together are added, at once or by the handler of one of them (R13).
#include "simulation/draws.h"
#include "simulation/violation.h"
#include "simulation/world.h"

#include <map>
#include <utility>

namespace swarmq::simulation {

// A job of a worker that may have children: its flow is not deep already.
const World::Held* World::draw_parent() {
    Worker& worker = dice_.pick(workers_);
    if (worker.held.empty()) return nullptr;
    const Held& held = dice_.pick(worker.held);
    std::size_t levels = 0;
    for (const Job* above = reference_.find(held.seq); above != nullptr;
         above = reference_.find(above->parent))
        ++levels;
    return levels < 20 ? &held : nullptr;
}

void World::add_flow() {
    const Held* const held = dice_.one_in(2) ? draw_parent() : nullptr;
    if (reference_.jobs() >= kJobsMax + (held ? 20 : 0)) return;
    engine::AddFlow command;
    std::vector<Member> members(1 + dice_.below(5));
    if (held != nullptr)
        command.parent = {{queue_name(held->queue), job_id(held->seq, held->chosen)},
                          LeaseToken{held->token}};
    for (std::size_t i = 0; i < members.size(); ++i) {
        Member& member = members[i];
        engine::FlowJob job;
        const auto queue = static_cast<QueueNumber>(dice_.below(kQueues));
        member.job = draw_job(dice_, queue, job.job);
        if (dice_.one_in(4)) job.job.delay_ms = dice_.between(1, 400);
        if (job.job.delay_ms > 0) member.job.delay_ms = job.job.delay_ms + options_.clock_step_ms;
        job.queue = queue_name(queue);
        if (i > 0 && !dice_.one_in(4)) job.parent = static_cast<std::uint32_t>(dice_.below(i));
        if (job.parent || held != nullptr)
            job.on_child_failure = static_cast<OnChildFailure>(dice_.below(5));
        member.parent = job.parent;
        if (job.parent) members[*job.parent].job.waits_first = true;
        member.policy = job.on_child_failure == OnChildFailure::None ? OnChildFailure::FailParent
                                                                     : job.on_child_failure;
        command.jobs.push_back(std::move(job));
    }
    const Code wanted = flow_answer(members, held);
    const auto answer = engine_->add_flow(std::move(command));
    const Code code = answer ? Code::Ok : answer.code();
    require(code == wanted, "a flow got code ", static_cast<int>(code), ", not ",
            static_cast<int>(wanted));
    if (answer) take_in(members, *answer, held);
}

Code World::flow_answer(const std::vector<Member>& members, const Held* held) {
    if (held != nullptr) {
        const Job* const job = held->chosen != 0 ? reference_.find_chosen(held->queue, held->chosen)
                                                 : reference_.find(held->seq);
        if (job == nullptr) return Code::NotFound;
        if (job->state != JobState::Active || job->token != held->token) return Code::StaleLease;
    }
    std::map<QueueNumber, std::uint64_t> by_queue;
    for (const Member& member : members) ++by_queue[member.job.queue];
    for (const auto& [queue, jobs] : by_queue)
        if (reference_.is_full(queue, jobs)) return Code::QueueFull;
    return Code::Ok;
}

void World::take_in(std::vector<Member>& members, const Answer& answer, const Held* held) {
    for (std::size_t i = 0; i < members.size(); ++i) {
        Member& member = members[i];
        member.job.seq =
            answer.seq_count > 0 ? raw(answer.first_seq) + i : raw(answer.items.at(i).seq);
        const std::uint64_t parent = member.parent     ? members[*member.parent].job.seq
                                     : held != nullptr ? held->seq
                                                       : 0;
        reference_.add_member(member.job, parent, member.policy);
    }
    for (const Member& member : members)
        if (member.job.waits_first) reference_.tell_waits(member.job.seq);
}

// Added when the answer ends the job. Their header tells them apart.
void World::draw_follow_ups(Answered& answered) {
    follow_up_specs_.clear();
    for (std::uint64_t jobs = 1 + dice_.below(3); jobs > 0; --jobs) {
        engine::JobSpec spec;
        Added job = draw_job(dice_, static_cast<QueueNumber>(dice_.below(kQueues)), spec);
        job.follow_up = std::to_string(next_follow_up_++);
        spec.headers = {{"follow-up", job.follow_up}};
        follow_up_specs_[job.follow_up] = std::move(spec);
        answered.follow_ups.push_back(std::move(job));
    }
}

}  // namespace swarmq::simulation
