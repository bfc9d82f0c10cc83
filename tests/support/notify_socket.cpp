// Receives datagrams.
#include "support/notify_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

namespace swarmq::test {

using Steady = std::chrono::steady_clock;

NotifySocket::NotifySocket() {
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path_.size() >= sizeof address.sun_path) throw std::runtime_error("too long: " + path_);
    std::copy(path_.begin(), path_.end(), address.sun_path);
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error("cannot bind " + path_);
}

NotifySocket::~NotifySocket() { ::close(socket_); }

std::optional<NotifySocket::Message> NotifySocket::next(std::chrono::milliseconds within) {
    pollfd look{socket_, POLLIN, 0};
    if (::poll(&look, 1, static_cast<int>(within.count())) <= 0) return std::nullopt;
    char bytes[4096];
    const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got < 0) return std::nullopt;
    Message message;
    std::istringstream lines(std::string(bytes, static_cast<std::size_t>(got)));
    for (std::string line; std::getline(lines, line);) {
        const auto equals = line.find('=');
        if (equals != std::string::npos) message[line.substr(0, equals)] = line.substr(equals + 1);
    }
    return message;
}

std::optional<NotifySocket::Message> NotifySocket::next_with(const std::string& name,
                                                             std::chrono::milliseconds within) {
    const auto deadline = Steady::now() + within;
    for (auto now = Steady::now(); now < deadline; now = Steady::now()) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - now);
        const auto message = next(left);
        if (message && message->contains(name)) return message;
    }
    return std::nullopt;
}

void NotifySocket::clear() {
    while (next(std::chrono::milliseconds(0))) {
    }
}

Environment::Environment(const std::string& name, const std::string& value) : name_(name) {
    ::setenv(name.c_str(), value.c_str(), 1);
}

Environment::~Environment() { ::unsetenv(name_.c_str()); }

}  // namespace swarmq::test
