// One reader, one writer, one watchman on a socket.
#include "net/session.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <exception>
#include <utility>

#include "base/log.h"
#include "wire/frame.h"

namespace swarmq::net {
namespace {

// A connection begins with a small buffer and gets a large one when it fills that.
constexpr std::size_t kIdleReadBytes = 4 * 1024;
constexpr std::size_t kReadBytes = 128 * 1024;
constexpr std::size_t kFramesPerWakeUp = 2'000;
constexpr std::chrono::seconds kHelloWithin{10};
// More is for the writer.
constexpr std::size_t kFlushedNowBytesMax = 64 * 1024;
constexpr int kSilentHeartbeats = 3;
constexpr std::chrono::seconds kLingerWithin{5};

std::string describe(const Socket& socket) {
    error_code error;
    const auto endpoint = socket.remote_endpoint(error);
    return error ? "unknown" : endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
}

}  // namespace

Session::Session(Socket socket, broker::Broker& broker, const api::ServerFacts& facts)
    : socket_(std::move(socket)), broker_(broker), peer_(describe(socket_)),
      connection_(std::make_shared<api::Connection>(broker, facts, *this)),
      has_output_(socket_.get_executor()), may_read_(socket_.get_executor()),
      alarm_(socket_.get_executor()), heard_at_(broker::Clock::Steady::now()) {
    error_code ignored;
    socket_.set_option(Tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    has_output_.expires_at(Timer::time_point::max());
    may_read_.expires_at(Timer::time_point::max());
}

void Session::start(std::function<void()> ended) {
    ended_ = std::move(ended);
    const auto run = [this](asio::awaitable<void> part) {
        ++parts_;
        asio::co_spawn(socket_.get_executor(), std::move(part),
                       [self = shared_from_this()](std::exception_ptr thrown) {
                           if (thrown) {
                               try {
                                   std::rethrow_exception(thrown);
                               } catch (const std::exception& error) {
                                   log(LogLevel::Error, "connection of " + self->peer_ +
                                                            " ended by: " + error.what());
                               }
                           }
                           self->part_ended();
                       });
    };
    run(read_frames());
    run(write_frames());
    run(watch());
}

void Session::part_ended() {
    if (--parts_ == 0 && ended_) std::exchange(ended_, nullptr)();
}

// Whoever is not listened to is not silent.
asio::awaitable<void> Session::wait_for_room() {
    is_paused_ = true;
    while (!is_closing_ && !is_closed_ && !connection_->wants_input()) co_await may_read_.async_wait();
    const auto self = shared_from_this();
    const auto resume = [self] { self->may_read_.cancel(); };
    while (!is_closing_ && !is_closed_ && !broker_.accepts_more(resume))
        co_await may_read_.async_wait();
    is_paused_ = false;
    heard_at_ = broker::Clock::Steady::now();
}

// Behind the seal that is posted, and behind the writers that it wakes.
asio::awaitable<void> Session::let_turn_go() {
    if (!broker_.is_turn_wanted()) co_return;
    for (int times = 0; times < 2; ++times)
        co_await asio::post(socket_.get_executor(), asio::use_awaitable);
}

asio::awaitable<void> Session::read_frames() {
    std::string buffer(kIdleReadBytes, '\0');
    std::size_t filled = 0;
    while (!is_closed_) {
        // A connection that closes is read on and not listened to: closing with unread bytes would reset
        // it, and its last words with it.
        if (is_closing_) filled = 0;
        if (is_draining_ && !is_closing_ && unread_bytes_ == 0) {
            co_await may_read_.async_wait();
            continue;
        }
        const auto room = asio::buffer(buffer.data() + filled, buffer.size() - filled);
        const auto [error, bytes] = co_await socket_.async_read_some(room);
        if (error) break;
        if (is_closing_) continue;
        is_handling_ = true;
        unread_bytes_ -= std::min(bytes, unread_bytes_);
        heard_at_ = broker::Clock::Steady::now();
        filled += bytes;
        const bool was_full = filled == buffer.size();
        std::size_t used = 0;
        while (!is_closing_ && !is_closed_) {
            broker_.advance();
            const std::size_t taken = take_frames({buffer.data() + used, filled - used});
            used += taken;
            if (taken == 0) break;
            co_await let_turn_go();
            co_await wait_for_room();
        }
        is_handling_ = false;
        std::copy(buffer.begin() + static_cast<std::ptrdiff_t>(used),
                  buffer.begin() + static_cast<std::ptrdiff_t>(filled), buffer.begin());
        filled -= used;
        const auto front = wire::front_frame({buffer.data(), filled}, wire::kFrameBytesMax);
        // Room is made as bytes arrive, not as a header claims.
        if (front.kind == wire::FrontFrame::Kind::Partial && filled == buffer.size())
            buffer.resize(std::min(2 * buffer.size(), std::max(front.bytes, buffer.size())));
        else if (was_full && buffer.size() < kReadBytes)
            buffer.resize(kReadBytes);
        else if (filled == 0 && buffer.size() > kReadBytes)
            std::string(kReadBytes, '\0').swap(buffer);
        broker_.seal_if_alone(connection_.get());
    }
    if (!is_closing_ || outbox_.empty()) close();
}

std::size_t Session::take_frames(std::string_view received) {
    std::size_t used = 0;
    for (std::size_t frames = 0; frames < kFramesPerWakeUp; ++frames) {
        const std::size_t bytes_max =
            connection_->has_greeted() ? wire::kFrameBytesMax : wire::kFrameBytesMaxBeforeHello;
        const auto front = wire::front_frame(received.substr(used), bytes_max);
        if (front.kind == wire::FrontFrame::Kind::TooLarge) {
            connection_->refuse_frame("a frame claims " + std::to_string(front.bytes) +
                                      " bytes, at most " + std::to_string(bytes_max) + " are accepted");
            break;
        }
        if (front.kind == wire::FrontFrame::Kind::Partial) break;
        connection_->receive(front.body);
        used += front.bytes;
        if (is_closing_ || !connection_->wants_input() || broker_.is_turn_wanted()) break;
    }
    if (used > 0) framed_at_ = heard_at_;
    return used;
}

asio::awaitable<void> Session::write_frames() {
    while (!is_closed_) {
        if (outbox_.empty()) {
            if (is_closing_) break;
            co_await has_output_.async_wait();
            continue;
        }
        writing_.swap(outbox_);
        const auto bytes = asio::buffer(writing_);
        const auto [error, written] = co_await asio::async_write(socket_, bytes, kAwait);
        if (error) {
            close();
            break;
        }
        writing_.clear();
        if (writing_.capacity() > 4 * kReadBytes) std::string().swap(writing_);
        connection_->on_room();
        may_read_.cancel();
    }
    // The other side closes when it has read everything; watch() does not wait for it for ever.
    error_code error;
    if (is_closing_) socket_.shutdown(Socket::shutdown_send, error);
    if (!is_closing_ || error) close();
}

// What is not taken, an error included, is left to the writer; also when somebody waits to hear that there is room.
void Session::flush_now() {
    if (outbox_.empty()) return;
    const bool is_free = writing_.empty() && !is_closing_ && !is_closed_ && connection_->has_room();
    error_code error;
    if (is_free && outbox_.size() <= kFlushedNowBytesMax)
        outbox_.erase(0, socket_.write_some(asio::buffer(outbox_), error));
    if (!outbox_.empty()) flush();
}

asio::awaitable<void> Session::watch() {
    const auto silence_max = kSilentHeartbeats * std::chrono::milliseconds(connection_->facts().heartbeat_ms);
    auto deadline = heard_at_ + kHelloWithin;
    while (!is_closed_) {
        alarm_.expires_at(deadline);
        co_await alarm_.async_wait();
        const auto now = broker::Clock::Steady::now();
        if (is_closing_) deadline = std::min(deadline, closes_by_);
        if (is_closed_ || now < deadline) continue;
        if (is_closing_) break;
        if (is_paused_) heard_at_ = now;
        deadline = connection_->has_greeted() ? heard_at_ + silence_max : deadline;
        if (now < deadline) continue;
        connection_->time_out();
    }
    close();
}

DurationMs Session::silent_ms() const {
    const auto silence = broker::Clock::Steady::now() - framed_at_;
    return std::chrono::duration_cast<std::chrono::milliseconds>(silence).count();
}

void Session::close_after_sending() {
    if (std::exchange(is_closing_, true)) return;
    closes_by_ = broker::Clock::Steady::now() + kLingerWithin;
    has_output_.cancel();
    may_read_.cancel();
    alarm_.cancel();
}

void Session::drain() {
    error_code closed;
    unread_bytes_ = socket_.available(closed);
    is_draining_ = true;
    connection_->drain();
}

bool Session::is_drained() const {
    if (is_closed_ || is_closing_) return true;
    const bool has_read = !is_handling_ && unread_bytes_ == 0;
    return has_read && connection_->has_answered() && unsent_bytes() == 0;
}

void Session::stop() {
    connection_->closed();
    close_after_sending();
}

void Session::close() {
    if (std::exchange(is_closed_, true)) return;
    connection_->closed();
    error_code ignored;
    socket_.close(ignored);
    has_output_.cancel();
    may_read_.cancel();
    alarm_.cancel();
}

}  // namespace swarmq::net
