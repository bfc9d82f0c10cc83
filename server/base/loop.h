// The one thread that runs sockets, sessions and the engine, as those see it who must not know Asio.
#pragma once

#include <functional>

namespace boost::asio {
class io_context;
}

namespace swarmq {

class Loop {
  public:
    explicit Loop(boost::asio::io_context& context) : context_(context) {}

    // Runs `work` on the loop's thread, after what is ready already. Any thread may call it.
    void post(std::function<void()> work);
    boost::asio::io_context& context() { return context_; }

  private:
    boost::asio::io_context& context_;
};

}  // namespace swarmq
