// A connection as the broker sees it: where deliveries and notices go, and who waits for a turn.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "broker/event_log.h"
#include "engine/effects.h"
#include "records.h"

namespace swarmq::broker {

// Events for one subscription, in order.
struct EventBatch {
    std::uint32_t subscription = 0;
    std::vector<const LoggedEvent*> events;  // Valid during the call.
    std::uint64_t after = 0;     // What comes next is behind this number.
    bool is_truncated = false;   // Some before the first of these are lost.
};

// Who is at the other end, for operators.
struct ClientFacts {
    std::string name;
    std::string sdk;  // With its version.
    std::string address;
    std::map<std::string, std::string> labels;
    TimeMs connected_ms = 0;  // By the wall clock, as is the next.
    TimeMs last_heard_ms = 0;
};

class Port {
  public:
    virtual ~Port() = default;

    // `contents` belongs to delivery.jobs, in order. Called when the turn is durable; flush() follows.
    virtual void deliver(const engine::Delivery& delivery,
                         const std::vector<storage::DeliverableJob>& contents) = 0;
    virtual void notify(const engine::Notice& notice) = 0;
    virtual void push_events(const EventBatch& batch) = 0;
    // False: what can wait should wait, until Watchers::go_on() is called for the port.
    virtual bool has_room() const = 0;
    // What was held for this turn, and for those before, may leave. Called once for each turn that the
    // port asked for with Broker::hold; flush() follows.
    virtual void turn_is_durable(TurnNumber turn) = 0;
    // That was all of a turn.
    virtual void flush() = 0;
    // Another connection has resumed the session of this one.
    virtual void taken_over() = 0;
    // The store failed: the outcome of everything that is held is not known.
    virtual void store_failed() = 0;
    virtual ClientFacts client() const { return {}; }
};

}  // namespace swarmq::broker
