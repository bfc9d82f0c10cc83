// Looks at the queues every second, a bounded number at a time; logs the alerts that rise and fall, and
// tells those who watch their queues.
// Owner: the loop's thread.
#pragma once

#include <vector>

#include "api/server_facts.h"
#include "base/asio.h"
#include "broker/alerts.h"
#include "broker/broker.h"

namespace swarmq {

class AlertWatch {
  public:
    AlertWatch(asio::io_context& context, broker::Broker& broker, const broker::AlertLimits& limits)
        : timer_(context), broker_(broker), alerts_(limits) {}

    void start();
    void stop() { timer_.cancel(); }
    void set_limits(const broker::AlertLimits& limits) { alerts_.set_limits(limits); }
    // Those that are up, at most so many.
    std::vector<api::RaisedAlert> raised(std::size_t size_max) const;

  private:
    void look();
    void publish(const std::vector<broker::AlertChange>& changes);
    void tell(const std::vector<broker::AlertChange>& changes);

    asio::steady_timer timer_;
    broker::Broker& broker_;
    broker::Alerts alerts_;
    std::size_t cursor_ = 0;
};

}  // namespace swarmq
