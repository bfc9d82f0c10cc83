// Connecting, reading and writing. Callbacks instead of coroutines: this is the hot path.
#include "link.h"

#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <google/protobuf/arena.h>

#include <algorithm>
#include <charconv>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <utility>

#include "convert.h"
#include "wire/frame.h"

namespace swarmq::inline sdk {
namespace {

constexpr std::size_t kReadBufferBytes = 256 * 1024;
// Larger than what clients may send: a stored job has its payload, result and errors in one frame.
constexpr std::size_t kReceivedFrameBytesMax = 16 * 1024 * 1024;
constexpr std::size_t kArenaBlockBytes = 64 * 1024;

[[noreturn]] void refuse_address(std::string_view text) {
    throw SwarmqError({Code::InvalidArgument,
                       "server '" + std::string(text) +
                           "' is not valid: it must be HOST:PORT, for example 127.0.0.1:6410"});
}

}  // namespace

Address parse_address(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) refuse_address(text);
    std::string_view host = text.substr(0, colon);
    const std::string_view port = text.substr(colon + 1);
    unsigned number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    const bool is_port = error == std::errc() && end == port.data() + port.size();
    if (!is_port || number == 0 || number > 65'535) refuse_address(text);
    if (host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        refuse_address(text);
    }
    if (host.empty()) refuse_address(text);
    return {std::string(host), std::string(port)};
}

Link::Link(asio::io_context& io, IoLock& io_lock, Options options, Events events)
    : io_lock_(io_lock), options_(std::move(options)), events_(std::move(events)), resolver_(io), socket_(io),
      timer_(io), buffer_(kReadBufferBytes), arena_block_(kArenaBlockBytes) {}

void Link::start() {
    auto self = shared_from_this();
    timer_.expires_after(options_.connect_timeout);
    timer_.async_wait(io_lock_.bind([self](const ErrorCode& error) {
        if (error || self->is_up_) return;
        self->fail(Code::Unavailable, "no answer within " +
                                          std::to_string(self->options_.connect_timeout.count()) +
                                          " ms");
    }));
    resolver_.async_resolve(
        options_.address.host, options_.address.port,
        io_lock_.bind([self](const ErrorCode& error, const Tcp::resolver::results_type& endpoints) {
            if (error) return self->fail(Code::Unavailable, error.message());
            self->connect(endpoints.begin());
        }));
}

void Link::connect(Tcp::resolver::results_type::iterator endpoint) {
    if (is_over_) return;
    ErrorCode failed;
    open_socket(endpoint->endpoint().protocol(), failed);
    if (failed) return fail(Code::Unavailable, failed.message());
    const auto connected = [self = shared_from_this(), endpoint](const ErrorCode& error) {
        if (!error) return self->shake_hands();
        if (const auto next = std::next(endpoint); next != Tcp::resolver::results_type::iterator())
            return self->connect(next);
        self->fail(Code::Unavailable, error.message());
    };
    socket_.async_connect(*endpoint, io_lock_.bind(connected));
}

// Closed on exec: a program that a handler starts must not keep the connection of a worker that dies open,
// and with it the worker's leases. Asio has no word for that.
void Link::open_socket(const Tcp& protocol, ErrorCode& error) {
    ErrorCode ignored;
    socket_.close(ignored);
    const int opened = ::socket(protocol.family(), protocol.type() | SOCK_CLOEXEC, protocol.protocol());
    if (opened < 0)
        error = ErrorCode(errno, boost::system::system_category());
    else
        socket_.assign(protocol, opened, error);
}

void Link::shake_hands() {
    if (is_over_) return;
    ErrorCode ignored;
    socket_.set_option(Tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    wire::append_frame(options_.hello, out_);
    flush();
    read();
}

void Link::flush() {
    if (is_writing_ || is_over_ || out_.empty()) return;
    last_write_ = std::chrono::steady_clock::now();
    ErrorCode error;  // Is met again below, where it can be told.
    const std::size_t written = socket_.write_some(asio::buffer(out_), error);
    if (!error && written == out_.size()) return out_.clear();
    is_writing_ = true;
    writing_.clear();
    std::swap(writing_, out_);
    asio::async_write(socket_, asio::buffer(writing_) + (error ? 0 : written),
                      io_lock_.bind([self = shared_from_this()](const ErrorCode& failed, std::size_t) {
                          self->is_writing_ = false;
                          if (failed) return self->fail(Code::Unavailable, failed.message());
                          if (!self->is_over_ && self->is_up_) self->events_.write_done();
                      }));
}

void Link::read() {
    if (is_over_) return;
    const auto space = asio::buffer(buffer_.data() + filled_, buffer_.size() - filled_);
    const auto have_read = [self = shared_from_this()](const ErrorCode& error, std::size_t bytes) {
        if (error) {
            return self->fail(Code::Unavailable, error == asio::error::eof
                                                     ? "the broker closed the connection"
                                                     : error.message());
        }
        self->take_read(bytes);
    };
    socket_.async_read_some(space, io_lock_.bind(have_read));
}

void Link::take_read(std::size_t bytes) {
    if (is_over_) return;
    filled_ += bytes;
    last_read_ = std::chrono::steady_clock::now();
    if (!take_frames()) return;
    if (is_up_) events_.read_done();
    if (is_over_) return;
    if (events_.is_in_a_hurry())
        asio::post(socket_.get_executor(), io_lock_.bind([self = shared_from_this()] { self->read(); }));
    else
        read();
}

bool Link::take_frames() {
    std::size_t taken = 0;
    while (true) {
        const auto frame = wire::front_frame({buffer_.data() + taken, filled_ - taken},
                                             kReceivedFrameBytesMax);
        if (frame.kind == wire::FrontFrame::Kind::TooLarge) {
            fail(Code::Internal, "the broker sent a frame of " + std::to_string(frame.bytes) +
                                     " bytes; at most 16777216 are allowed");
            return false;
        }
        if (frame.kind == wire::FrontFrame::Kind::Partial) {
            filled_ -= taken;
            if (taken > 0) std::memmove(buffer_.data(), buffer_.data() + taken, filled_);
            if (frame.bytes > buffer_.size()) buffer_.resize(frame.bytes);
            return true;
        }
        if (!take_frame(frame.body) || is_over_) return false;
        taken += frame.bytes;
    }
}

bool Link::take_frame(std::string_view body) {
    google::protobuf::ArenaOptions arena_options;
    arena_options.initial_block = arena_block_.data();
    arena_options.initial_block_size = arena_block_.size();
    google::protobuf::Arena arena(arena_options);
    auto& envelope = *google::protobuf::Arena::CreateMessage<v1::Envelope>(&arena);
    if (!envelope.ParseFromArray(body.data(), static_cast<int>(body.size()))) {
        fail(Code::Internal, "the broker sent a frame of " + std::to_string(body.size()) +
                                 " bytes that is no Envelope");
        return false;
    }
    if (!is_up_) return take_welcome(envelope);
    events_.frame(envelope);
    return true;
}

bool Link::take_welcome(v1::Envelope& envelope) {
    if (auto refusal = refusal_of(envelope)) {
        fail(refusal->code, refusal->message);
        return false;
    }
    if (envelope.has_go_away()) {
        fail(Code::Unavailable, envelope.go_away().message());
        return false;
    }
    if (!envelope.has_welcome()) {
        fail(Code::Internal, "the broker answered the handshake with something else than Welcome");
        return false;
    }
    is_up_ = true;
    timer_.cancel();
    events_.up(*envelope.mutable_welcome());
    return true;
}

void Link::fail(Code code, std::string message) {
    if (is_over_) return;
    auto down = std::move(events_.down);
    close();
    down({code, options_.address.host + ":" + options_.address.port + ": " + std::move(message),
          code == Code::Unavailable});
}

void Link::say_goodbye() {
    if (is_writing_ || is_over_) return;
    ErrorCode ignored;
    socket_.write_some(asio::buffer(out_), ignored);
}

void Link::close() {
    if (is_over_) return;
    is_over_ = true;
    ErrorCode ignored;
    resolver_.cancel();
    timer_.cancel();
    socket_.shutdown(Tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
}

}  // namespace swarmq::inline sdk
