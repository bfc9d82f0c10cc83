// Resolves and connects; a timer closes the socket of who does not answer.
#include "check.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

namespace {

constexpr auto kLongest = 2s;
// Errors as values; named, for g++ 12 makes mistakes with temporaries inside co_await.
constexpr auto kToken = asio::as_tuple(asio::use_awaitable);

}  // namespace

asio::awaitable<swarmq::Outcome> check_service(std::string address, swarmq::CancellationToken token) {
    const auto colon = address.rfind(':');
    if (colon == std::string::npos)
        co_return swarmq::Outcome::unrecoverable("'" + address + "' is not HOST:PORT");
    const std::string host = address.substr(0, colon);
    const std::string port = address.substr(colon + 1);
    const auto begun = std::chrono::steady_clock::now();
    const auto executor = co_await asio::this_coro::executor;

    tcp::resolver resolver(executor);
    const auto [unresolved, endpoints] = co_await resolver.async_resolve(host, port, kToken);
    if (unresolved) co_return swarmq::Outcome::fail(unresolved.message());
    if (token.is_cancelled()) co_return swarmq::Outcome::release();

    tcp::socket socket(executor);
    asio::steady_timer timer(executor, kLongest);
    timer.async_wait([&socket](const boost::system::error_code& error) {
        boost::system::error_code ignored;
        if (!error) socket.close(ignored);
    });
    const auto [refused, endpoint] = co_await asio::async_connect(socket, endpoints, kToken);
    timer.cancel();
    if (refused == asio::error::operation_aborted) co_return swarmq::Outcome::fail("no answer within 2 s");
    if (refused) co_return swarmq::Outcome::fail(refused.message());
    const auto took = std::chrono::steady_clock::now() - begun;
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(took);
    co_return swarmq::Outcome::complete("answers after " + std::to_string(ms.count()) + " ms");
}
