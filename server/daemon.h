// The composition root: owns every part of the daemon. The order in which they start and stop is its text.
#pragma once

#include <memory>
#include <stdexcept>

#include "options.h"

namespace swarmq {

// A start that is refused because what is stored is damaged.
class DamagedStore : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

class Daemon {
  public:
    // Opens the store, recovers, binds. Throws std::runtime_error, or DamagedStore, with one clear line.
    explicit Daemon(const Options& options);
    ~Daemon();

    // Serves until SIGTERM or SIGINT, or until the store fails. Answers the exit code.
    int run();

  private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace swarmq
