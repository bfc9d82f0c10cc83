// The composition root: owns every part of the daemon. The order in which they start and stop is its text.
#pragma once

#include <memory>

#include "options.h"

namespace swarmq {

class Daemon {
  public:
    // Opens the store, recovers, binds. Throws std::runtime_error with one clear line.
    explicit Daemon(const Options& options);
    ~Daemon();

    // Serves until SIGTERM or SIGINT, or until the store fails. Answers the exit code.
    int run();

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace swarmq
