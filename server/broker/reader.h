// Reads that people wait for, on a thread of their own, so that the loop never waits for the disk.
#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "base/loop.h"

namespace swarmq::broker {

class Reader {
  public:
    explicit Reader(Loop& loop);
    ~Reader();

    // Runs `work` on the reader's thread and then `done` on the loop. False: too many are waiting; the
    // work is not taken.
    bool submit(std::function<void()> work, std::function<void()> done);
    // Drops what has not begun and ends the thread. Idempotent.
    void stop();

  private:
    struct Shared;
    std::unique_ptr<Shared> shared_;
    std::thread thread_;
};

}  // namespace swarmq::broker
