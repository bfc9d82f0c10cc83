// Tells the service manager that a long start goes on, and gives it more time for as long as it does.
// Thread rule: told by the main thread, speaks from one of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "base/systemd.h"

namespace swarmq {

class StartProgress {
  public:
    explicit StartProgress(ServiceManager& manager);
    ~StartProgress();
    StartProgress(const StartProgress&) = delete;

    void rows_read(std::uint64_t rows) { rows_ = rows; }
    std::uint64_t rows() const { return rows_; }
    // The start is over. Idempotent.
    void stop();

  private:
    void run();

    ServiceManager& manager_;
    std::atomic<std::uint64_t> rows_{0};
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_over_ = false;
    std::thread thread_;
};

}  // namespace swarmq
