// Blocking sockets with a time limit; the test's own thread plays the broker.
#include "unit/client/fake_broker.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

#include "wire/frame.h"

namespace swarmq::test {
namespace {

constexpr int kLongestMs = 10'000;

void wait_readable(int socket) {
    pollfd waited{socket, POLLIN, 0};
    if (poll(&waited, 1, kLongestMs) <= 0) throw std::runtime_error("the client said nothing");
}

}  // namespace

std::string frame_of(const v1::Envelope& envelope) {
    std::string bytes;
    wire::append_frame(envelope, bytes);
    return bytes;
}

Peer::~Peer() { close(); }

Peer::Peer(Peer&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), buffer_(std::move(other.buffer_)) {}

void Peer::close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

bool Peer::read_some() {
    wait_readable(socket_);
    char bytes[65536];
    const ssize_t count = recv(socket_, bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(count));
    return true;
}

v1::Envelope Peer::read() {
    auto frame = wire::front_frame(buffer_, wire::kFrameBytesMax);
    while (frame.kind == wire::FrontFrame::Kind::Partial) {
        if (!read_some()) throw std::runtime_error("the client closed the connection");
        frame = wire::front_frame(buffer_, wire::kFrameBytesMax);
    }
    v1::Envelope envelope;
    const bool is_parsed =
        envelope.ParseFromArray(frame.body.data(), static_cast<int>(frame.body.size()));
    if (!is_parsed) throw std::runtime_error("the client sent no Envelope");
    buffer_.erase(0, frame.bytes);
    return envelope;
}

v1::Envelope Peer::read_request() {
    while (true) {
        v1::Envelope envelope = read();
        if (!envelope.has_ping()) return envelope;
        v1::Envelope pong;
        pong.set_id(envelope.id());
        pong.mutable_pong();
        send(pong);
    }
}

bool Peer::is_closed_by_client() {
    while (read_some()) {
    }
    return true;
}

void Peer::send(const v1::Envelope& envelope) { send_bytes(frame_of(envelope)); }

void Peer::send_bytes(const std::string& bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const ssize_t count =
            ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) throw std::runtime_error("the client does not read");
        sent += static_cast<std::size_t>(count);
    }
}

v1::Hello Peer::greet(const std::function<void(v1::Welcome&)>& change) {
    const v1::Envelope request = read();
    if (!request.has_hello()) throw std::runtime_error("the first frame is no Hello");
    v1::Envelope answer;
    answer.set_id(request.id());
    auto& welcome = *answer.mutable_welcome();
    welcome.set_protocol_major(wire::kProtocolMajor);
    welcome.set_session_id("session-1");
    welcome.set_heartbeat_ms(10'000);
    welcome.mutable_limits()->set_requests_in_flight_max(1'024);
    welcome.mutable_limits()->set_waits_in_flight_max(10'000);
    welcome.mutable_limits()->set_jobs_per_request_max(1'000);
    if (change) change(welcome);
    send(answer);
    return request.hello();
}

void Peer::answer_adds(const v1::Envelope& request, const std::string& prefix) {
    v1::Envelope answer;
    answer.set_id(request.id());
    for (int i = 0; i < request.add_jobs().jobs_size(); ++i) {
        auto& job = *answer.mutable_add_jobs_result()->add_jobs();
        job.set_id(prefix + "-" + std::to_string(i));
        job.set_outcome(v1::AddedJob::OUTCOME_ADDED);
    }
    send(answer);
}

void Peer::answer_empty(const v1::Envelope& request) {
    v1::Envelope answer;
    answer.set_id(request.id());
    send(answer);
}

void Peer::refuse(const v1::Envelope& request, v1::Code code, const std::string& message) {
    v1::Envelope answer;
    answer.set_id(request.id());
    answer.mutable_status()->set_code(code);
    answer.mutable_status()->set_message(message);
    send(answer);
}

FakeBroker::FakeBroker() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, plain, size) != 0 || listen(listener_, 16) != 0 ||
        getsockname(listener_, plain, &size) != 0) {
        throw std::runtime_error("cannot listen on 127.0.0.1");
    }
    server_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

FakeBroker::~FakeBroker() { ::close(listener_); }

Peer FakeBroker::accept() {
    wait_readable(listener_);
    return Peer(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
}

}  // namespace swarmq::test
