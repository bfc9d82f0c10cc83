// One thread over epoll; one write to the log and one to each connection a turn.
#include "floor/echo_server.h"

#include "floor/frames.h"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace swarmq::bench {
namespace {

constexpr std::size_t kReadBytes = 262'144;

struct Client {
    Descriptor socket;
    FrameCounter frames;
    std::uint64_t unanswered = 0;
};

class Loop {
  public:
    Loop(const Descriptor& listener, Descriptor log, Commit commit, std::uint32_t answer_bytes)
        : listener_(listener),
          log_(std::move(log)),
          commit_(commit),
          answer_(frame_of(answer_bytes)),
          poll_(::epoll_create1(EPOLL_CLOEXEC)) {
        watch(listener_.get(), nullptr);
    }

    [[noreturn]] void run() {
        while (true) turn();
    }

  private:
    void watch(int fd, Client* client) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = client;
        ::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, fd, &event);
    }

    void turn() {
        std::array<epoll_event, 1'024> events;
        const int ready = ::epoll_wait(poll_.get(), events.data(), events.size(), -1);
        for (int i = 0; i < ready; ++i) {
            auto* client = static_cast<Client*>(events[i].data.ptr);
            client == nullptr ? accept() : read(*client);
        }
        if (to_log_.empty()) return;
        commit();
        for (Client* client : asked_) answer(*client);
        asked_.clear();
        to_log_.clear();
    }

    void accept() {
        auto client = std::make_unique<Client>();
        client->socket = Descriptor(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        watch(client->socket.get(), client.get());
        clients_.push_back(std::move(client));
    }

    void read(Client& client) {
        const ssize_t got = ::recv(client.socket.get(), input_.data(), input_.size(), 0);
        if (got <= 0) {
            ::epoll_ctl(poll_.get(), EPOLL_CTL_DEL, client.socket.get(), nullptr);
            return;
        }
        const auto bytes = static_cast<std::size_t>(got);
        client.unanswered += client.frames.count(input_.data(), bytes);
        to_log_.append(input_.data(), bytes);
        asked_.push_back(&client);
    }

    void commit() {
        if (commit_ == Commit::None) return;
        for (std::string_view left = to_log_; !left.empty();) {
            const ssize_t written = ::write(log_.get(), left.data(), left.size());
            if (written <= 0) std::abort();
            left.remove_prefix(static_cast<std::size_t>(written));
        }
        if (commit_ == Commit::Sync && ::fdatasync(log_.get()) != 0) std::abort();
    }

    void answer(Client& client) {
        std::string answers;
        for (; client.unanswered > 0; --client.unanswered) answers += answer_;
        send_all(client.socket.get(), answers);
    }

    const Descriptor& listener_;
    Descriptor log_;
    const Commit commit_;
    const std::string answer_;
    Descriptor poll_;
    std::vector<std::unique_ptr<Client>> clients_;
    std::vector<char> input_ = std::vector<char>(kReadBytes);
    std::string to_log_;
    std::vector<Client*> asked_;
};

}  // namespace

EchoServer::EchoServer(const std::string& directory, Commit commit, std::uint32_t answer_bytes) {
    const Listener listener = listen_loopback();
    port_ = listener.port;
    const std::string path = directory + "/floor.log";
    Descriptor log(::open(path.c_str(), O_CREAT | O_TRUNC | O_APPEND | O_WRONLY | O_CLOEXEC, 0600));
    if (log.get() < 0) throw std::runtime_error("cannot write " + path);
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("cannot start a process");
    if (pid_ > 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    try {
        Loop(listener.socket, std::move(log), commit, answer_bytes).run();
    } catch (...) {  // A client that is gone in the middle of an answer: the end is near.
        ::_exit(0);
    }
}

double EchoServer::stop() {
    if (pid_ < 0) return 0;
    ::kill(pid_, SIGKILL);
    rusage used{};
    ::wait4(pid_, nullptr, 0, &used);
    pid_ = -1;
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

EchoServer::~EchoServer() {
    stop();
}

}  // namespace swarmq::bench
