// Who may touch what belongs to the I/O: whoever runs it (io_runner.h) while a handler runs, and for moments
// any other that has something to send. So whoever calls need not wait until the thread has woken up.
#pragma once

#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

namespace swarmq::inline sdk {

class IoLock {
  public:
    void lock() {
        mutex_.lock();
        owner_ = std::this_thread::get_id();
    }
    // False: someone has it, who may be the caller.
    bool try_lock() {
        if (owner_ == std::this_thread::get_id() || !mutex_.try_lock()) return false;
        owner_ = std::this_thread::get_id();
        return true;
    }
    void unlock() {
        owner_ = std::thread::id();
        mutex_.unlock();
    }

    // The handler, to be called with the lock. Whatever Asio is to call goes through this.
    template <class Handler>
    auto bind(Handler handler) {
        return [this, handler = std::move(handler)](auto&&... arguments) mutable {
            const std::lock_guard lock(*this);
            handler(std::forward<decltype(arguments)>(arguments)...);
        };
    }

  private:
    std::mutex mutex_;
    std::atomic<std::thread::id> owner_{};
};

}  // namespace swarmq::inline sdk
