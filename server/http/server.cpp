// One coroutine accepts, one for each connection reads, asks for the page and writes it.
#include "http/server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <chrono>
#include <exception>
#include <utility>

#include "base/address.h"
#include "base/log.h"

namespace swarmq::http {
namespace {

namespace beast = boost::beast;
namespace wire = boost::beast::http;

using Request = wire::request<wire::empty_body>;
using Response = wire::response<wire::string_body>;

constexpr std::size_t kConnectionsMax = 32;
constexpr std::uint32_t kHeaderBytesMax = 8 * 1024;
// For a whole request, an idle connection included, and for a whole answer.
constexpr std::chrono::seconds kReadWithin{10};
constexpr std::chrono::seconds kWriteWithin{10};

void log_end(const char* what, std::exception_ptr thrown) {
    if (!thrown) return;
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
        log(LogLevel::Error, std::string(what) + " ended by: " + error.what());
    }
}

Response to_response(const Reply& reply, const Request& request) {
    Response response;
    response.version(request.version());
    response.result(reply.status);
    response.set(wire::field::content_type, reply.content_type);
    response.set(wire::field::cache_control, "no-store");
    response.keep_alive(request.keep_alive());
    response.content_length(reply.body.size());
    if (request.method() != wire::verb::head) response.body() = reply.body;
    return response;
}

Reply refuse_method() { return {405, "text/plain; charset=utf-8", "GET and HEAD are answered here\n"}; }

Reply refuse_request(const error_code& error) {
    return {400, "text/plain; charset=utf-8", "the request cannot be read: " + error.message() + "\n"};
}

// Worth an answer: bytes came that are no request of ours.
bool is_refusable(const error_code& error) {
    return error.category() == wire::make_error_code(wire::error::bad_method).category() &&
           error != wire::error::end_of_stream && error != wire::error::partial_message;
}

}  // namespace

Server::Server(asio::io_context& context, const std::string& host, std::uint16_t port, Pages& pages)
    : context_(context), acceptor_(context), pages_(pages) {
    listen_on(acceptor_, "--http-listen", host, port);
    address_ = to_text(acceptor_.local_endpoint());
}

void Server::start() {
    asio::co_spawn(context_, accept(),
                   [](std::exception_ptr thrown) { log_end("accepting HTTP connections", thrown); });
}

asio::awaitable<void> Server::accept() {
    while (true) {
        auto [error, socket] = co_await acceptor_.async_accept(kAwait);
        if (error) {
            // Out of descriptors, most often: those that close will make room.
            Timer pause(context_);
            pause.expires_after(std::chrono::milliseconds(100));
            co_await pause.async_wait();
            continue;
        }
        if (connections_ >= kConnectionsMax) continue;  // Closed by its destructor.
        ++connections_;
        asio::co_spawn(context_, converse(std::move(socket)), [this](std::exception_ptr thrown) {
            --connections_;
            log_end("an HTTP connection", thrown);
        });
    }
}

asio::awaitable<void> Server::converse(Tcp::socket socket) {
    beast::tcp_stream stream(std::move(socket));
    beast::flat_buffer buffer(2 * kHeaderBytesMax);
    bool is_open = true;
    while (is_open) {
        wire::request_parser<wire::empty_body> parser;
        parser.header_limit(kHeaderBytesMax);
        parser.body_limit(boost::none);  // The first byte of one is an error.
        stream.expires_after(kReadWithin);
        const auto [read_error, read_bytes] = co_await wire::async_read(stream, buffer, parser, kAwait);
        if (read_error && !is_refusable(read_error)) break;
        const Request& request = parser.get();
        Reply reply;
        const bool is_asked_for = request.method() == wire::verb::get ||
                                  request.method() == wire::verb::head;
        if (parser.is_header_done() && !is_asked_for) {
            reply = refuse_method();
        } else if (read_error) {
            reply = refuse_request(read_error);
        } else {
            const std::string target(request.target());
            const std::string path = target.substr(0, target.find('?'));
            stream.expires_never();  // The pages have limits of their own.
            reply = co_await pages_.answer(path);
        }
        Response response = to_response(reply, request);
        if (read_error) response.keep_alive(false);
        stream.expires_after(kWriteWithin);
        const auto [write_error, written] = co_await wire::async_write(stream, response, kAwait);
        is_open = !write_error && response.keep_alive();
    }
    error_code ignored;
    stream.socket().shutdown(Tcp::socket::shutdown_send, ignored);
}

}  // namespace swarmq::http
