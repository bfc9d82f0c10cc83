// Frames over a blocking socket.
#include "support/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <utility>

#include "wire/frame.h"

namespace swarmq::test {
namespace {

using Clock = std::chrono::steady_clock;

std::optional<v1::Envelope> take_frame(std::string& buffer) {
    const auto front = wire::front_frame(buffer, wire::kFrameBytesMax);
    if (front.kind != wire::FrontFrame::Kind::Whole) return std::nullopt;
    v1::Envelope envelope;
    if (!envelope.ParseFromArray(front.body.data(), static_cast<int>(front.body.size())))
        throw std::runtime_error("the broker sent a frame that is no Envelope");
    buffer.erase(0, front.bytes);
    return envelope;
}

}  // namespace

RawClient::RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const std::string why = std::strerror(errno);
        ::close(socket_);
        throw std::runtime_error("cannot connect to port " + std::to_string(port) + ": " + why);
    }
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

RawClient::~RawClient() { drop(); }

void RawClient::drop() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

v1::Welcome RawClient::greet(const std::string& client_id, const std::string& resume_session) {
    v1::Envelope hello;
    hello.mutable_hello()->set_protocol_major(wire::kProtocolMajor);
    hello.mutable_hello()->set_protocol_minor(wire::kProtocolMinor);
    hello.mutable_hello()->set_sdk("raw");
    hello.mutable_hello()->set_client_name("raw-client");
    hello.mutable_hello()->set_client_id(client_id);
    hello.mutable_hello()->set_resume_session(resume_session);
    return call(std::move(hello)).welcome();
}

std::uint64_t RawClient::send(v1::Envelope request) {
    if (request.id() == 0 && request.body_case() != v1::Envelope::kGrant) request.set_id(next_id_);
    next_id_ = std::max(next_id_, request.id() + 1);
    std::string frame;
    wire::append_frame(request, frame);
    send_bytes(frame);
    return request.id();
}

void RawClient::send_bytes(const std::string& bytes) {
    for (std::size_t sent = 0; sent < bytes.size();) {
        const auto n = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (n <= 0) throw std::runtime_error("the connection ended while sending");
        sent += static_cast<std::size_t>(n);
    }
}

bool RawClient::fill(Clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd waiting{socket_, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(0, left.count()))) == 0)
        throw std::runtime_error("nothing came from the broker within the time for it");
    char bytes[65536];
    const auto n = ::recv(socket_, bytes, sizeof bytes, 0);
    if (n <= 0) return false;
    received_.append(bytes, static_cast<std::size_t>(n));
    return true;
}

v1::Envelope RawClient::receive(std::chrono::milliseconds within) {
    const auto deadline = Clock::now() + within;
    while (true) {
        if (auto envelope = take_frame(received_)) return *envelope;
        if (!fill(deadline)) throw std::runtime_error("the broker closed the connection");
    }
}

v1::Envelope RawClient::call(v1::Envelope request) { return answer_to(send(std::move(request))); }

v1::Envelope RawClient::answer_to(std::uint64_t id) {
    std::string others;
    while (auto kept = take_frame(answers_)) {
        if (kept->id() == id) {
            answers_ = others + answers_;
            return *kept;
        }
        wire::append_frame(*kept, others);
    }
    answers_ = std::move(others);
    while (true) {
        v1::Envelope envelope = receive();
        if (envelope.id() == id) return envelope;
        wire::append_frame(envelope, envelope.id() == 0 ? pushes_ : answers_);
    }
}

v1::Envelope RawClient::receive_push(std::chrono::milliseconds within) {
    if (auto kept = take_frame(pushes_)) return *kept;
    while (true) {
        v1::Envelope envelope = receive(within);
        if (envelope.id() == 0) return envelope;
        wire::append_frame(envelope, answers_);
    }
}

bool RawClient::is_closed_within(std::chrono::milliseconds within) {
    const auto deadline = Clock::now() + within;
    try {
        while (fill(deadline)) {
        }
    } catch (const std::runtime_error&) {
        return false;
    }
    return true;
}

}  // namespace swarmq::test
