// One TCP connection to the broker: connects, shakes hands, reads frames, writes bytes. It lives for one
// attempt and is never used again.
// Owner: whoever has the I/O lock.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "asio.h"
#include "io_lock.h"
#include "request.h"

namespace swarmq::inline sdk {

struct Address {
    std::string host;
    std::string port;
};

// "host:port" or "[v6]:port". Throws SwarmqError{InvalidArgument}.
Address parse_address(std::string_view text);

class Link : public std::enable_shared_from_this<Link> {
  public:
    struct Options {
        Address address;
        std::chrono::milliseconds connect_timeout{2'000};
        v1::Envelope hello;
    };
    // down comes exactly once, unless close() came first; nothing comes after it. None comes inside a call.
    struct Events {
        std::function<void(v1::Welcome&)> up;
        std::function<void(v1::Envelope&)> frame;
        std::function<void()> read_done;  // Every whole frame of one read was handed out.
        std::function<bool()> is_in_a_hurry;  // Whoever runs the I/O has better things to do than to read on at once.
        std::function<void()> write_done;
        std::function<void(Error)> down;
    };

    // The lock outlives the I/O context.
    Link(asio::io_context& io, IoLock& io_lock, Options options, Events events);

    void start();
    void close();
    // One last frame, if it can leave at once.
    void say_goodbye();

    // Where the next write is collected. flush() writes what the socket takes at once; for the rest a
    // write is under way then, which write_done ends, and which collects no more.
    std::string& out() { return out_; }
    void flush();
    bool is_writing() const { return is_writing_; }

    SteadyTime last_read() const { return last_read_; }
    SteadyTime last_write() const { return last_write_; }

  private:
    void connect(Tcp::resolver::results_type::iterator endpoint);
    void open_socket(const Tcp& protocol, ErrorCode& error);
    void shake_hands();
    void read();
    void take_read(std::size_t bytes);
    bool take_frames();
    bool take_frame(std::string_view body);
    bool take_welcome(v1::Envelope& envelope);
    void fail(Code code, std::string message);

    IoLock& io_lock_;
    Options options_;
    Events events_;
    Tcp::resolver resolver_;
    Tcp::socket socket_;
    asio::steady_timer timer_;
    bool is_up_ = false;
    bool is_over_ = false;
    bool is_writing_ = false;
    std::vector<char> buffer_;
    std::size_t filled_ = 0;
    std::vector<char> arena_block_;
    std::string out_;
    std::string writing_;
    SteadyTime last_read_{};
    SteadyTime last_write_{};
};

}  // namespace swarmq::inline sdk
