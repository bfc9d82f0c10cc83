// Asks the loop for snapshots: one at a time, kept for a second, so that any number of scrapes costs it
// little. A loop that does not answer is noticed within a bounded time.
// Owner: the thread of the HTTP service, but for take(), which runs on the loop.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "base/asio.h"
#include "base/loop.h"
#include "http/snapshot.h"

namespace swarmq::http {

class Snapshots : public std::enable_shared_from_this<Snapshots> {
  public:
    // `take` runs on `loop`, which outlives this.
    Snapshots(asio::io_context& own, Loop& loop, std::function<Snapshot()> take)
        : own_(own), loop_(loop), take_(std::move(take)) {}

    // At most a second old. Null: the loop has not answered within two seconds.
    asio::awaitable<std::shared_ptr<const Snapshot>> ask();

  private:
    using Steady = std::chrono::steady_clock;

    bool is_fresh() const;
    void request();
    void arrived(std::shared_ptr<const Snapshot> snapshot);

    asio::io_context& own_;
    Loop& loop_;
    std::function<Snapshot()> take_;
    std::shared_ptr<const Snapshot> latest_;
    Steady::time_point taken_at_;
    bool is_under_way_ = false;
    std::vector<std::shared_ptr<Timer>> waiting_;
};

}  // namespace swarmq::http
