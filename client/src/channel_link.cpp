// The life of links: hello, reconnects with growing pauses, signs of life, goodbye.
#include <algorithm>
#include <utility>

#include "channel.h"
#include "validate.h"
#include "wire/frame.h"

namespace swarmq::inline sdk {
namespace {

constexpr Milliseconds kTick{25};
constexpr Milliseconds kGoodbyeLongest{200};
constexpr Milliseconds kHeartbeatDefault{10'000};
constexpr const char* kSdkVersion = "0.1.0";

bool is_final(Code code) {
    return code == Code::UnsupportedVersion || code == Code::Unauthenticated ||
           code == Code::PermissionDenied || code == Code::InvalidArgument;
}

}  // namespace

v1::Envelope Channel::make_hello() const {
    v1::Envelope envelope;
    envelope.set_id(1);
    auto& hello = *envelope.mutable_hello();
    hello.set_protocol_major(wire::kProtocolMajor);
    hello.set_protocol_minor(wire::kProtocolMinor);
    hello.set_sdk("cpp");
    hello.set_sdk_version(kSdkVersion);
    hello.set_client_name(options_.client_name);
    hello.set_auth_token(options_.token);
    for (const auto& [key, value] : options_.labels) (*hello.mutable_labels())[key] = value;
    hello.set_client_id(client_id_);
    hello.set_resume_session(resume_session_);
    return envelope;
}

void Channel::open_link() {
    Link::Events events;
    events.up = [this](v1::Welcome& welcome) { link_up(welcome); };
    events.frame = [this](v1::Envelope& envelope) { link_frame(envelope); };
    events.read_done = [this] { write(); };
    // A caller has its answer now, or a worker its job; that nothing else has come they find out while they wait again.
    events.is_in_a_hurry = [this] { return runner_.is_run_by_other(); };
    events.write_done = [this] { write(); };
    events.down = [this](Error error) { link_down(std::move(error)); };
    link_ = std::make_shared<Link>(
        io_, io_lock_, Link::Options{address_, options_.connect_timeout, make_hello()}, std::move(events));
    link_->start();
}

void Channel::link_up(v1::Welcome& welcome) {
    welcome_ = welcome;
    auto& limits = *welcome_.mutable_limits();
    if (limits.requests_in_flight_max() == 0) limits.set_requests_in_flight_max(1'024);
    if (limits.waits_in_flight_max() == 0) limits.set_waits_in_flight_max(10'000);
    if (limits.jobs_per_request_max() == 0) limits.set_jobs_per_request_max(kJobsPerRequestMax);
    resume_session_ = welcome_.session_id();
    failed_attempts_ = 0;
    retry_after_ = Milliseconds{0};
    {
        const std::lock_guard lock(mutex_);
        is_connected_ = true;
    }
    changed_.notify_all();
    exchange_.link_up(limits);
    // Resends first: what users say now must not overtake them.
    exchange_.fill(link_->out());
    release_unknown();
    for (const auto& user : users_) user->link_up(welcome_);
    write();
}

// A lease that the broker counts as ours and we never heard of was granted in a delivery that got lost:
// nobody works on it, and its job would wait for the lease to run out. Refusals do not matter: what was
// sent again just now may have ended it.
void Channel::release_unknown() {
    auto request = std::make_unique<Request>();
    request->kind = Request::Kind::Once;
    request->is_urgent = true;
    request->done = [](const Result<v1::Envelope*>&) {};
    auto& finish = *request->envelope.mutable_finish();
    for (const auto& lease : welcome_.held_leases()) {
        if (is_held(lease.token())) continue;
        auto& item = *finish.add_items();
        item.set_queue(lease.queue());
        item.set_id(lease.id());
        item.set_token(lease.token());
        item.mutable_release();
        if (finish.items_size() == static_cast<int>(kJobsPerRequestMax)) break;
    }
    if (finish.items_size() > 0) exchange_.submit(std::move(request));
}

bool Channel::is_held(std::uint64_t token) const {
    for (const auto& user : users_) {
        if (user->holds(token)) return true;
    }
    const std::lock_guard lock(mutex_);
    return taken_.contains(token);
}

void Channel::hold_taken(std::uint64_t token) {
    const std::lock_guard lock(mutex_);
    taken_.insert(token);
}

void Channel::drop_taken(std::uint64_t token) {
    const std::lock_guard lock(mutex_);
    taken_.erase(token);
}

void Channel::link_frame(v1::Envelope& envelope) {
    if (envelope.id() != 0) return exchange_.answer(envelope);
    if (envelope.has_go_away()) {
        const auto& go_away = envelope.go_away();
        retry_after_ = Milliseconds(static_cast<std::int64_t>(go_away.retry_after_ms()));
        if (go_away.reason() == v1::GoAway::REASON_SESSION_TAKEN_OVER) resume_session_.clear();
        return;
    }
    for (const auto& user : users_) {
        if (user->push(envelope)) return;
    }
}

void Channel::link_down(Error error) {
    link_.reset();
    const bool was_connected = is_connected_;
    const bool is_refused = !was_connected && is_final(error.code);
    {
        const std::lock_guard lock(mutex_);
        is_connected_ = false;
        last_failure_ = error;
    }
    changed_.notify_all();
    exchange_.link_down(std::chrono::steady_clock::now());
    if (was_connected) {
        for (const auto& user : users_) user->link_down();
    }
    // A broker that answers but refuses us will do so again: callers need not wait to hear it.
    if (is_refused) exchange_.fail_unsent(error);
    if (is_shutting_down_) return end();
    write();
    reconnect_later();
}

void Channel::reconnect_later() {
    auto delay = options_.reconnect_delay;
    for (unsigned i = 1; i < failed_attempts_ && delay < options_.reconnect_delay_max; ++i) {
        delay *= 2;
    }
    delay = std::min(delay, options_.reconnect_delay_max);
    // The first attempt after a lost connection is made at once: the grace for leases is short.
    if (failed_attempts_ == 0) delay = Milliseconds{0};
    ++failed_attempts_;
    std::uniform_int_distribution<std::int64_t> draw(delay.count() / 2, delay.count());
    reconnect_timer_.expires_after(std::max(Milliseconds(draw(random_)), retry_after_));
    reconnect_timer_.async_wait(io_lock_.bind([this](const ErrorCode& error) {
        if (!error && !link_) open_link();
    }));
}

void Channel::tick_later() {
    tick_timer_.expires_after(kTick);
    tick_timer_.async_wait(io_lock_.bind([this](const ErrorCode& error) {
        if (!error) tick();
    }));
}

void Channel::tick() {
    const auto now = std::chrono::steady_clock::now();
    exchange_.expire(now);
    if (is_connected_) keep_alive(now);
    for (const auto& user : users_) user->tick(now);
    write();
    tick_later();
}

void Channel::keep_alive(SteadyTime now) {
    auto heartbeat = Milliseconds(static_cast<std::int64_t>(welcome_.heartbeat_ms()));
    if (heartbeat.count() == 0) heartbeat = kHeartbeatDefault;
    // A client that only grants credit hears nothing: it must ask now and then.
    const bool is_silent = now - link_->last_write() >= heartbeat / 3 ||
                           now - link_->last_read() >= heartbeat / 2;
    if (is_silent && now - last_ping_ >= heartbeat / 4) {
        last_ping_ = now;
        v1::Envelope ping;
        ping.mutable_ping();
        send_unanswered(ping);
    }
    if (now - link_->last_read() >= 2 * heartbeat) {
        auto dead = std::exchange(link_, nullptr);
        dead->close();
        link_down({Code::Unavailable, options_.server + ": the broker fell silent", true});
    }
}

void Channel::send_unanswered(v1::Envelope& envelope) {
    if (link_) exchange_.send_unanswered(envelope, link_->out());
}

void Channel::add_user(std::shared_ptr<LinkUser> user) {
    users_.push_back(user);
    if (is_connected_) user->link_up(welcome_);
}

void Channel::remove_user(const LinkUser* user) {
    std::erase_if(users_, [user](const auto& held) { return held.get() == user; });
}

void Channel::shut_down() {
    take_inbox();
    is_shutting_down_ = true;
    tick_timer_.cancel();
    reconnect_timer_.cancel();
    if (!link_ || !is_connected_ || !link_->is_writing()) return end();
    // The goodbye comes after what is being written, unless the broker does not read.
    reconnect_timer_.expires_after(kGoodbyeLongest);
    reconnect_timer_.async_wait(io_lock_.bind([this](const ErrorCode& error) {
        if (!error) end();
    }));
}

void Channel::end() {
    if (link_ && is_connected_) {
        v1::Envelope goodbye;
        goodbye.mutable_go_away()->set_reason(v1::GoAway::REASON_CLIENT_DONE);
        send_unanswered(goodbye);
        link_->say_goodbye();
    }
    if (link_) link_->close();
    link_.reset();
    is_connected_ = false;
    for (const auto& user : std::exchange(users_, {})) user->closed();
    exchange_.fail_all({Code::Unavailable, "the connection was closed by this program", false});
    callbacks_.flush();
    work_.reset();
    io_.stop();
}

}  // namespace swarmq::inline sdk
