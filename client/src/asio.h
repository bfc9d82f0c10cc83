// The house's names for Asio. Included by files that touch sockets or timers, by no other.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace swarmq::inline sdk {

namespace asio = boost::asio;
using Tcp = boost::asio::ip::tcp;
using ErrorCode = boost::system::error_code;

}  // namespace swarmq::inline sdk
