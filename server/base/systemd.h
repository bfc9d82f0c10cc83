// Talks to the service manager that started the daemon, as sd_notify(3) describes: one datagram of lines.
// Without one, everything here does nothing. Thread-safe.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace swarmq {

class ServiceManager {
  public:
    // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
    ServiceManager();
    ~ServiceManager();
    ServiceManager(const ServiceManager&) = delete;

    bool is_there() const { return socket_ >= 0; }
    // Lines of NAME=VALUE. Never waits; a manager that does not listen is logged once.
    void tell(const std::string& lines);
    // It restarts the daemon when it hears nothing for this long. Nothing: it does not watch.
    std::optional<std::chrono::microseconds> watchdog() const { return watchdog_; }

  private:
    int socket_ = -1;
    std::string address_;
    std::optional<std::chrono::microseconds> watchdog_;
};

// Microseconds of CLOCK_MONOTONIC, as RELOADING=1 wants them.
std::string monotonic_us();

}  // namespace swarmq
