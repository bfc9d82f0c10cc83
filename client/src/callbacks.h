// The thread that runs the callbacks of users, so that none of them can hold up the I/O thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace swarmq::inline sdk {

class Callbacks {
  public:
    using Call = std::function<void()>;

    // From the I/O thread: collects, without waking anybody before flush(). From another thread: at
    // once. After stop(): runs the call itself.
    void add(Call call);
    void flush();
    void set_io_thread() { io_thread_ = std::this_thread::get_id(); }

    // Runs what was flushed, then ends the thread. Not from a callback.
    void stop();
    bool is_current_thread() const;

  private:
    void run();
    void hand_over(std::vector<Call>& calls);

    std::atomic<std::thread::id> io_thread_{};
    std::vector<Call> collected_;  // Of whoever has the I/O lock.
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Call> waiting_;
    bool is_stopping_ = false;
    std::thread thread_;  // Started by the first callback.
};

}  // namespace swarmq::inline sdk
