// The accept loop.
#include "net/listener.h"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/log.h"
#include "net/session.h"

namespace swarmq::net {

Listener::Listener(asio::io_context& context, const std::string& host, std::uint16_t port,
                   std::size_t connections_max, broker::Broker& broker, api::ServerFacts& facts)
    : broker_(broker), facts_(facts), connections_max_(connections_max), acceptor_(context) {
    listen_on(acceptor_, "--listen", host, port);
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
        if (sessions_.size() >= connections_max_) {
            ++facts_.connections_refused_total;
            continue;  // Closed by its destructor.
        }
        ++facts_.connections_total;
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

std::size_t Listener::undrained() const {
    return static_cast<std::size_t>(std::count_if(sessions_.begin(), sessions_.end(), [](const auto& session) {
        return !session->is_drained();
    }));
}

void Listener::stop() {
    error_code ignored;
    acceptor_.close(ignored);
    const std::vector<std::shared_ptr<Session>> sessions(sessions_.begin(), sessions_.end());
    for (const auto& session : sessions) session->stop();
}

std::string Listener::address() const { return to_text(acceptor_.local_endpoint()); }

}  // namespace swarmq::net
