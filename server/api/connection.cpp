// Handshake, held answers and pushes.
#include "api/connection.h"

#include <google/protobuf/arena.h>

#include <algorithm>
#include <utility>

#include "api/convert.h"
#include "api/events_api.h"
#include "api/router.h"
#include "base/log.h"
#include "engine/limits.h"
#include "engine/validate.h"
#include "swarmq/v1/envelope.pb.h"
#include "wire/element_count.h"
#include "wire/frame.h"

namespace swarmq::api {
namespace {

// Smaller frames cannot become large in memory.
constexpr std::size_t kCountedFrameBytes = 16 * 1024;
constexpr std::size_t kClientNameBytesMax = 128;
constexpr std::size_t kClientIdBytesMax = 64;
constexpr std::size_t kSdkBytesMax = 64;
constexpr std::size_t kLabelsMax = 16;
constexpr std::size_t kLabelBytesMax = 128;
constexpr std::size_t kAuthTokenBytesMax = 1024;
// Of results that wait to be sent together with others.
constexpr std::size_t kGatheredBytesMax = 1024 * 1024 + 64 * 1024;

Result<> check_hello(const v1::Hello& hello) {
    if (hello.protocol_major() != wire::kProtocolMajor)
        return Error{Code::UnsupportedVersion,
                     "protocol major " + std::to_string(hello.protocol_major()) +
                         " is not spoken here; this broker speaks " +
                         std::to_string(wire::kProtocolMajor)};
    if (hello.client_name().size() > kClientNameBytesMax)
        return engine::too_large("client_name", hello.client_name().size(), kClientNameBytesMax);
    if (hello.sdk().size() > kSdkBytesMax || hello.sdk_version().size() > kSdkBytesMax)
        return engine::too_large("sdk", std::max(hello.sdk().size(), hello.sdk_version().size()),
                                 kSdkBytesMax);
    if (hello.auth_token().size() > kAuthTokenBytesMax)
        return engine::too_large("auth_token", hello.auth_token().size(), kAuthTokenBytesMax);
    if (hello.labels_size() > static_cast<int>(kLabelsMax))
        return Error{Code::InvalidArgument,
                     "labels: " + std::to_string(hello.labels_size()) + " is not in 0..16"};
    for (const auto& [name, value] : hello.labels())
        if (std::max(name.size(), value.size()) > kLabelBytesMax)
            return engine::too_large("labels", std::max(name.size(), value.size()), kLabelBytesMax);
    if (hello.client_id().empty()) return {};
    if (hello.client_id().size() > kClientIdBytesMax)
        return engine::too_large("client_id", hello.client_id().size(), kClientIdBytesMax);
    return engine::check_name("client_id", hello.client_id());
}

void fill_limits(const ServerFacts& facts, v1::Limits& limits) {
    limits.set_frame_bytes_max(wire::kFrameBytesMax);
    limits.set_payload_bytes_max(engine::kPayloadBytesMax);
    limits.set_jobs_per_request_max(engine::kItemsPerRequestMax);
    limits.set_requests_in_flight_max(facts.requests_in_flight_max);
    limits.set_waits_in_flight_max(facts.waits_in_flight_max);
    limits.set_list_rows_max(engine::kItemsPerRequestMax);
    limits.set_queues_per_add_max(engine::kItemsPerRequestMax);
}

}  // namespace

Connection::Connection(broker::Broker& broker, const ServerFacts& facts, Wire& wire)
    : broker_(broker), facts_(facts), wire_(&wire),
      request_arena_(std::make_unique<google::protobuf::Arena>(request_block_.data(), request_block_.size())),
      scratch_arena_(std::make_unique<google::protobuf::Arena>(scratch_block_.data(), scratch_block_.size())) {}

Connection::~Connection() = default;

void Connection::receive(std::string_view bytes) {
    if (is_closed_) return;
    if (bytes.size() > kCountedFrameBytes && wire::count_elements(bytes) > wire::kElementsMax)
        return refuse_frame("a frame has more than " + std::to_string(wire::kElementsMax) +
                            " elements; send several smaller ones");
    request_arena_->Reset();
    v1::Envelope& request =
        *google::protobuf::Arena::CreateMessage<v1::Envelope>(request_arena_.get());
    if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        return refuse_frame("a frame does not hold a swarmq.v1.Envelope");
    request_bytes_ = bytes.size();
    if (has_greeted_) {
        route(*this, request, bytes.size());
    } else if (request.body_case() == v1::Envelope::kHello) {
        greet(request.id(), *request.mutable_hello());
    } else {
        refuse_frame("the first frame must be Hello");
    }
}

bool Connection::wants_input() const {
    if (is_closed_ || held_requests_ + reads_.size() >= facts_.requests_in_flight_max) return false;
    return wire_->unsent_bytes() + held_bytes_ < facts_.unsent_bytes_soft;
}

bool Connection::has_room() const {
    return !is_closed_ && wire_->unsent_bytes() < facts_.unsent_bytes_soft;
}

void Connection::greet(std::uint64_t request, v1::Hello& hello) {
    if (auto checked = check_hello(hello); !checked) {
        refuse(request, checked.error());
        go_away(v1::GoAway::REASON_REFUSED, checked.error().detail, 0);
        return;
    }
    has_greeted_ = true;
    client_id_ = hello.client_id();
    client_name_ = hello.client_name().empty() ? wire_->peer() : hello.client_name();
    sdk_ = hello.sdk();
    if (!hello.sdk_version().empty()) sdk_ += " " + hello.sdk_version();
    labels_.insert(hello.labels().begin(), hello.labels().end());
    greeted_ms_ = broker_.now_ms();
    broker_.advance();
    auto opened = broker_.engine().open_session(client_name_, hello.resume_session());
    session_ = opened.key;
    // The session is ours before the other connection hears of it, or its end would be the session's.
    const auto before = broker_.port_of(session_);
    broker_.attach(session_, shared_from_this());
    if (before) before->taken_over();

    v1::Envelope& answer = scratch();
    v1::Welcome& welcome = *answer.mutable_welcome();
    welcome.set_protocol_major(wire::kProtocolMajor);
    welcome.set_protocol_minor(wire::kProtocolMinor);
    welcome.set_server_version(facts_.version);
    welcome.set_session_id(opened.id);
    welcome.set_boot_epoch(raw(facts_.epoch));
    welcome.set_heartbeat_ms(static_cast<std::uint64_t>(facts_.heartbeat_ms));
    fill_limits(facts_, *welcome.mutable_limits());
    welcome.set_resumed(opened.was_resumed);
    for (auto& lease : opened.held) {
        v1::HeldLease& held = *welcome.add_held_leases();
        held.set_token(raw(lease.token));
        held.set_queue(std::move(lease.job.queue));
        held.set_id(std::move(lease.job.id));
    }
    welcome.set_durability(facts_.durability);
    send(request, answer);
    if (facts_.is_draining) drain();
}

broker::RequestTag Connection::tag(const v1::Envelope& request) const {
    return {client_id_, request.id(), request.answered_up_to()};
}

v1::Envelope& Connection::scratch() {
    scratch_arena_->Reset();
    return *google::protobuf::Arena::CreateMessage<v1::Envelope>(scratch_arena_.get());
}

void Connection::append(v1::Envelope& envelope, std::string& out) { wire::append_frame(envelope, out); }

void Connection::hold(std::uint64_t request, v1::Envelope& answer) {
    if (is_closed_) return;
    answer.set_id(request);
    const TurnNumber turn = broker_.hold(shared_from_this(), std::exchange(request_bytes_, 0));
    if (held_.empty() || held_.back().turn != turn) held_.push_back({turn, {}, {}});
    const std::size_t bytes_before = held_.back().frames.size();
    append(answer, held_.back().frames);
    held_bytes_ += held_.back().frames.size() - bytes_before;
    held_.back().requests.push_back(request);
    ++held_requests_;
}

void Connection::hold_empty(std::uint64_t request) { hold(request, scratch()); }

void Connection::send(std::uint64_t request, v1::Envelope& answer) {
    put(request, answer);
    if (!is_closed_) wire_->flush();
}

void Connection::put(std::uint64_t request, v1::Envelope& answer) {
    if (is_closed_) return;
    answer.set_id(request);
    append(answer, wire_->outbox());
    check_backlog();
}

void Connection::refuse(std::uint64_t request, const Error& error) {
    v1::Envelope& answer = scratch();
    set_status(error, *answer.mutable_status());
    send(request, answer);
}

void Connection::hold_refusal(std::uint64_t request, const Error& error) {
    v1::Envelope& answer = scratch();
    set_status(error, *answer.mutable_status());
    hold(request, answer);
}

bool Connection::begin_wait(std::uint64_t request) {
    if (waits_ >= facts_.waits_in_flight_max) {
        refuse(request, {Code::TooManyInflight,
                         std::to_string(waits_) + " requests of this connection wait already; wait "
                         "for some of them, or use another connection"});
        return false;
    }
    ++waits_;
    return true;
}

bool Connection::gather(std::size_t bytes) {
    if (gathered_bytes_ + bytes > kGatheredBytesMax) return false;
    gathered_bytes_ += bytes;
    return true;
}

void Connection::begin_read(std::function<void()> begin) {
    if (is_closed_) return;
    reads_.push_back(std::move(begin));
    begin_next_read();
}

void Connection::end_read() {
    is_reading_ = false;
    if (is_closed_) return;
    wire_->reconsider_reading();
    begin_next_read();
}

// A read that ends at once asks for the next one from inside of it: a loop, not thousands of calls deep.
void Connection::begin_next_read() {
    if (std::exchange(is_beginning_reads_, true)) return;
    while (!is_closed_ && !is_reading_ && !reads_.empty() && has_room()) {
        is_reading_ = true;
        const auto begin = std::move(reads_.front());
        reads_.pop_front();
        begin();
    }
    is_beginning_reads_ = false;
}

void Connection::on_room() {
    if (is_closed_ || !has_room()) return;
    if (std::exchange(is_held_, false)) {
        broker_.engine().set_held(session_, false);
        broker_.hold(nullptr, 0);
    }
    begin_next_read();
    broker_.watchers().go_on(this);
}

void Connection::deliver(const engine::Delivery& delivery,
                         const std::vector<storage::DeliverableJob>& contents) {
    if (is_closed_) return;
    v1::Envelope& push = scratch();
    if (delivery.take_request != 0) {
        if (takes_.erase(delivery.take_request) == 0) return;  // Asked for on another connection.
        end_wait();
        fill_delivered(broker_.engine(), delivery, contents, *push.mutable_take_result()->mutable_jobs());
        put(delivery.take_request, push);
        hold_deliveries_without_room();
        return;
    }
    push.mutable_deliver()->set_subscription(delivery.subscription);
    fill_delivered(broker_.engine(), delivery, contents, *push.mutable_deliver()->mutable_jobs());
    put(0, push);
    hold_deliveries_without_room();
}

void Connection::hold_deliveries_without_room() {
    if (is_closed_ || has_room() || std::exchange(is_held_, true)) return;
    broker_.engine().set_held(session_, true);
}

void Connection::notify(const engine::Notice& notice) {
    v1::Envelope& push = scratch();
    v1::JobNotice& told = *push.mutable_job_notice();
    told.set_queue(broker_.engine().queue_name(notice.queue));
    told.set_id(broker_.engine().job_id(notice.seq, notice.chosen_id));
    told.set_token(raw(notice.token));
    told.set_kind(static_cast<v1::JobNotice::Kind>(notice.kind));
    send(0, push);
}

void Connection::push_events(const broker::EventBatch& batch) {
    if (is_closed_) return;
    v1::Envelope& push = scratch();
    fill_events(facts_, batch, *push.mutable_events());
    send(0, push);
}

void Connection::turn_is_durable(TurnNumber turn) {
    if (is_closed_) return;
    while (!held_.empty() && held_.front().turn <= turn) {
        held_requests_ -= held_.front().requests.size();
        held_bytes_ -= held_.front().frames.size();
        wire_->outbox() += held_.front().frames;
        held_.pop_front();
    }
    wire_->reconsider_reading();
    check_backlog();
}

void Connection::flush() {
    if (!is_closed_) wire_->flush_now();
}

void Connection::check_backlog() {
    if (wire_->unsent_bytes() <= facts_.unsent_bytes_hard) return;
    go_away(v1::GoAway::REASON_SLOW_CONSUMER,
            std::to_string(wire_->unsent_bytes()) + " bytes wait to be read, at most " +
                std::to_string(facts_.unsent_bytes_hard) + " may; read faster, or grant less credit",
            1'000);
}

void Connection::go_away(int reason, const std::string& message, DurationMs retry_after_ms) {
    if (is_closed_) return;
    v1::Envelope& push = scratch();
    v1::GoAway& words = *push.mutable_go_away();
    words.set_reason(static_cast<v1::GoAway::Reason>(reason));
    words.set_message(message);
    words.set_retry_after_ms(static_cast<std::uint64_t>(retry_after_ms));
    append(push, wire_->outbox());
    end_session(false);
    wire_->close_after_sending();
}

void Connection::drain() {
    if (is_closed_ || !has_greeted_) return;
    v1::Envelope& push = scratch();
    push.mutable_go_away()->set_reason(v1::GoAway::REASON_DRAINING);
    push.mutable_go_away()->set_message("the broker is stopping");
    push.mutable_go_away()->set_retry_after_ms(500);
    send(0, push);
}

void Connection::refuse_frame(const std::string& why) {
    log(LogLevel::Warning, "closing " + wire_->peer() + ": " + why);
    go_away(v1::GoAway::REASON_BAD_FRAME, why, 0);
}

void Connection::time_out() {
    go_away(v1::GoAway::REASON_REFUSED,
            has_greeted_ ? "nothing was heard for three heartbeats" : "no Hello came in time", 0);
}

void Connection::taken_over() {
    go_away(v1::GoAway::REASON_SESSION_TAKEN_OVER, "another connection resumed this session", 0);
}

void Connection::store_failed() {
    if (is_closed_) return;
    const Error error{Code::Unknown,
                      "the broker's store failed; the change may or may not have been made"};
    held_bytes_ = 0;
    for (const Held& held : std::exchange(held_, {}))
        for (const std::uint64_t request : held.requests) refuse(request, error);
    go_away(v1::GoAway::REASON_STORE_FAILED, error.detail, 1'000);
}

broker::ClientFacts Connection::client() const {
    const TimeMs wall_ms = broker_.clock().wall_offset_ms();
    return {client_name_, sdk_, wire_->peer(), labels_, greeted_ms_ + wall_ms,
            broker_.now_ms() - wire_->silent_ms() + wall_ms};
}

void Connection::end_session(bool is_goodbye) {
    if (std::exchange(is_closed_, true)) return;
    broker_.waiters().cancel_all(this);
    broker_.watchers().stop_all(this, broker_.now_ms());
    held_.clear();
    held_bytes_ = 0;
    reads_.clear();
    if (!has_greeted_ || broker_.port_of(session_).get() != this) return;
    broker_.advance();
    broker_.detach(session_, this);
    if (is_goodbye)
        broker_.engine().close_session(session_);
    else
        broker_.engine().lose_session(session_);
    broker_.hold(nullptr, 0);
}

void Connection::pong(std::uint64_t request) {
    v1::Envelope& answer = scratch();
    answer.mutable_pong();
    send(request, answer);
}

void Connection::leave() {
    end_session(true);
    wire_->close_after_sending();
}

void Connection::closed() { end_session(false); }

}  // namespace swarmq::api
