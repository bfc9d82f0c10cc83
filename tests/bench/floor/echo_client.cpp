// One thread over epoll; each answer sends the next frame, those of one turn in one write.
#include "floor/echo_client.h"

#include "floor/frames.h"
#include "loopback.h"

#include <algorithm>
#include <array>
#include <deque>
#include <memory>
#include <poll.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <vector>

namespace swarmq::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kReadBytes = 65'536;

class Link {
  public:
    Link(std::uint16_t port, std::uint32_t frame_bytes)
        : socket_(connect_loopback(port)), frame_(frame_of(frame_bytes)) {}

    int fd() const { return socket_.get(); }
    std::size_t in_flight() const { return sent_.size(); }

    void send(std::uint64_t frames) {
        output_.clear();
        const auto now = Clock::now();
        for (std::uint64_t i = 0; i < frames; ++i) {
            output_ += frame_;
            sent_.push_back(now);
        }
        send_all(socket_.get(), output_);
    }

    // Blocks until something is there. The number of answers.
    std::uint64_t receive(cli::Latency& latency) {
        const ssize_t got = ::recv(socket_.get(), input_.data(), input_.size(), 0);
        if (got <= 0) throw std::runtime_error("the echo has ended");
        const std::uint64_t answers = counter_.count(input_.data(), static_cast<std::size_t>(got));
        const auto now = Clock::now();
        for (std::uint64_t i = 0; i < answers; ++i) {
            latency.record(now - sent_.front());
            sent_.pop_front();
        }
        return answers;
    }

  private:
    Descriptor socket_;
    const std::string frame_;
    FrameCounter counter_;
    std::deque<Clock::time_point> sent_;
    std::string output_;
    std::array<char, kReadBytes> input_{};
};

void run_windows(std::vector<std::unique_ptr<Link>>& links, const EchoSettings& settings,
                 Clock::time_point end, EchoResult& result) {
    const Descriptor poll(::epoll_create1(EPOLL_CLOEXEC));
    for (const auto& link : links) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = link.get();
        ::epoll_ctl(poll.get(), EPOLL_CTL_ADD, link->fd(), &event);
        link->send(std::max<std::uint64_t>(settings.window / links.size(), 1));
    }
    std::array<epoll_event, 1'024> events;
    while (Clock::now() < end) {
        const int ready = ::epoll_wait(poll.get(), events.data(), events.size(), -1);
        for (int i = 0; i < ready; ++i) {
            auto& link = *static_cast<Link*>(events[i].data.ptr);
            const std::uint64_t answers = link.receive(result.latency);
            result.frames += answers;
            link.send(answers);
        }
    }
}

void run_paced(Link& link, const EchoSettings& settings, Clock::time_point end,
               EchoResult& result) {
    for (auto due = Clock::now(); due < end; due += settings.pace) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - Clock::now());
        if (left.count() > 0) ::poll(nullptr, 0, static_cast<int>(left.count()));
        link.send(1);
        while (link.in_flight() > 0) result.frames += link.receive(result.latency);
    }
}

}  // namespace

EchoResult run_echo(const EchoSettings& settings) {
    std::vector<std::unique_ptr<Link>> links;
    for (std::uint64_t i = 0; i < settings.connections; ++i) {
        links.push_back(std::make_unique<Link>(settings.port, settings.frame_bytes));
    }
    EchoResult result;
    const auto begin = Clock::now();
    const auto end = begin + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(settings.seconds));
    if (settings.pace.count() > 0) {
        run_paced(*links.front(), settings, end, result);
    } else {
        run_windows(links, settings, end, result);
    }
    result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    return result;
}

}  // namespace swarmq::bench
