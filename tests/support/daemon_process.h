// A real swarmqd as a child process on a free port of 127.0.0.1, which dies with the test.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace swarmq::test {

class DaemonProcess {
  public:
    // Starts the program named by the environment variable SWARMQD with `arguments` and waits until it
    // listens. Without a --config among them it logs errors only. Throws std::runtime_error when it ends before that.
    explicit DaemonProcess(std::vector<std::string> arguments);
    ~DaemonProcess();
    DaemonProcess(const DaemonProcess&) = delete;

    std::uint16_t port() const { return port_; }
    // Of /metrics and the rest; 0 when there is none.
    std::uint16_t http_port() const { return http_port_; }
    pid_t pid() const { return pid_; }
    // As a power cut of the process; waits until it is gone.
    void kill();
    // SIGTERM; answers the exit code.
    int stop();
    // Waits until it ends by itself; answers the exit code.
    int wait();
    void signal(int number);

  private:
    pid_t pid_ = -1;
    std::uint16_t port_ = 0;
    std::uint16_t http_port_ = 0;
};

}  // namespace swarmq::test
