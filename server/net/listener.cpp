// The accept loop.
#include "net/listener.h"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/log.h"
#include "net/session.h"

namespace swarmq::net {
namespace {

asio::ip::address parse_host(const std::string& host) {
    if (host == "localhost") return asio::ip::address_v4::loopback();
    error_code error;
    const auto address = asio::ip::make_address(host, error);
    if (error)
        throw std::runtime_error("--listen: \"" + host +
                                 "\" is not an IP address; give one, for example 127.0.0.1:6410");
    return address;
}

}  // namespace

bool is_loopback(const std::string& host) { return parse_host(host).is_loopback(); }

Listener::Listener(asio::io_context& context, const std::string& host, std::uint16_t port,
                   std::size_t connections_max, broker::Broker& broker, api::ServerFacts& facts)
    : broker_(broker), facts_(facts), connections_max_(connections_max), acceptor_(context) {
    const Tcp::endpoint endpoint(parse_host(host), port);
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error)
        throw std::runtime_error("cannot listen on " + host + ":" + std::to_string(port) + ": " +
                                 error.message());
}

Listener::~Listener() = default;

void Listener::start() {
    asio::co_spawn(acceptor_.get_executor(), accept(), [](std::exception_ptr thrown) {
        if (!thrown) return;
        try {
            std::rethrow_exception(thrown);
        } catch (const std::exception& error) {
            log(LogLevel::Error, std::string("accepting connections ended by: ") + error.what());
        }
    });
}

asio::awaitable<void> Listener::accept() {
    while (acceptor_.is_open()) {
        auto [error, socket] = co_await acceptor_.async_accept();
        if (error == asio::error::operation_aborted) break;
        if (error) {
            // Out of descriptors, most often: those that close will make room.
            log(LogLevel::Warning, "a connection was not accepted: " + error.message());
            Timer pause(acceptor_.get_executor());
            pause.expires_after(std::chrono::milliseconds(100));
            co_await pause.async_wait();
            continue;
        }
        if (sessions_.size() >= connections_max_) continue;  // Closed by its destructor.
        auto session = std::make_shared<Session>(std::move(socket), broker_, facts_);
        sessions_.insert(session);
        facts_.connections = sessions_.size();
        const auto ended = [this, weak = std::weak_ptr<Session>(session)] {
            if (const auto over = weak.lock()) sessions_.erase(over);
            facts_.connections = sessions_.size();
        };
        session->start(ended);
    }
}

void Listener::drain() {
    error_code ignored;
    acceptor_.close(ignored);
    for (const auto& session : sessions_) session->drain();
}

void Listener::stop() {
    error_code ignored;
    acceptor_.close(ignored);
    const std::vector<std::shared_ptr<Session>> sessions(sessions_.begin(), sessions_.end());
    for (const auto& session : sessions) session->stop();
}

std::string Listener::address() const {
    const auto endpoint = acceptor_.local_endpoint();
    const std::string host = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(endpoint.port());
}

}  // namespace swarmq::net
