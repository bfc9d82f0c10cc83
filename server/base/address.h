// Addresses to listen on, as options name them and people read them.
#pragma once

#include <cstdint>
#include <string>

#include "base/asio.h"

namespace swarmq {

// Throws std::runtime_error with one clear line that names `option` when `host` is no IP address.
asio::ip::address parse_host(const std::string& option, const std::string& host);
// True for addresses that only this machine can reach.
bool is_loopback(const std::string& option, const std::string& host);

// Binds and listens; port 0 chooses a free one. Throws std::runtime_error as above.
template <class AnyAcceptor>
void listen_on(AnyAcceptor& acceptor, const std::string& option, const std::string& host,
               std::uint16_t port);

// "127.0.0.1:6410", "[::1]:6410".
std::string to_text(const Tcp::endpoint& endpoint);

[[noreturn]] void throw_cannot_listen(const std::string& option, const Tcp::endpoint& endpoint,
                                      const error_code& error);

template <class AnyAcceptor>
void listen_on(AnyAcceptor& acceptor, const std::string& option, const std::string& host,
               std::uint16_t port) {
    const Tcp::endpoint endpoint(parse_host(option, host), port);
    error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) throw_cannot_listen(option, endpoint, error);
}

}  // namespace swarmq
