// What waits to be sent and to be answered: requests, and single adds that may share a frame.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <swarmq/error.h>
#include <swarmq/job.h>

#include "swarmq/v1/envelope.pb.h"

namespace swarmq::inline sdk {

using SteadyTime = std::chrono::steady_clock::time_point;

// Called once, with the I/O lock, where it must not block. The Envelope lives as long as the call.
using AnswerHandler = std::function<void(Result<v1::Envelope*>)>;

struct Request {
    enum class Kind {
        Read,   // Asked again under a new number after a lost connection.
        Change, // Sent again under its old number after a lost connection.
        Once,   // Means nothing on another connection: fails with Unavailable when this one is lost.
    };
    v1::Envelope envelope;
    Kind kind = Kind::Read;
    bool is_wait = false;    // Counted apart by the broker: answered when something happens.
    bool is_answered = true;  // False for a Grant: sent and forgotten.
    bool is_urgent = false;  // Leases depend on it: overtakes other requests, no window holds it up.
    SteadyTime submitted{};
    SteadyTime deadline = SteadyTime::max();
    AnswerHandler done;
    std::size_t bytes = 0;  // Set when it is submitted.
};

// One job that may travel together with others.
struct SingleAdd {
    std::string queue;
    std::unique_ptr<v1::NewJob> job;
    SteadyTime submitted{};
    SteadyTime deadline = SteadyTime::max();
    std::function<void(Result<AddedJob>)> done;
    std::size_t bytes = 0;
    bool is_alone = false;  // Its frame was refused because of one job of it: ask again by itself.
};

}  // namespace swarmq::inline sdk
