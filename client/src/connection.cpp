// The public handle of a channel.
#include <swarmq/connection.h>

#include <utility>

#include "call.h"

namespace swarmq::inline sdk {

Connection::Connection() : Connection(ConnectionOptions{}) {}

Connection::Connection(ConnectionOptions options) : channel_(Channel::create(std::move(options))) {}

void Connection::connect() {
    if (auto error = channel_->connect()) throw SwarmqError(std::move(*error));
}

void Connection::close() { channel_->close(); }

bool Connection::is_connected() const { return channel_->is_connected(); }

const std::string& Connection::server() const { return channel_->options().server; }

std::unique_ptr<Request> make_request(const Channel& channel, Request::Kind kind,
                                      Milliseconds wait) {
    auto request = std::make_unique<Request>();
    request->kind = kind;
    request->is_wait = wait.count() > 0;
    request->submitted = std::chrono::steady_clock::now();
    request->deadline = request->submitted + channel.options().request_timeout + wait;
    return request;
}

}  // namespace swarmq::inline sdk
