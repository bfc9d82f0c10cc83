// A connection for each request, with Boost.Beast.
#include "send_webhooks/post.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <cstdlib>
#include <stdexcept>

namespace example {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

// Asynchronous calls run to their end one after the other: only these have time limits in Beast.
class Exchange {
  public:
    Exchange(const Url& url, std::chrono::milliseconds within) : stream_(loop_) {
        stream_.expires_after(within);
        const asio::ip::tcp::endpoint receiver(asio::ip::make_address(url.host), url.port);
        stream_.async_connect(receiver, [this](beast::error_code error) { error_ = error; });
        run("connect to " + url.host + ':' + std::to_string(url.port));
    }

    http::response<http::string_body> send(const http::request<http::string_body>& request) {
        http::async_write(stream_, request,
                          [this](beast::error_code error, std::size_t) { error_ = error; });
        run("send the request");
        beast::flat_buffer buffer;
        http::response<http::string_body> response;
        http::async_read(stream_, buffer, response,
                         [this](beast::error_code error, std::size_t) { error_ = error; });
        run("read the answer");
        return response;
    }

  private:
    void run(const std::string& what) {
        loop_.restart();
        loop_.run();
        if (error_) {
            throw std::runtime_error("cannot " + what + ": " + error_.message());
        }
    }

    asio::io_context loop_;
    beast::tcp_stream stream_;
    beast::error_code error_;
};

}  // namespace

Reply post(const Url& url, const std::string& delivery_id, const std::string& json,
           std::chrono::milliseconds within) {
    http::request<http::string_body> request(http::verb::post, url.target, 11);
    request.set(http::field::host, url.host);
    request.set(http::field::content_type, "application/json");
    request.set("Idempotency-Key", delivery_id);
    request.keep_alive(false);
    request.body() = json;
    request.prepare_payload();
    const http::response<http::string_body> response = Exchange(url, within).send(request);
    const std::string retry_after(response[http::field::retry_after]);
    return {response.result_int(), response.body(),
            std::chrono::seconds(std::strtol(retry_after.c_str(), nullptr, 10))};
}

}  // namespace example
