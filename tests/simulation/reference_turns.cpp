// Time, turns and crashes in the reference, and what can be seen of it.
#include "simulation/reference.h"
#include "simulation/violation.h"

#include <algorithm>

namespace swarmq::simulation {

void Reference::schedule(const Job& job) {
    using Kind = Due::Kind;
    const Rules& rules = job.rules;
    if (job.state == JobState::Waiting && rules.ttl_ms > 0 && job.started_ms == 0)
        due_.push({job.runnable_ms + rules.ttl_ms, Kind::Expiry, job.seq});
    if (job.state == JobState::Delayed && job.is_due_known && !is_successor(job))
        due_.push({job.place.when_ms, Kind::Delay, job.seq});
    if (job.state == JobState::Active) {
        due_.push({job.lease_until_ms, Kind::Lease, job.seq});
        if (rules.timeout_ms > 0 && !job.awaits_start)
            due_.push({job.started_ms + rules.timeout_ms, Kind::Timeout, job.seq});
    }
    if (!is_ended(job.state)) return;
    const Keep& keep = job.state == JobState::Completed ? rules.keep_completed : rules.keep_failed;
    if (keep.age_ms) due_.push({job.finished_ms + *keep.age_ms, Kind::Age, job.seq});
}

bool Reference::still_holds(const Due& due) const {
    if (due.kind == Due::Kind::Tick) return schedulers_[due.seq].due_ms == due.when_ms;
    const Job* const job = find(due.seq);
    if (job == nullptr) return false;
    switch (due.kind) {
        case Due::Kind::Delay:
            return job->state == JobState::Delayed && job->is_due_known &&
                   job->place.when_ms == due.when_ms;
        case Due::Kind::Lease:
            return job->state == JobState::Active && job->lease_until_ms == due.when_ms;
        case Due::Kind::Loss:
            return job->state == JobState::Active;
        case Due::Kind::Timeout:
            return job->state == JobState::Active && job->rules.timeout_ms > 0 &&
                   !job->awaits_start && job->started_ms + job->rules.timeout_ms == due.when_ms;
        case Due::Kind::Expiry:
            return job->state == JobState::Waiting && job->started_ms == 0 &&
                   job->runnable_ms + job->rules.ttl_ms == due.when_ms;
        case Due::Kind::Age:
        case Due::Kind::Tick:
            break;
    }
    if (!is_ended(job->state)) return false;
    const Keep& keep =
        job->state == JobState::Completed ? job->rules.keep_completed : job->rules.keep_failed;
    return keep.age_ms && job->finished_ms + *keep.age_ms == due.when_ms;
}

std::optional<TimeMs> Reference::next_due() {
    while (!due_.empty() && !still_holds(due_.top())) due_.pop();
    if (due_.empty()) return std::nullopt;
    return due_.top().when_ms;
}

std::vector<Reference::Due> Reference::take_due() {
    std::vector<Due> taken;
    while (!due_.empty() && due_.top().when_ms <= now_ms_) {
        if (still_holds(due_.top())) taken.push_back(due_.top());
        due_.pop();
    }
    return taken;
}

void Reference::happen(const Due& due) {
    if (!still_holds(due)) return;
    if (due.kind == Due::Kind::Tick)
        return tick(due.seq, [](std::uint64_t, TimeMs, bool could) { return could; });
    Job& job = change(due.seq);
    switch (due.kind) {
        case Due::Kind::Delay:
            job.runnable_ms = job.place.when_ms;
            wait_at(job, job.place);
            if (job.place.when_ms > booted_ms_) tell(job, EventKind::Waiting);
            // A ttl that is over by now, too, ends it at once.
            if (job.rules.ttl_ms > 0 && job.started_ms == 0 &&
                job.runnable_ms + job.rules.ttl_ms <= now_ms_)
                happen({job.runnable_ms + job.rules.ttl_ms, Due::Kind::Expiry, job.seq});
            return;
        case Due::Kind::Lease:
        case Due::Kind::Loss:
            stall(job);
            return;
        case Due::Kind::Timeout:
            fail(job, FailureKind::Timeout, {});
            return;
        case Due::Kind::Expiry:
            fail_for_good(job, FailureKind::Expired);
            return;
        case Due::Kind::Age:
            erase(due.seq);
            return;
        case Due::Kind::Tick:
            return;
    }
}

void Reference::learn_due(std::uint64_t seq, TimeMs due_ms) {
    const auto found = jobs_.find(seq);
    if (found == jobs_.end() || found->second.is_due_known) return;
    Job& job = found->second;
    require(job.state == JobState::Delayed, "job ", seq, " has a due time and is not delayed");
    const TimeMs base_ms = job.place.when_ms - job.delay_most_ms;
    require(due_ms >= base_ms + job.delay_least_ms && due_ms <= job.place.when_ms, "job ", seq,
            " retries after ", due_ms - base_ms, " ms, not ", job.delay_least_ms, "..",
            job.delay_most_ms);
    job.place.when_ms = due_ms;
    job.is_due_known = true;
    schedule(job);
}

void Reference::end_turn(TurnNumber turn) {
    for (const Expected& missing : expected_)
        require(false, "of queue ", missing.added.queue, " the dead letter of job ", missing.from,
                ", the follow-up ", missing.follow_up, " or the tick at ", missing.tick_ms,
                " is missing");
    turn_ = TurnNumber{raw(turn) + 1};
    ends_ = 0;
}

void Reference::made_durable(TurnNumber turn) {
    while (!jobs_before_.empty() && jobs_before_.front().turn <= turn) jobs_before_.pop_front();
    while (!queues_before_.empty() && queues_before_.front().turn <= turn)
        queues_before_.pop_front();
    while (!controls_before_.empty() && controls_before_.front().turn <= turn)
        controls_before_.pop_front();
    while (!dedup_before_.empty() && dedup_before_.front().turn <= turn) dedup_before_.pop_front();
    while (!schedulers_before_.empty() && schedulers_before_.front().turn <= turn)
        schedulers_before_.pop_front();
}

void Reference::crash(TimeMs now_ms) {
    now_ms_ = booted_ms_ = now_ms;
    for (; !jobs_before_.empty(); jobs_before_.pop_back()) {
        const JobBefore& before = jobs_before_.back();
        if (before.existed)
            jobs_[before.seq] = before.job;
        else
            jobs_.erase(before.seq);
    }
    for (; !queues_before_.empty(); queues_before_.pop_back())
        queues_[queues_before_.back().queue] = queues_before_.back().before;
    for (; !controls_before_.empty(); controls_before_.pop_back())
        controls_[controls_before_.back().queue] = controls_before_.back().before;
    for (; !schedulers_before_.empty(); schedulers_before_.pop_back())
        schedulers_[schedulers_before_.back().index] = schedulers_before_.back().before;
    for (; !dedup_before_.empty(); dedup_before_.pop_back())
        dedup_[dedup_before_.back().queue][dedup_before_.back().number] =
            dedup_before_.back().before;
    expected_.clear();
    to_settle_.clear();
    condemned_.clear();
    tellings_ = Tellings(static_cast<QueueNumber>(queues_.size()));
    ends_ = 0;
    answers_of_gone_.clear();
    due_ = {};
    by_queue_.assign(queues_.size(), {});
    for (auto& [seq, job] : jobs_) {
        if (job.state == JobState::Active) job.lease_until_ms = now_ms + job.lease_ms;
        job.awaits_start = job.starts_when_told;
        index(job);
        schedule(job);
    }
    for (std::uint64_t index = 0; index < schedulers_.size(); ++index)
        if (schedulers_[index].due_ms != 0)
            due_.push({schedulers_[index].due_ms, Due::Kind::Tick, index});
    recover_windows();
}

const Job* Reference::find(std::uint64_t seq) const {
    const auto found = jobs_.find(seq);
    return found == jobs_.end() ? nullptr : &found->second;
}

const Job* Reference::find_chosen(QueueNumber queue, std::uint32_t chosen) const {
    const auto found = by_queue_[queue].chosen.find(chosen);
    return found == by_queue_[queue].chosen.end() ? nullptr : find(found->second);
}

std::uint64_t Reference::any_job(std::uint64_t chance) const {
    if (jobs_.empty()) return 0;
    // Some job of some bucket: any will do, and it is the same for the same history.
    for (std::size_t bucket = chance % jobs_.bucket_count();;
         bucket = (bucket + 1) % jobs_.bucket_count())
        if (jobs_.bucket_size(bucket) > 0) return jobs_.begin(bucket)->first;
}

std::uint64_t Reference::count(QueueNumber queue, JobState state) const {
    return by_queue_[queue].counts[static_cast<std::size_t>(state)];
}

std::vector<std::uint64_t> Reference::in_state(QueueNumber queue, JobState state) const {
    std::vector<std::uint64_t> seqs;
    if (state == JobState::Waiting) {
        for (const auto& [lane, jobs] : by_queue_[queue].waiting)
            for (const auto& [place, seq] : jobs) seqs.push_back(seq);
        return seqs;
    }
    for (const auto& [seq, job] : jobs_)
        if (job.queue == queue && job.state == state) seqs.push_back(seq);
    std::sort(seqs.begin(), seqs.end(), [&](std::uint64_t a, std::uint64_t b) {
        const Job& left = jobs_.at(a);
        const Job& right = jobs_.at(b);
        if (is_ended(state)) return left.ordinal < right.ordinal;
        return std::tie(left.place, a) < std::tie(right.place, b);
    });
    return seqs;
}

std::map<Reference::Lane, Reference::ListedLane> Reference::waiting_lanes(QueueNumber queue) const {
    std::map<Lane, ListedLane> lanes;
    for (const auto& [lane, jobs] : by_queue_[queue].waiting)
        for (const auto& [place, seq] : jobs) lanes[lane].jobs.push_back(seq);
    return lanes;
}

std::vector<std::uint64_t> Reference::held_by(std::uint32_t session) const {
    std::vector<std::uint64_t> seqs;
    for (const auto& [seq, job] : jobs_)
        if (job.state == JobState::Active && job.session == session) seqs.push_back(seq);
    std::sort(seqs.begin(), seqs.end());
    return seqs;
}

}  // namespace swarmq::simulation
