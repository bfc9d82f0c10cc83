// What a Worker is made of.
#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>

#include <swarmq/worker.h>

#include "subscription.h"

namespace swarmq::inline sdk {

// What is wrong with the options of a worker or a puller.
std::optional<Error> check_subscription(const std::vector<std::string>& queues,
                                        Milliseconds lease);

class Worker::Impl {
  public:
    Impl(WorkerOptions options, Handler handler);
    Impl(WorkerOptions options, BatchOptions batch, BatchHandler handler);
    ~Impl();

    void start();
    bool stop(Milliseconds grace);
    void close();
    void set_concurrency(std::size_t concurrency);
    void pause(bool is_paused);
    bool is_paused() const { return is_paused_; }
    std::size_t running() const { return pool_->running(); }
    const WorkerOptions& options() const { return options_; }

  private:
    std::function<void()> waker() const;
    void tell();
    bool on_io(const std::function<void()>& task);

    const WorkerOptions options_;
    const std::shared_ptr<Channel> channel_;
    std::shared_ptr<HandlerPool> pool_;
    std::mutex mutex_;  // One start, stop or pause at a time.
    std::atomic<bool> is_paused_{false};
    std::shared_ptr<Subscription> subscription_;  // Set while it runs.
};

}  // namespace swarmq::inline sdk
