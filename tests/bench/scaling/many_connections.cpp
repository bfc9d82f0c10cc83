// Frames by hand over epoll.
#include "scaling/many_connections.h"

#include "wire/frame.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace swarmq::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kReadBytes = 65'536;

v1::Envelope add_request(std::uint64_t payload_bytes) {
    v1::Envelope request;
    v1::AddJobs& add = *request.mutable_add_jobs();
    add.set_queue("bench");
    v1::NewJob& job = *add.add_jobs();
    job.set_name("bench");
    job.set_payload(std::string(payload_bytes, 'x'));
    return request;
}

Clock::time_point end_after(double seconds) {
    return Clock::now() +
           std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

// The connections that have something to read.
class Ready {
  public:
    explicit Ready(const std::vector<std::unique_ptr<ProtocolLink>>& links)
        : poll_(::epoll_create1(EPOLL_CLOEXEC)) {
        for (std::uint64_t i = 0; i < links.size(); ++i) {
            epoll_event event{};
            event.events = EPOLLIN;
            event.data.u64 = i;
            ::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, links[i]->fd(), &event);
        }
    }

    // For each of them, with its place among the links.
    template <class F>
    void wait(std::chrono::milliseconds longest, F each) {
        const int ready =
            ::epoll_wait(poll_.get(), events_.data(), static_cast<int>(events_.size()),
                         static_cast<int>(longest.count()));
        for (int i = 0; i < ready; ++i) each(events_[static_cast<std::size_t>(i)].data.u64);
    }

  private:
    Descriptor poll_;
    std::array<epoll_event, 1'024> events_{};
};

}  // namespace

ProtocolLink::ProtocolLink(std::uint16_t port, const std::string& client_id)
    : socket_(connect_loopback(port)) {
    v1::Envelope request;
    v1::Hello& hello = *request.mutable_hello();
    hello.set_protocol_major(wire::kProtocolMajor);
    hello.set_protocol_minor(wire::kProtocolMinor);
    hello.set_sdk("bench");
    hello.set_client_id(client_id);
    append(request);
    flush();
    while (receive() == 0) {
    }
    heartbeat_ms_ = static_cast<std::uint32_t>(answer_.welcome().heartbeat_ms());
}

void ProtocolLink::append(v1::Envelope& request) {
    request.set_id(next_id_++);
    request.set_answered_up_to(answered_);
    wire::append_frame(request, output_);
}

void ProtocolLink::add_job(const v1::Envelope& request_without_id) {
    if (!request_.has_add_jobs()) request_ = request_without_id;
    append(request_);
}

void ProtocolLink::ping() {
    v1::Envelope request;
    request.mutable_ping();
    append(request);
}

void ProtocolLink::flush() {
    send_all(socket_.get(), output_);
    output_.clear();
}

std::uint64_t ProtocolLink::receive() {
    std::array<char, kReadBytes> bytes;
    const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (got <= 0) throw std::runtime_error("the broker has closed a connection");
    input_.append(bytes.data(), static_cast<std::size_t>(got));
    return take_frames();
}

std::uint64_t ProtocolLink::take_frames() {
    std::uint64_t answers = 0;
    std::string_view left = input_;
    while (true) {
        const wire::FrontFrame frame = wire::front_frame(left, wire::kFrameBytesMax);
        if (frame.kind != wire::FrontFrame::Kind::Whole) break;
        if (!answer_.ParseFromArray(frame.body.data(), static_cast<int>(frame.body.size()))) {
            throw std::runtime_error("the broker sent no Envelope");
        }
        if (answer_.has_status() && answer_.status().code() != v1::CODE_UNSPECIFIED) {
            throw std::runtime_error("refused: " + answer_.status().message());
        }
        answered_ = std::max(answered_, answer_.id());
        answers += answer_.id() != 0 ? 1 : 0;
        left.remove_prefix(frame.bytes);
    }
    input_.erase(0, input_.size() - left.size());
    return answers;
}

AddResult add_over(std::vector<std::unique_ptr<ProtocolLink>>& links, double seconds,
                   std::uint64_t payload_bytes) {
    const v1::Envelope request = add_request(payload_bytes);
    Ready ready(links);
    std::vector<Clock::time_point> sent_at(links.size());
    const auto send = [&](std::uint64_t i) {
        sent_at[i] = Clock::now();
        links[i]->add_job(request);
        links[i]->flush();
    };
    AddResult result;
    const auto begin = Clock::now();
    const auto end = end_after(seconds);
    for (std::uint64_t i = 0; i < links.size(); ++i) send(i);
    while (Clock::now() < end) {
        ready.wait(std::chrono::milliseconds(100), [&](std::uint64_t i) {
            const std::uint64_t answers = links[i]->receive();
            if (answers == 0) return;
            result.latency.record(Clock::now() - sent_at[i]);
            result.jobs += answers;
            send(i);
        });
    }
    result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    return result;
}

void idle_over(std::vector<std::unique_ptr<ProtocolLink>>& links, double seconds) {
    Ready ready(links);
    const std::chrono::milliseconds heartbeat(links.front()->heartbeat_ms());
    const auto end = end_after(seconds);
    auto next_beat = Clock::now() + heartbeat;
    while (Clock::now() < end) {
        const auto next = std::min(next_beat, end);
        ready.wait(std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now()),
                   [&](std::uint64_t i) { links[i]->receive(); });
        if (Clock::now() < next_beat) continue;
        for (const auto& link : links) {
            link->ping();
            link->flush();
        }
        next_beat += heartbeat;
    }
}

}  // namespace swarmq::bench
