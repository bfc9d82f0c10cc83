// The daemon as its operators see it, from before recovery to the very end: the HTTP service and what it
// tells. Owner: the main thread, which becomes the loop's.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/loop.h"
#include "http/metrics.h"
#include "http/snapshot.h"
#include "options.h"

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
    // Recovery is over and the sockets listen.
    void serve(Loop& loop, std::function<http::Snapshot()> take, http::Sources sources);
    // Nothing of the daemon is touched after it. Idempotent.
    void stop();
    // HOST:PORT of the HTTP service, or "off".
    std::string http_address() const;

  private:
    using Steady = std::chrono::steady_clock;

    std::unique_ptr<http::Service> http_;
    Steady::time_point began_at_ = Steady::now();
    std::uint64_t recovered_rows_ = 0;
};

}  // namespace swarmq
