// One socket: reads frames into the protocol's connection, writes what it puts into the outbox.
// Owner: the loop's thread; lives as long as its coroutines.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "api/connection.h"
#include "api/wire.h"
#include "base/asio.h"

namespace swarmq::net {

class Session : public api::Wire, public std::enable_shared_from_this<Session> {
  public:
    Session(Socket socket, broker::Broker& broker, const api::ServerFacts& facts);

    // Runs until the connection ends, then calls `ended`.
    void start(std::function<void()> ended);
    // Sends what is to be sent and closes.
    void stop();
    // Tells the client that the daemon stops, and reads on only what has arrived by now.
    void drain();
    // After drain(): that is read and answered, and the answers are sent.
    bool is_drained() const;

    std::string& outbox() override { return outbox_; }
    void flush() override { has_output_.cancel(); }
    void flush_now() override;
    std::size_t unsent_bytes() const override { return outbox_.size() + writing_.size(); }
    void close_after_sending() override;
    void reconsider_reading() override { may_read_.cancel(); }
    std::string peer() const override { return peer_; }
    DurationMs silent_ms() const override;

  private:
    asio::awaitable<void> read_frames();
    asio::awaitable<void> write_frames();
    asio::awaitable<void> watch();
    // Hands whole frames on; answers how many bytes it used up.
    std::size_t take_frames(std::string_view received);
    asio::awaitable<void> wait_for_room();
    asio::awaitable<void> let_turn_go();
    void close();
    void part_ended();

    Socket socket_;
    broker::Broker& broker_;
    std::string peer_;
    std::shared_ptr<api::Connection> connection_;
    std::string outbox_;
    std::string writing_;
    Timer has_output_;  // Cancelled to wake the writer.
    Timer may_read_;    // Cancelled to wake the reader.
    Timer alarm_;
    broker::Clock::Steady::time_point heard_at_;
    broker::Clock::Steady::time_point framed_at_;  // When the last whole frame was there.
    broker::Clock::Steady::time_point closes_by_;
    bool is_paused_ = false;
    bool is_draining_ = false;
    bool is_handling_ = false;  // Has read frames that are not handed on yet.
    std::size_t unread_bytes_ = 0;  // Draining: what may still be read.
    bool is_closing_ = false;  // Reads no more; closes when the outbox is empty.
    bool is_closed_ = false;
    int parts_ = 0;
    std::function<void()> ended_;
};

}  // namespace swarmq::net
