// The connection to one broker that queues, workers, pullers and admins share.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <swarmq/error.h>
#include <swarmq/options.h>

namespace swarmq::inline sdk {

class Channel;

// A handle; copies name the same connection, which ends with close() or with its last handle. It opens
// by itself in the background and reconnects by itself for ever, with growing pauses. Changes that were
// sent and not answered are sent again under their old numbers, by which the broker recognises them: no
// call that succeeded is lost, none is applied twice.
//
// Thread safe. One thread does the I/O, another runs the callbacks of asynchronous calls, one at a time
// and in the order of the answers; a callback may make blocking calls, but answers to other callbacks
// wait for it.
class Connection {
  public:
    // To the environment's SWARMQ_SERVER, else to 127.0.0.1:6410.
    Connection();
    // To "host:port". Throws SwarmqError{InvalidArgument} when it is not of this form.
    template <Text Server>
    explicit Connection(Server&& server)
        : Connection(ConnectionOptions{.server = std::string(std::forward<Server>(server))}) {}
    explicit Connection(ConnectionOptions options);

    // Blocks until the broker has answered the handshake; throws SwarmqError{Unavailable} after
    // unavailable_after, or what the broker refused with (UnsupportedVersion, Unauthenticated).
    // Calling it is optional: every call connects.
    void connect();

    // Says goodbye, so that leases go back at once, and ends every unanswered call: with Unavailable,
    // or Unknown where a change was sent. Blocks until the threads have ended; idempotent. Not from
    // a callback.
    void close();

    bool is_connected() const;
    // The address as given: "host:port".
    const std::string& server() const;

    // For the parts of the SDK.
    const std::shared_ptr<Channel>& channel() const { return channel_; }

  private:
    std::shared_ptr<Channel> channel_;
};

}  // namespace swarmq::inline sdk
