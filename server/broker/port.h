// A connection as the broker sees it: where deliveries and notices go, and who waits for a turn.
#pragma once

#include <vector>

#include "engine/effects.h"
#include "records.h"

namespace swarmq::broker {

class Port {
  public:
    virtual ~Port() = default;

    // `contents` belongs to delivery.jobs, in order. Called when the turn is durable.
    virtual void deliver(const engine::Delivery& delivery,
                         const std::vector<storage::DeliverableJob>& contents) = 0;
    virtual void notify(const engine::Notice& notice) = 0;
    // What was held for this turn, and for those before, may leave. Called once for each turn that the
    // port asked for with Broker::hold.
    virtual void turn_is_durable(TurnNumber turn) = 0;
    // Another connection has resumed the session of this one.
    virtual void taken_over() = 0;
    // The store failed: the outcome of everything that is held is not known.
    virtual void store_failed() = 0;
};

}  // namespace swarmq::broker
