// SIGTERM and SIGINT as something to read, for verbs that run until they are told to stop.
#pragma once

#include "child.h"

#include <swarmq/options.h>

namespace swarmq::cli {

// Made before any other thread, which then inherit the mask.
class StopSignals {
  public:
    StopSignals();

    const Fd& fd() const { return fd_; }
    // Blocks until one comes; its number.
    int take() const;
    // True when one has come within this time; it is still to be taken.
    bool wait(Milliseconds longest) const;

  private:
    Fd fd_;
};

}  // namespace swarmq::cli
