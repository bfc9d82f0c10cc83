// The HTTP side of the daemon on a thread of its own, from before recovery to the very end: /metrics,
// /livez, /readyz. The loop is asked for snapshots only.
// Thread rule: any thread, one call at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/loop.h"
#include "http/metrics.h"
#include "http/snapshot.h"

namespace swarmq::http {

class Service {
  public:
    // Binds and answers at once. Throws std::runtime_error with one clear line when it cannot.
    Service(const std::string& host, std::uint16_t port, const std::string& version);
    ~Service();

    // So far recovery has come.
    void tell_recovery(std::uint64_t rows);
    // Recovery is over: from now on `take` is called on `loop`, which outlives the next stop().
    void serve(Loop& loop, std::function<Snapshot()> take, Sources sources);
    // Answers nothing more and ends the thread. Idempotent.
    void stop();
    std::string address() const;

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace swarmq::http
