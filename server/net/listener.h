// Accepts connections on one address, up to a bound, and keeps their sessions.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "api/server_facts.h"
#include "base/asio.h"
#include "broker/broker.h"

namespace swarmq::net {

class Session;

class Listener {
  public:
    // Binds at once; throws std::runtime_error with one clear line when that fails.
    Listener(asio::io_context& context, const std::string& host, std::uint16_t port,
             std::size_t connections_max, broker::Broker& broker, api::ServerFacts& facts);
    ~Listener();

    void start();
    // Tells every client that the daemon stops, and accepts no more: neither connections, nor requests that had
    // not arrived.
    void drain();
    // How many connections have not been answered yet after that, or have not read it.
    std::size_t undrained() const;
    // Closes every connection once it has sent what it has.
    void stop();
    // Those that are open stay.
    void set_connections_max(std::size_t connections_max) { connections_max_ = connections_max; }
    // As asked for, with the port that was chosen for 0.
    std::string address() const;

  private:
    asio::awaitable<void> accept();

    broker::Broker& broker_;
    api::ServerFacts& facts_;
    std::size_t connections_max_;
    Acceptor acceptor_;
    std::set<std::shared_ptr<Session>> sessions_;
};

}  // namespace swarmq::net
