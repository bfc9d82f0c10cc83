// Feeds the service manager's watchdog from the loop, and only while commits get done: a daemon that
// cannot serve any more is restarted. Owner: the loop's thread.
#pragma once

#include <functional>

#include "base/asio.h"
#include "base/systemd.h"
#include "model/ids.h"

namespace swarmq {

class Watchdog {
  public:
    // `commit_age_ms`: for how long the commit under way has been, 0 when none is.
    Watchdog(asio::io_context& context, ServiceManager& manager,
             std::function<DurationMs()> commit_age_ms)
        : timer_(context), manager_(manager), commit_age_ms_(std::move(commit_age_ms)) {}

    // Does nothing when the manager does not watch.
    void start();

  private:
    void look();

    asio::steady_timer timer_;
    ServiceManager& manager_;
    std::function<DurationMs()> commit_age_ms_;
    bool is_fed_ = true;
};

}  // namespace swarmq
