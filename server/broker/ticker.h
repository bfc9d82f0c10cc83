// Wakes the broker when something is due, and once a second to look at the clocks.
#pragma once

#include <functional>
#include <memory>

#include "base/loop.h"
#include "broker/clock.h"

namespace swarmq::broker {

class Ticker {
  public:
    // `tick` sets the next deadline itself.
    Ticker(Loop& loop, const Clock& clock, std::function<void()> tick);
    ~Ticker();

    // Wakes at `deadline_ms`, or earlier. Replaces the deadline before.
    void set(TimeMs deadline_ms);
    void stop();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace swarmq::broker
