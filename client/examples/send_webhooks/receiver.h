// A local server that takes webhooks, and is not well at first: it refuses each event a few times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace example {

// Listens on a free port of 127.0.0.1, on a thread of its own, from constructor to destructor.
class Receiver {
  public:
    // Answers 503 to the first `refusals` deliveries of each event, and 200 from then on.
    explicit Receiver(std::size_t refusals);
    ~Receiver();
    Receiver(const Receiver&) = delete;

    std::uint16_t port() const;

    // How often each event arrived, by its Idempotency-Key. Thread safe.
    std::map<std::string, std::size_t> deliveries() const;

  private:
    class Server;
    std::unique_ptr<Server> server_;
};

}  // namespace example
