// The lines and bodies of beanstalkd's protocol on one socket.
#pragma once

#include "loopback.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace swarmq::bench {

class BeanstalkConnection {
  public:
    explicit BeanstalkConnection(std::uint16_t port) : socket_(connect_loopback(port)) {}

    struct Reply {
        std::string line;  // Without its end.
        std::string body;  // Of RESERVED.
    };

    int fd() const { return socket_.get(); }
    void send(std::string_view commands) { send_all(socket_.get(), commands); }
    // Blocks until something is there. Throws when the server has closed.
    void read();
    // What read() brought, one by one; nothing: read again.
    std::optional<std::string> next_line();
    std::optional<Reply> next_reply();
    // Blocks for one line.
    std::string wait_line();

  private:
    void compact();

    Descriptor socket_;
    std::string input_;
    std::size_t at_ = 0;
};

}  // namespace swarmq::bench
