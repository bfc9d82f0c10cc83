// A service manager's end of the notify protocol: a datagram socket in a folder of its own.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "support/temporary_directory.h"

namespace swarmq::test {

class NotifySocket {
  public:
    NotifySocket();
    ~NotifySocket();
    NotifySocket(const NotifySocket&) = delete;

    const std::string& path() const { return path_; }
    // The lines of the next datagram as NAME -> VALUE; nothing when none comes within the time.
    using Message = std::map<std::string, std::string>;
    std::optional<Message> next(std::chrono::milliseconds within);
    // The next datagram that has this name, those before it are dropped.
    std::optional<Message> next_with(const std::string& name,
                                     std::chrono::milliseconds within = std::chrono::seconds(30));
    // Drops what has come by now.
    void clear();

  private:
    TemporaryDirectory directory_;
    std::string path_ = directory_.file("notify");
    int socket_ = -1;
};

// Sets a variable of the environment for what is started after it.
class Environment {
  public:
    Environment(const std::string& name, const std::string& value);
    ~Environment();
    Environment(const Environment&) = delete;

  private:
    std::string name_;
};

}  // namespace swarmq::test
