// The house's names for Asio, and the one place that chooses completion tokens: a closed peer is a value,
// not an exception.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace swarmq {

namespace asio = boost::asio;
using boost::system::error_code;

using Token = asio::as_tuple_t<asio::use_awaitable_t<>>;
inline constexpr Token kAwait{};

using Tcp = asio::ip::tcp;
using Socket = Token::as_default_on_t<Tcp::socket>;
using Acceptor = Token::as_default_on_t<Tcp::acceptor>;
using Timer = Token::as_default_on_t<asio::steady_timer>;

}  // namespace swarmq
