// A small HTTP/1.1 server for operators: GET and HEAD of a few pages, with bounds on everything a client
// could make it hold or wait for.
// Owner: the thread of the HTTP service.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/asio.h"

namespace swarmq::http {

struct Reply {
    unsigned status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
};

// What stands under the paths.
class Pages {
  public:
    virtual ~Pages() = default;
    // `path` is without its query. Both outlive the answer.
    virtual asio::awaitable<Reply> answer(const std::string& path) = 0;
};

class Server {
  public:
    // Binds at once; throws std::runtime_error with one clear line when that fails. `pages` outlives it.
    Server(asio::io_context& context, const std::string& host, std::uint16_t port, Pages& pages);

    void start();
    // As asked for, with the port that was chosen for 0.
    std::string address() const { return address_; }

  private:
    asio::awaitable<void> accept();
    asio::awaitable<void> converse(Tcp::socket socket);

    asio::io_context& context_;
    Tcp::acceptor acceptor_;
    Pages& pages_;
    std::string address_;
    std::size_t connections_ = 0;
};

}  // namespace swarmq::http
