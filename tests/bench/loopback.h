// A file descriptor that is closed once, and a connection to a loopback port.
#pragma once

#include <cstdint>
#include <string_view>

namespace swarmq::bench {

class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor();
    Descriptor(Descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
    Descriptor& operator=(Descriptor&& other) noexcept;

    int get() const { return fd_; }

  private:
    int fd_ = -1;
};

// Without Nagle's delay. Throws std::system_error.
Descriptor connect_loopback(std::uint16_t port);

struct Listener {
    Descriptor socket;
    std::uint16_t port = 0;
};

// On a free port.
Listener listen_loopback();
// All of it; blocks. Throws std::system_error.
void send_all(int fd, std::string_view bytes);

}  // namespace swarmq::bench
