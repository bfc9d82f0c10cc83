// One connection after the other, with Boost.Beast.
#include "send_webhooks/receiver.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <atomic>
#include <mutex>
#include <thread>

namespace example {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

}  // namespace

class Receiver::Server {
  public:
    explicit Server(std::size_t refusals)
        : refusals_(refusals),
          acceptor_(loop_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
          port_(acceptor_.local_endpoint().port()),
          thread_([this] { serve(); }) {}

    // Its own connection wakes the thread from its accept.
    ~Server() {
        is_stopping_ = true;
        tcp::socket last(loop_);
        beast::error_code ignored;
        last.connect(tcp::endpoint(asio::ip::address_v4::loopback(), port_), ignored);
        thread_.join();
    }

    std::uint16_t port() const { return port_; }

    std::map<std::string, std::size_t> deliveries() const {
        const std::lock_guard lock(mutex_);
        return deliveries_;
    }

  private:
    void serve() {
        while (!is_stopping_) {
            beast::error_code error;
            tcp::socket socket = acceptor_.accept(error);
            if (!error && !is_stopping_) {
                answer(socket);
            }
        }
    }

    void answer(tcp::socket& socket) {
        beast::error_code error;
        beast::flat_buffer buffer;
        http::request<http::string_body> request;
        http::read(socket, buffer, request, error);
        if (error) {
            return;
        }
        const bool is_accepted = count(std::string(request["Idempotency-Key"])) > refusals_;
        http::response<http::string_body> response(
            is_accepted ? http::status::ok : http::status::service_unavailable, 11);
        response.body() = is_accepted ? R"({"received":true})" : "still starting";
        response.keep_alive(false);
        response.prepare_payload();
        http::write(socket, response, error);
        socket.shutdown(tcp::socket::shutdown_both, error);
    }

    std::size_t count(const std::string& event) {
        const std::lock_guard lock(mutex_);
        return ++deliveries_[event];
    }

    std::size_t refusals_;
    asio::io_context loop_;
    tcp::acceptor acceptor_;
    std::uint16_t port_;
    std::atomic<bool> is_stopping_ = false;
    mutable std::mutex mutex_;
    std::map<std::string, std::size_t> deliveries_;
    std::thread thread_;
};

Receiver::Receiver(std::size_t refusals) : server_(std::make_unique<Server>(refusals)) {}

Receiver::~Receiver() = default;

std::uint16_t Receiver::port() const {
    return server_->port();
}

std::map<std::string, std::size_t> Receiver::deliveries() const {
    return server_->deliveries();
}

}  // namespace example
