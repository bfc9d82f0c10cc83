// Checks each thing a client hears against all it heard before.
#include "kill_history.h"

#include <chrono>
#include <cstdio>

namespace swarmq::test {

std::string KillHistory::payload_of(const Plan& plan) {
    return std::to_string(plan.number) + " " + std::to_string(plan.failures) + " " +
           std::to_string(plan.delay_ms);
}

KillHistory::Plan KillHistory::plan_of(const std::string& payload) {
    unsigned long long number = 0;
    unsigned failures = 0;
    unsigned long long delay_ms = 0;
    std::sscanf(payload.c_str(), "%llu %u %llu", &number, &failures, &delay_ms);
    return {number, failures, delay_ms};
}

void KillHistory::violated(const std::string& rule) {
    if (violations_.size() < 20) violations_.push_back(rule);
}

void KillHistory::await_news(std::size_t count) {
    std::unique_lock lock(mutex_);
    const std::size_t wanted = told_ + count;
    news_.wait_for(lock, std::chrono::seconds(2), [&] { return told_ >= wanted; });
}

void KillHistory::added(const Plan& plan, const std::string& id, std::uint64_t sent_at_ms) {
    std::lock_guard lock(mutex_);
    ++told_;
    news_.notify_all();
    const auto [known, is_new] = id_of_number_.emplace(plan.number, id);
    if (!is_new && known->second != id)
        violated("job " + std::to_string(plan.number) + " was added twice: as " + known->second + " and " + id);
    Job& job = jobs_[id];
    job.plan = plan;
    job.id = id;
    if (!job.is_acknowledged) ++acknowledged_;
    job.is_acknowledged = true;
    if (plan.delay_ms > 0) job.not_before_ms = sent_at_ms + plan.delay_ms;
}

bool KillHistory::delivered(const v1::DeliveredJob& delivery, std::uint64_t now_ms) {
    std::lock_guard lock(mutex_);
    const Plan plan = plan_of(delivery.payload());
    const auto [known, is_new] = id_of_number_.emplace(plan.number, delivery.id());
    if (!is_new && known->second != delivery.id())
        violated("job " + std::to_string(plan.number) + " exists twice: " + known->second + " and " +
                 delivery.id());
    Job& job = jobs_[delivery.id()];
    job.plan = plan;
    job.id = delivery.id();
    if (job.is_end_accepted) violated(job.id + " was delivered after its end was acknowledged");
    if (delivery.token() <= job.last_token) violated(job.id + ": a token did not rise");
    job.last_token = delivery.token();
    if (job.not_before_ms > now_ms) violated(job.id + " was delivered before its time");
    if (delivery.attempt() <= job.failures_accepted)
        violated(job.id + ": an acknowledged failure was forgotten");
    if (delivery.attempt() > job.failures_sent + 1) violated(job.id + ": an attempt too many was counted");
    return delivery.attempt() <= plan.failures;
}

void KillHistory::answer_sent(const std::string& id, bool is_failure) {
    std::lock_guard lock(mutex_);
    if (is_failure) ++jobs_[id].failures_sent;
}

void KillHistory::answer_accepted(const std::string& id, bool is_failure) {
    std::lock_guard lock(mutex_);
    ++told_;
    news_.notify_all();
    Job& job = jobs_[id];
    if (is_failure) ++job.failures_accepted;
    job.is_completion_accepted |= !is_failure;
    const bool is_end = !is_failure || job.failures_accepted >= kAttempts;
    if (is_end && !job.is_end_accepted) ++ended_;
    job.is_end_accepted |= is_end;
}

void KillHistory::check_end(const v1::Job& seen) {
    std::lock_guard lock(mutex_);
    Job& job = jobs_[seen.id()];
    if (job.is_checked) violated(seen.id() + " is listed twice");
    job.is_checked = true;
    const bool shall_fail = job.plan.failures >= kAttempts;
    const auto expected = shall_fail ? v1::JOB_STATE_FAILED : v1::JOB_STATE_COMPLETED;
    if (seen.state() != expected)
        violated(seen.id() + " ended as " + v1::JobState_Name(seen.state()) + ", not " +
                 v1::JobState_Name(expected));
    const std::uint32_t attempts = shall_fail ? kAttempts : job.plan.failures + 1;
    if (seen.attempts_made() != attempts)
        violated(seen.id() + " made " + std::to_string(seen.attempts_made()) + " attempts, not " +
                 std::to_string(attempts));
    if (payload_of(plan_of(seen.payload())) != payload_of(job.plan)) violated(seen.id() + " lost its payload");
}

void KillHistory::check_all_seen() {
    std::lock_guard lock(mutex_);
    for (const auto& [id, job] : jobs_)
        if (job.is_acknowledged && !job.is_checked) violated(id + " was acknowledged and is gone");
}

std::vector<std::string> KillHistory::violations() const {
    std::lock_guard lock(mutex_);
    return violations_;
}

std::size_t KillHistory::acknowledged() const {
    std::lock_guard lock(mutex_);
    return acknowledged_;
}

std::size_t KillHistory::ended() const {
    std::lock_guard lock(mutex_);
    return ended_;
}

}  // namespace swarmq::test
