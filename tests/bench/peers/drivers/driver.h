// What a peer's driver is, and the main function that all of them share.
#pragma once

#include "run.h"

namespace swarmq::bench {

// Each call opens connections of its own, calls run.start(), and throws std::exception when the
// server refuses.
class Driver {
  public:
    virtual ~Driver() = default;

    // Adds what run.take() allows until run.is_over(), each job acknowledged by the server.
    virtual void produce(Run& run) = 0;
    // Takes jobs, as many at a time as the settings say, and ends them, until run.is_finished().
    virtual void consume(Run& run) = 0;
};

// Reads the arguments, runs the workload and prints one JSON object: jobs, seconds and latencies.
// The exit code of main.
int drive(Driver& driver, int argc, char** argv);

}  // namespace swarmq::bench
