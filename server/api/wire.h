// What a connection needs of its socket: a buffer to put frames into, and an end.
#pragma once

#include <cstddef>
#include <string>

#include "model/ids.h"

namespace swarmq::api {

class Wire {
  public:
    virtual ~Wire() = default;

    // Append whole frames here, then call flush(); what one wake-up appends leaves in one write.
    virtual std::string& outbox() = 0;
    virtual void flush() = 0;
    // The same at once if it is not much and the other side takes it: for what ends a turn, of which nothing follows.
    virtual void flush_now() = 0;
    // Bytes that are not sent yet.
    virtual std::size_t unsent_bytes() const = 0;
    // Sends what is in the outbox, then closes; reads no more.
    virtual void close_after_sending() = 0;
    // wants_input() of the connection may have changed.
    virtual void reconsider_reading() = 0;
    virtual std::string peer() const = 0;
    // How long ago the last whole frame was read.
    virtual DurationMs silent_ms() const = 0;
};

}  // namespace swarmq::api
