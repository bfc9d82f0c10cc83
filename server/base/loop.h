// What runs sockets, sessions and the engine, on one thread at a time, as those see it who must not know Asio.
#pragma once

#include <atomic>
#include <functional>

namespace boost::asio {
class io_context;
}

namespace swarmq {

class Loop {
  public:
    explicit Loop(boost::asio::io_context& context) : context_(context) {}

    // Looks: while work comes back within microseconds the thread looks for it rather than sleeps, for 50 us at most each
    // time, and leaves the processor to whoever else wants it: to be woken up takes as long. Not on a machine of one
    // processor.
    enum class WhenIdle { Sleeps, Looks };
    // Runs what is ready and what comes until there is nothing left to wait for; the caller is the loop's thread.
    void run(WhenIdle when_idle);

    // For another thread, while the loop's waits for something inside of what it runs: runs what is ready and what comes, until
    // it is over. Whoever ends it sets `is_over` and calls wake(). What it runs must not throw: that ends the program.
    void stand_in(const std::atomic<bool>& is_over);
    void wake();
    bool is_stopped() const;

    // Runs `work` on the loop's thread, or the one that stands in for it, after what is ready already. Any thread may call it.
    void post(std::function<void()> work);
    boost::asio::io_context& context() { return context_; }

  private:
    boost::asio::io_context& context_;
};

}  // namespace swarmq
