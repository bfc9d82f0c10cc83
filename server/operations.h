// The daemon as its operators see it, from before recovery to the very end: what the service manager is
// told and what the HTTP service tells. Owner: the main thread, which becomes the loop's.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/loop.h"
#include "base/systemd.h"
#include "http/metrics.h"
#include "http/snapshot.h"
#include "options.h"
#include "start_progress.h"
#include "watchdog.h"

namespace swarmq::http {
class Service;
}

namespace swarmq {

class Operations {
  public:
    // Throws std::runtime_error with one clear line when the HTTP service cannot listen.
    explicit Operations(const Options& options);
    ~Operations();

    // So far recovery has come.
    void recovering(std::uint64_t rows);

    // What is asked of the daemon while it serves; `snapshot` and `commit_age_ms` on the loop.
    struct Serving {
        Loop& loop;
        std::function<http::Snapshot()> snapshot;
        std::function<DurationMs()> commit_age_ms;
        http::Sources sources;
        std::string status;  // A line for people.
    };
    // Recovery is over and the sockets listen.
    void serve(Serving serving);
    void stopping();
    // Around a reload of the configuration.
    void reloading();
    void reloaded();
    // Nothing of the daemon is touched after it. Idempotent.
    void stop();
    // HOST:PORT of the HTTP service, or "off".
    std::string http_address() const;

  private:
    using Steady = std::chrono::steady_clock;

    ServiceManager manager_;
    std::optional<StartProgress> start_;
    std::unique_ptr<http::Service> http_;
    std::optional<Watchdog> watchdog_;
    std::string status_;
    Steady::time_point began_at_ = Steady::now();
};

}  // namespace swarmq
