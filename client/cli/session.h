// What every verb works with: the connection to the broker, made when it is first asked for, and
// the words after `--`.
#pragma once

#include <swarmq/admin.h>
#include <swarmq/connection.h>
#include <swarmq/queue.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace swarmq::cli {

class Session {
  public:
    // An empty server is SWARMQ_SERVER, else 127.0.0.1:6410.
    Session(std::string server, std::vector<std::string> command)
        : server_(std::move(server)), command_(std::move(command)) {}

    // Throws SwarmqError{InvalidArgument} for an address that is none.
    Connection connection() {
        if (!connection_) connection_ = open();
        return *connection_;
    }
    // A further one: programs that measure use several.
    Connection open(std::map<std::string, std::string> labels = {}) const {
        return Connection(ConnectionOptions{.server = server_, .labels = std::move(labels)});
    }

    Admin admin() { return Admin(connection()); }
    Queue queue(const std::string& name) { return Queue(name, connection()); }

    // For the words after `--`; empty when there are none.
    const std::vector<std::string>& command() const { return command_; }

  private:
    std::string server_;
    std::vector<std::string> command_;
    std::optional<Connection> connection_;
};

}  // namespace swarmq::cli
