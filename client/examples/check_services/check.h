// Whether a service can be connected to, as a coroutine.
#pragma once

#include <swarmq/handler.h>

#include <boost/asio/awaitable.hpp>

#include <string>

// Success with the milliseconds it took, or failure with the reason, within about two seconds. Looks at the token
// between its steps: a check that nobody wants any more ends early.
boost::asio::awaitable<swarmq::Outcome> check_service(std::string address,
                                                      swarmq::CancellationToken token);
