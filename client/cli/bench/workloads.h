// What `swarm bench` can measure.
#pragma once

#include "bench/display.h"
#include "bench/latency.h"
#include "session.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace swarmq::cli {

struct BenchSettings {
    std::chrono::steady_clock::duration longest{};  // Of the measured part.
    std::uint64_t jobs = 0;                         // At most so many are added.
    std::uint64_t batch = 1;                        // Jobs an add.
    std::uint64_t window = 0;                       // Adds in flight, over all connections.
    std::uint64_t concurrency = 0;                  // Handlers, over all connections.
    std::optional<std::uint64_t> ahead;             // Held at most, likewise; not set: the default.
    std::uint64_t payload_bytes = 0;
    std::uint64_t connections = 1;  // Each for producers and for workers.
    std::vector<std::string> queues;
    std::uint64_t keys = 1;           // Of the jobs, in turn; 1: they have none.
    std::optional<Milliseconds> due;  // Of enqueue: when all of them may run, from its start on.
    bool is_filled = false;           // Of drain: the queues hold jobs already; it adds none.
    BenchMeter* meter = nullptr;      // Where it counts how far it is, if anybody looks.
};

struct BenchResult {
    std::uint64_t jobs = 0;
    double seconds = 0;
    Latency latency;
};

// Each blocks until its work is done, and throws SwarmqError with what the broker refused.
BenchResult bench_enqueue(const Session& session, const BenchSettings& settings);
BenchResult bench_drain(const Session& session, const BenchSettings& settings);
BenchResult bench_steady(const Session& session, const BenchSettings& settings);
BenchResult bench_pickup(const Session& session, const BenchSettings& settings);

// The share of the i-th of `parts` in `total`; at least 1.
std::uint64_t share_of(std::uint64_t total, std::uint64_t parts, std::uint64_t i);

}  // namespace swarmq::cli
