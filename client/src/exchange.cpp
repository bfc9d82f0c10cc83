// Numbers, windows, answers and resends.
#include "exchange.h"

#include <algorithm>
#include <utility>

#include "convert.h"
#include "wire/frame.h"

namespace swarmq::inline sdk {
namespace {

// One write: large enough that the system call does not count, small enough to stay in the cache.
constexpr std::size_t kWriteBytes = 256 * 1024;
// Single adds join into one frame of at most this size, so that the broker can begin with it early.
constexpr std::size_t kAddFrameBytes = 128 * 1024;
// Where each queue has a frame of its own there are frames of few jobs, so many leave together.
constexpr std::size_t kFramesJoined = 512;
// While this many groups of such frames wait for the disk, more of them would only make its turns
// longer: further adds collect and go together. A lone add never waits.
constexpr std::size_t kAddGroupsInFlight = 16;
// The broker stops reading when its window is full; finishes and beats must still pass.
constexpr std::size_t kWindowForUrgent = 128;

bool is_about_one_job(Code code) {
    return code == Code::InvalidArgument || code == Code::TooLarge || code == Code::QueueFull ||
           code == Code::RateLimited || code == Code::MemoryLimit;
}

Error lost_link() {
    return {Code::Unavailable, "the connection to the broker was lost", true};
}

Error lost_answer() {
    return {Code::Unknown,
            "the change was sent, but its answer did not arrive in time; it may or may not have "
            "been made: look before doing it again, or use a job id of your own",
            true};
}

}  // namespace

void Exchange::submit(std::unique_ptr<Request> request) {
    unsent_bytes_ += request->bytes;
    if (request->is_urgent) {
        urgent_.push_back(std::move(request));
    } else if (request->is_wait) {
        waits_.push_back(std::move(request));
    } else {
        ordinary_.emplace_back(std::move(request));
    }
}

void Exchange::submit(SingleAdd add) {
    unsent_bytes_ += add.bytes;
    ordinary_.emplace_back(std::move(add));
}

void Exchange::link_up(const v1::Limits& limits) {
    is_up_ = true;
    must_resend_ = true;
    limits_ = limits;
}

void Exchange::link_down(SteadyTime now) {
    if (!is_up_) return;
    is_up_ = false;
    down_since_ = now;
    end_urgent_of_link();
    auto others = std::exchange(others_, {});
    // Backwards, so that the questions are asked again in their order.
    for (auto it = others.rbegin(); it != others.rend(); ++it) {
        auto& request = it->second.request;
        forget(*request);
        if (request->kind == Request::Kind::Once) {
            request->done(lost_link());
            continue;
        }
        unsent_bytes_ += request->bytes;
        if (request->is_wait) {
            waits_.push_front(std::move(request));
        } else {
            ordinary_.emplace_front(std::move(request));
        }
    }
}

void Exchange::end_urgent_of_link() {
    std::vector<std::unique_ptr<Request>> over;
    std::erase_if(urgent_, [&over](auto& request) {
        if (request->kind != Request::Kind::Once) return false;
        over.push_back(std::move(request));
        return true;
    });
    for (auto& request : over) {
        unsent_bytes_ -= request->bytes;
        if (request->is_answered) request->done(lost_link());
    }
}

std::size_t Exchange::room() const {
    const std::size_t window = limits_.requests_in_flight_max();
    const std::size_t ours = window > 2 * kWindowForUrgent ? window - kWindowForUrgent
                                                           : std::max<std::size_t>(window / 2, 1);
    return ours > requests_in_flight_ ? ours - requests_in_flight_ : 0;
}

void Exchange::fill(std::string& out) {
    if (!is_up_) return;
    if (std::exchange(must_resend_, false)) resend(out);
    const auto is_long = [&out] { return out.size() >= kWriteBytes; };
    while (!urgent_.empty() && !is_long()) {
        auto request = std::move(urgent_.front());
        urgent_.pop_front();
        send({std::move(request), {}}, out);
    }
    const std::size_t waits_max = std::max<std::size_t>(limits_.waits_in_flight_max(), 1);
    while (!waits_.empty() && waits_in_flight_ < waits_max && !is_long()) {
        auto request = std::move(waits_.front());
        waits_.pop_front();
        send({std::move(request), {}}, out);
    }
    while (!ordinary_.empty() && room() > 0 && !is_long()) {
        if (std::holds_alternative<SingleAdd>(ordinary_.front())) {
            if (add_groups_.size() >= kAddGroupsInFlight) break;
            send_adds(out);
            continue;
        }
        auto request = std::move(std::get<std::unique_ptr<Request>>(ordinary_.front()));
        ordinary_.pop_front();
        send({std::move(request), {}}, out);
    }
}

void Exchange::resend(std::string& out) {
    for (auto& [id, sent] : changes_) {
        v1::Envelope& envelope = sent.request->envelope;
        // Credit belongs to the subscription of the lost connection.
        if (envelope.has_finish()) envelope.mutable_finish()->clear_grant();
        append(id, envelope, out);
    }
}

void Exchange::append(std::uint64_t id, v1::Envelope& envelope, std::string& out) {
    envelope.set_id(id);
    envelope.set_answered_up_to(changes_.empty() ? id - 1 : changes_.begin()->first - 1);
    wire::append_frame(envelope, out);
}

void Exchange::send(Sent sent, std::string& out) {
    Request& request = *sent.request;
    unsent_bytes_ -= request.bytes;
    const std::uint64_t id = ++last_id_;
    append(id, request.envelope, out);
    if (!request.is_answered) return;
    if (request.is_wait) {
        ++waits_in_flight_;
    } else {
        ++requests_in_flight_;
    }
    auto& table = request.kind == Request::Kind::Change ? changes_ : others_;
    table.emplace_hint(table.end(), id, std::move(sent));
}

void Exchange::send_adds(std::string& out) {
    const std::size_t jobs_max = std::max<std::size_t>(limits_.jobs_per_request_max(), 1);
    AddFrames joined({std::min(kFramesJoined, room()), jobs_max, limits_.queues_per_add_max() >= jobs_max});
    while (!ordinary_.empty() && joined.bytes() < kAddFrameBytes && !joined.is_full()) {
        auto* const add = std::get_if<SingleAdd>(&ordinary_.front());
        if (add == nullptr || !joined.take(*add)) break;
        ordinary_.pop_front();
    }
    auto frames = joined.release();
    add_groups_.emplace_hint(add_groups_.end(), ++last_add_group_, frames.size());
    for (auto& frame : frames)
        send({std::move(frame.request), std::move(frame.adds), last_add_group_}, out);
}

void Exchange::leave_group(const Sent& sent) {
    const auto group = add_groups_.find(sent.add_group);
    if (--group->second == 0) add_groups_.erase(group);
}

void Exchange::send_unanswered(v1::Envelope& envelope, std::string& out) {
    if (is_up_) append(++last_id_, envelope, out);
}

void Exchange::forget(const Request& request) {
    if (request.is_wait) {
        --waits_in_flight_;
    } else {
        --requests_in_flight_;
    }
}

void Exchange::answer(v1::Envelope& envelope) {
    auto* table = &changes_;
    auto found = table->find(envelope.id());
    if (found == table->end()) {
        table = &others_;
        found = table->find(envelope.id());
        if (found == table->end()) return;
    }
    Sent sent = std::move(found->second);
    table->erase(found);
    forget(*sent.request);
    if (!sent.adds.empty()) {
        leave_group(sent);
        end_adds(sent, envelope);
    } else if (auto error = refusal_of(envelope)) {
        sent.request->done(std::move(*error));
    } else {
        sent.request->done(&envelope);
    }
}

void Exchange::end_adds(Sent& sent, v1::Envelope& envelope) {
    const auto refusal = refusal_of(envelope);
    if (refusal && sent.adds.size() > 1 && is_about_one_job(refusal->code)) {
        add_singly(sent);
        return;
    }
    const auto& jobs = envelope.add_jobs_result().jobs();
    const bool is_complete = static_cast<std::size_t>(jobs.size()) == sent.adds.size();
    for (std::size_t i = 0; i < sent.adds.size(); ++i) {
        if (refusal) {
            sent.adds[i].done(*refusal);
        } else if (is_complete) {
            const v1::AddedJob& job = jobs[static_cast<int>(i)];
            sent.adds[i].done(job.has_status() ? Result<AddedJob>(to_error(job.status())) : added_job(job));
        } else {
            sent.adds[i].done(unexpected_answer("AddJobsResult", envelope));
        }
    }
}

void Exchange::add_singly(Sent& sent) {
    auto& jobs = *sent.request->envelope.mutable_add_jobs()->mutable_jobs();
    for (std::size_t i = sent.adds.size(); i-- > 0;) {
        sent.adds[i].job.reset(jobs.ReleaseLast());
        sent.adds[i].is_alone = true;
        unsent_bytes_ += sent.adds[i].bytes;
        ordinary_.emplace_front(std::move(sent.adds[i]));
    }
}

void Exchange::end(Sent sent, const Error& error) {
    forget(*sent.request);
    if (!sent.adds.empty()) leave_group(sent);
    for (auto& add : sent.adds) add.done(error);
    if (sent.adds.empty()) sent.request->done(error);
}

bool Exchange::is_overdue(SteadyTime submitted, SteadyTime deadline, SteadyTime now) const {
    if (deadline == SteadyTime::max()) return false;
    if (deadline <= now) return true;
    return !is_up_ && now - std::max(submitted, down_since_) >= timeouts_.unavailable_after;
}

Error Exchange::overdue_error(bool was_sent_change) const {
    if (was_sent_change) return lost_answer();
    if (is_up_) {
        return {Code::Timeout, "the broker did not answer in time; nothing was changed", true};
    }
    return {Code::Unavailable, "the broker cannot be reached; nothing was changed", true};
}

void Exchange::expire(SteadyTime now) {
    expire_sent(changes_, now);
    expire_sent(others_, now);
    expire_unsent(now);
}

void Exchange::expire_sent(std::map<std::uint64_t, Sent>& sent, SteadyTime now) {
    std::vector<Sent> overdue;
    for (auto it = sent.begin(); it != sent.end();) {
        if (it->second.request->deadline <= now) {
            overdue.push_back(std::move(it->second));
            it = sent.erase(it);
        } else {
            ++it;
        }
    }
    for (auto& one : overdue) {
        const bool is_change = one.request->kind == Request::Kind::Change;
        end(std::move(one), overdue_error(is_change));
    }
}

void Exchange::expire_unsent(SteadyTime now) {
    std::vector<std::unique_ptr<Request>> overdue;
    std::erase_if(waits_, [&](auto& request) {
        if (!is_overdue(request->submitted, request->deadline, now)) return false;
        overdue.push_back(std::move(request));
        return true;
    });
    std::vector<SingleAdd> overdue_adds;
    while (!ordinary_.empty()) {  // In the order of their deadlines, for all have the same time.
        if (auto* const add = std::get_if<SingleAdd>(&ordinary_.front())) {
            if (!is_overdue(add->submitted, add->deadline, now)) break;
            overdue_adds.push_back(std::move(*add));
        } else {
            auto& request = std::get<std::unique_ptr<Request>>(ordinary_.front());
            if (!is_overdue(request->submitted, request->deadline, now)) break;
            overdue.push_back(std::move(request));
        }
        ordinary_.pop_front();
    }
    const Error error = overdue_error(false);
    for (auto& request : overdue) {
        unsent_bytes_ -= request->bytes;
        request->done(error);
    }
    for (auto& add : overdue_adds) {
        unsent_bytes_ -= add.bytes;
        add.done(error);
    }
}

void Exchange::fail_unsent(const Error& error) {
    auto waits = std::exchange(waits_, {});
    auto ordinary = std::exchange(ordinary_, {});
    unsent_bytes_ = 0;
    for (const auto& request : urgent_) unsent_bytes_ += request->bytes;
    for (auto& request : waits) request->done(error);
    for (auto& unsent : ordinary) {
        if (auto* const add = std::get_if<SingleAdd>(&unsent)) {
            add->done(error);
        } else {
            std::get<std::unique_ptr<Request>>(unsent)->done(error);
        }
    }
}

void Exchange::fail_all(const Error& error) {
    fail_unsent(error);
    auto urgent = std::exchange(urgent_, {});
    auto changes = std::exchange(changes_, {});
    auto others = std::exchange(others_, {});
    unsent_bytes_ = 0;
    for (auto& request : urgent) {
        if (request->is_answered) request->done(error);
    }
    for (auto& [id, sent] : changes) end(std::move(sent), lost_answer());
    for (auto& [id, sent] : others) end(std::move(sent), error);
}

bool Exchange::is_idle() const {
    return urgent_.empty() && ordinary_.empty() && waits_.empty() && changes_.empty() &&
           others_.empty();
}

}  // namespace swarmq::inline sdk
