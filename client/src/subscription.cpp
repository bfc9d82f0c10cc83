// Subscribing, credit, deliveries, and the end of a subscription.
#include "subscription.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "convert.h"

namespace swarmq::inline sdk {
namespace {

constexpr std::chrono::milliseconds kNudge{1};

CancelReason to_reason(v1::JobNotice::Kind kind) {
    switch (kind) {
        case v1::JobNotice::KIND_CANCELLED: return CancelReason::Cancelled;
        case v1::JobNotice::KIND_TIMED_OUT: return CancelReason::TimedOut;
        default: return CancelReason::LeaseLost;
    }
}

}  // namespace

Subscription::Subscription(Channel& channel, Options options, std::shared_ptr<HandlerPool> pool)
    : channel_(channel), options_(std::move(options)), pool_(std::move(pool)),
      nudge_timer_(channel.io()) {}

std::unique_ptr<Request> Subscription::urgent(Request::Kind kind) const {
    auto request = std::make_unique<Request>();
    request->kind = kind;
    request->is_urgent = true;
    return request;
}

void Subscription::link_up(const v1::Welcome& welcome) {
    is_up_ = true;
    std::unordered_set<std::uint64_t> held;
    for (const auto& lease : welcome.held_leases()) held.insert(lease.token());
    std::vector<std::uint64_t> lost;
    for (const auto& [token, lease] : leases_) {
        if (!held.contains(token)) lost.push_back(token);
    }
    for (const std::uint64_t token : lost) lose(token, CancelReason::LeaseLost);
    last_beat_ = {};  // The broker's clock for our leases may have run on: renew them at once.
    if (std::exchange(must_resume_, false)) is_quiet_ = false;
    if (is_quiet_)
        is_quiet_answered_ = true;
    else
        subscribe();
}

void Subscription::subscribe() {
    delivered_ = 0;
    granted_ = 0;
    number_ = channel_.next_subscription();
    auto request = urgent(Request::Kind::Once);
    auto& subscribe = *request->envelope.mutable_subscribe();
    subscribe.set_subscription(number_);
    for (const auto& queue : options_.queues) subscribe.add_queues(queue);
    subscribe.set_lease_ms(static_cast<std::uint32_t>(options_.lease.count()));
    subscribe.set_timeouts_start_when_told(true);
    request->done = [self = shared_from_this()](Result<v1::Envelope*> answer) {
        if (answer.ok() || answer.error().code == Code::Unavailable) return;
        for (const auto& queue : self->options_.queues) self->report(queue, "", answer.error());
    };
    channel_.exchange().submit(std::move(request));
}

void Subscription::link_down() {
    is_up_ = false;
    check_drained();
}

bool Subscription::push(v1::Envelope& envelope) {
    if (envelope.has_deliver() && envelope.deliver().subscription() == number_) {
        deliver(*envelope.mutable_deliver());
        return true;
    }
    if (envelope.has_job_notice() && leases_.contains(envelope.job_notice().token())) {
        notice(envelope.job_notice());
        return true;
    }
    return false;
}

void Subscription::deliver(v1::Deliver& deliver) {
    std::vector<LeasePtr> leases;
    leases.reserve(static_cast<std::size_t>(deliver.jobs_size()));
    for (auto& job : *deliver.mutable_jobs()) {
        auto lease = std::make_shared<Lease>(to_active_job(job), pool_, channel_.weak_from_this());
        leases_.emplace(lease->job().token, lease);
        leases.push_back(std::move(lease));
    }
    delivered_ += leases.size();
    held_ += leases.size();
    if (is_quiet_) {  // They were on their way when we said so.
        return release(std::move(leases));
    }
    const auto given = pool_->give(std::move(leases));
    if (given == HandlerPool::Given::ToServingThread) channel_.step_aside_for_worker();
    if (given == HandlerPool::Given::NeedsNudge) nudge_later();
}

void Subscription::notice(const v1::JobNotice& notice) {
    lose(notice.token(), to_reason(notice.kind()));
}

void Subscription::lose(std::uint64_t token, CancelReason reason) {
    const auto found = leases_.find(token);
    if (found == leases_.end()) return;
    found->second->cancel(reason);
    leases_.erase(found);
}

std::uint64_t Subscription::credit() const {
    const std::size_t wanted = is_quiet_ ? 0 : pool_->jobs_wanted();
    return delivered_ + (wanted > held_ ? wanted - held_ : 0);
}

void Subscription::send_grant() {
    if (is_quiet_) return;
    const std::uint64_t wanted = credit();
    if (wanted <= granted_) return;
    // As long as the broker has enough left the next answer takes it along: a frame of its own costs a turn.
    const std::uint64_t left = granted_ > delivered_ ? granted_ - delivered_ : 0;
    if (held_ + left >= pool_->jobs_at_once() && left >= (wanted - delivered_) / 2) return;
    granted_ = wanted;
    auto request = urgent(Request::Kind::Once);
    auto& grant = *request->envelope.mutable_grant();
    grant.set_subscription(number_);
    grant.set_jobs_total(granted_);
    request->is_answered = false;
    channel_.exchange().submit(std::move(request));
}

void Subscription::nudge_later() {
    if (std::exchange(is_nudging_, true)) return;
    nudge_timer_.expires_after(kNudge);
    nudge_timer_.async_wait(
        channel_.io_lock().bind([self = shared_from_this()](const ErrorCode& error) {
            self->is_nudging_ = false;
            if (error) return;
            if (self->pool_->nudge()) self->nudge_later();
            self->channel_.write();
        }));
}

void Subscription::quiet() {
    must_resume_ = false;
    if (std::exchange(is_quiet_, true)) return;
    is_quiet_answered_ = false;
    release(pool_->take_back());
    if (!is_up_) {
        is_quiet_answered_ = true;
        return;
    }
    auto request = urgent(Request::Kind::Once);
    request->envelope.mutable_quiet()->set_subscription(number_);
    request->done = [self = shared_from_this()](const Result<v1::Envelope*>& answer) {
        self->is_quiet_answered_ = true;
        self->check_drained();
        // Without an answer the link is lost, and the next one begins anew.
        if (answer.ok() && self->must_resume_) self->resume();
    };
    channel_.exchange().submit(std::move(request));
    channel_.write();
}

void Subscription::release(std::vector<LeasePtr> leases) {
    for (auto& lease : leases)
        if (lease->claim_end()) finished_.push_back({std::move(lease), Outcome::release()});
}

// Not before the broker has nothing on its way for the subscription that was: it would not be known any more.
void Subscription::resume() {
    if (!is_quiet_) return;
    must_resume_ = is_up_ && !is_quiet_answered_;
    if (must_resume_) return;
    is_quiet_ = false;
    if (!is_up_) return;
    subscribe();
    channel_.write();
}

void Subscription::abandon() {
    for (const auto& [token, lease] : leases_) {
        // In this order: a handler that wakes up must not answer before us.
        if (lease->claim_end()) finished_.push_back({lease, Outcome::release()});
        lease->cancel(CancelReason::Stopping);
    }
    channel_.write();
}

void Subscription::when_drained(std::function<void()> drained) {
    drained_ = std::move(drained);
    channel_.write();
    check_drained();
}

void Subscription::check_drained() {
    const bool is_drained = leases_.empty() && finished_.empty() && refused_for_now_.empty() &&
                            finishes_unanswered_ == 0 && (is_quiet_answered_ || !is_up_);
    if (!drained_ || !is_drained) return;
    std::exchange(drained_, nullptr)();
}

void Subscription::report(std::string queue, std::string id, Error error) {
    if (!options_.on_problem) return;
    channel_.callbacks().add(
        [on_problem = options_.on_problem,
         problem = WorkerProblem{std::move(queue), std::move(id), std::move(error)}] {
            on_problem(problem);
        });
}

}  // namespace swarmq::inline sdk
