// A datagram socket and what the environment says of it.
#include "base/systemd.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "base/log.h"

namespace swarmq {
namespace {

std::optional<std::uint64_t> number_of(const char* variable) {
    const char* const text = std::getenv(variable);
    if (text == nullptr) return std::nullopt;
    const std::string_view digits(text);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return number;
}

// Another process's watchdog is not ours to feed.
std::optional<std::chrono::microseconds> watchdog_of_environment() {
    const auto pid = number_of("WATCHDOG_PID");
    if (pid && *pid != static_cast<std::uint64_t>(::getpid())) return std::nullopt;
    const auto period_us = number_of("WATCHDOG_USEC");
    if (!period_us || *period_us == 0) return std::nullopt;
    return std::chrono::microseconds(*period_us);
}

}  // namespace

ServiceManager::ServiceManager() {
    const char* const address = std::getenv("NOTIFY_SOCKET");
    if (address == nullptr || (*address != '/' && *address != '@')) return;
    address_ = address;
    if (address_.size() >= sizeof(sockaddr_un::sun_path)) return;
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    watchdog_ = watchdog_of_environment();
}

ServiceManager::~ServiceManager() {
    if (socket_ >= 0) ::close(socket_);
}

void ServiceManager::tell(const std::string& lines) {
    if (socket_ < 0) return;
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::copy(address_.begin(), address_.end(), to.sun_path);
    if (to.sun_path[0] == '@') to.sun_path[0] = '\0';  // A name without a file.
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
    const auto sent = ::sendto(socket_, lines.data(), lines.size(), MSG_NOSIGNAL,
                               reinterpret_cast<const sockaddr*>(&to), size);
    static std::atomic<bool> was_told{false};
    if (sent < 0 && !was_told.exchange(true))
        log(LogLevel::Warning, "the service manager at " + address_ +
                                   " does not listen: " + std::strerror(errno));
}

std::string monotonic_us() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::to_string(std::uint64_t(now.tv_sec) * 1'000'000 + std::uint64_t(now.tv_nsec) / 1'000);
}

}  // namespace swarmq
