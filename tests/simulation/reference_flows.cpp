// Flows, said plainly (R13): a parent counts its children, and what follows from their ends is done
// at the end of the turn.
#include "simulation/reference.h"
#include "simulation/violation.h"

#include <algorithm>
#include <utility>

namespace swarmq::simulation {
namespace {

bool is_failure(JobState state, OnChildFailure policy) {
    return state == JobState::Failed && policy != OnChildFailure::RemoveDependency;
}

std::uint32_t& count_of(FamilyModel& family, JobState state, OnChildFailure policy) {
    if (state == JobState::Completed) return family.completed;
    return is_failure(state, policy) ? family.failed : family.removed;
}

bool is_wait_over(const FamilyModel& family) {
    return family.pending == 0 || family.blocking > 0 || family.continues;
}

}  // namespace

void Reference::add_member(const Added& added, std::uint64_t parent, OnChildFailure policy) {
    add(added);
    Job& job = jobs_.at(added.seq);
    if (parent == 0) return;
    job.parent = parent;
    job.policy = policy;
    FamilyModel& family = change(parent).family;
    family.exists = true;
    ++family.pending;
}

void Reference::tell_waits(std::uint64_t seq) {
    tell(jobs_.at(seq), EventKind::WaitingChildren);
}

void Reference::note_child_end(const Job& child, JobState state) {
    if (child.parent == 0 || find(child.parent) == nullptr) return;
    FamilyModel& family = change(child.parent).family;
    --family.pending;
    ++count_of(family, state, child.policy);
    if (is_failure(state, child.policy) && child.policy == OnChildFailure::FailParent)
        ++family.blocking;
    if (is_failure(state, child.policy) && child.policy == OnChildFailure::ContinueParent)
        family.continues = true;
    settle_if_over(child.parent);
}

// Parents are settled in the order in which their waits were over.
void Reference::settle_if_over(std::uint64_t seq) {
    const Job& job = jobs_.at(seq);
    const bool is_over = job.state == JobState::WaitingChildren && is_wait_over(job.family);
    const bool is_noted = std::find(to_settle_.begin(), to_settle_.end(), seq) != to_settle_.end();
    if (is_over && !is_noted) to_settle_.push_back(seq);
}

// Before its end someone removes it: its children go with it, as far as they have not ended.
void Reference::leave_flow(const Job& job) {
    if (is_ended(job.state)) return;
    note_child_end(job, JobState::None);
    if (job.family.pending > 0) condemned_.push_back(job.seq);
}

void Reference::settle_flows() {
    tellings_.begin_group();
    while (!to_settle_.empty() || !condemned_.empty()) {
        if (!to_settle_.empty()) {
            const std::uint64_t seq = to_settle_.front();
            to_settle_.erase(to_settle_.begin());
            if (find(seq) != nullptr) settle_parent(seq);
            continue;
        }
        const std::uint64_t gone = condemned_.front();
        condemned_.erase(condemned_.begin());
        std::vector<std::uint64_t> children;
        for (const auto& [seq, job] : jobs_)
            if (job.parent == gone && !is_ended(job.state)) children.push_back(seq);
        std::sort(children.begin(), children.end());
        for (const auto seq : children) remove(seq);
    }
    tellings_.end_group();
}

void Reference::settle_parent(std::uint64_t seq) {
    if (jobs_.at(seq).state != JobState::WaitingChildren || !is_wait_over(jobs_.at(seq).family))
        return;
    Job& job = change(seq);
    if (job.family.blocking > 0) return fail_for_good(job, FailureKind::Dependency);
    job.family.continues = false;
    if (job.awaits_delay && job.place.when_ms > now_ms_) {
        const Place place = job.place;
        move(job, JobState::Delayed);
        job.place = place;
        index(job);
        schedule(job);
        tell(job, EventKind::Delayed, place.when_ms - now_ms_);
        return;
    }
    job.runnable_ms = now_ms_;
    const bool is_lifo = job.place.when_ms <= kHeadMs;
    wait_at(job, is_lifo ? Place{kHeadMs, -next_number()} : tail());
    tell(job, EventKind::Waiting);
}

void Reference::wait_for_children(Job& job) {
    if (job.family.exists && !(is_wait_over(job.family) && job.family.blocking == 0)) {
        wait_again(job);
        tell(job, EventKind::WaitingChildren);
        settle_if_over(job.seq);
        return;
    }
    job.family.continues = false;
    wait_at(job, tail());
    tell(job, EventKind::Waiting);
}

void Reference::wait_again(Job& job) {
    move(job, JobState::WaitingChildren);
    job.place = tail();
    job.awaits_delay = false;
    index(job);
}

// What ended counts no more for its parent, which waits again, too, when it had failed only for
// that.
void Reference::retry_flow(std::uint64_t seq) {
    for (std::uint64_t parent = 0; seq != 0; seq = std::exchange(parent, 0)) {
        const Job child = jobs_.at(seq);
        if (child.parent != 0 && find(child.parent) != nullptr) {
            Job& above = change(child.parent);
            FamilyModel& family = above.family;
            ++family.pending;
            --count_of(family, JobState::Failed, child.policy);
            if (child.policy == OnChildFailure::FailParent && family.blocking > 0)
                --family.blocking;
            const bool failed_by_child =
                above.state == JobState::Failed && above.failure_kind == FailureKind::Dependency;
            if (failed_by_child && family.blocking == 0) parent = child.parent;
        }
        begin_anew(change(seq));
    }
}

void Reference::begin_anew(Job& job) {
    job.stalls = 0;
    job.failure_kind = FailureKind::None;
    job.finished_ms = 0;
    job.runnable_ms = now_ms_;
    job.family.blocking = 0;
    job.family.continues = false;
    const bool waits = job.family.pending > 0;
    if (waits)
        wait_again(job);
    else
        wait_at(job, tail());
    tell(job, EventKind::Retried);
    if (waits) tell(job, EventKind::WaitingChildren);
}

Code Reference::expect_follow_ups(const Job& job, const Answered& answered) {
    const bool fails = answered.kind == AnswerKind::Fail &&
                       (answered.is_unrecoverable || job.attempts + 1 >= job.rules.attempts_max);
    if (!fails && answered.kind != AnswerKind::Complete) return Code::Ok;
    std::uint64_t jobs[16] = {};
    for (const Added& added : answered.follow_ups)
        if (is_full(added.queue, ++jobs[added.queue])) return Code::QueueFull;
    for (const Added& added : answered.follow_ups) {
        Expected expected;
        expected.follow_up = added.follow_up;
        expected.added = added;
        expected.added.place = added.lifo ? Place{kHeadMs, -next_number()} : tail();
        expected.told = tell_expected(added.queue);
        expected_.push_back(std::move(expected));
    }
    return Code::Ok;
}

void Reference::add_follow_up(std::uint64_t seq, const std::string& header) {
    const auto found =
        std::find_if(expected_.begin(), expected_.end(),
                     [&](const Expected& wanted) { return wanted.follow_up == header; });
    require(found != expected_.end(), "a follow-up was added that was not due: ", header);
    add_expected(found, seq);
}

}  // namespace swarmq::simulation
