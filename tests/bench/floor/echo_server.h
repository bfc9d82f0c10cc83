// The least that a durable server has to do: read, append, sync, answer; all that is ready in one
// turn.
#pragma once

#include "loopback.h"

#include <cstdint>
#include <string>

namespace swarmq::bench {

enum class Commit { None, Write, Sync };

// A process of its own, so that its time can be told from the client's.
class EchoServer {
  public:
    // The log that it appends to is `directory`/floor.log.
    EchoServer(const std::string& directory, Commit commit, std::uint32_t answer_bytes);
    ~EchoServer();
    EchoServer(const EchoServer&) = delete;
    EchoServer& operator=(const EchoServer&) = delete;

    std::uint16_t port() const { return port_; }
    // Ends it. The processor time that it took.
    double stop();

  private:
    std::uint16_t port_ = 0;
    int pid_ = -1;
};

}  // namespace swarmq::bench
