// The answers that are still to come, and the first refusal among them.
#pragma once

#include <swarmq/error.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>

namespace swarmq::cli {

// Thread safe. Must outlive the calls it counts: wait() before it goes.
class Answers {
  public:
    // Before each call.
    void expect() {
        const std::lock_guard lock(mutex_);
        ++open_;
    }

    // In its callback.
    template <class T>
    void take(const Result<T>& result) {
        const std::lock_guard lock(mutex_);
        if (!result && !refusal_) refusal_ = result.error();
        if (!result) has_refusal_ = true;
        if (--open_ == 0) none_open_.notify_all();
    }

    bool has_refusal() const { return has_refusal_; }

    // Blocks until none is open.
    void wait() {
        std::unique_lock lock(mutex_);
        none_open_.wait(lock, [this] { return open_ == 0; });
    }
    // After wait(): throws the first refusal.
    void check() const {
        if (refusal_) throw SwarmqError(*refusal_);
    }

  private:
    std::atomic<bool> has_refusal_ = false;
    std::mutex mutex_;
    std::uint64_t open_ = 0;
    std::condition_variable none_open_;
    std::optional<Error> refusal_;
};

}  // namespace swarmq::cli
