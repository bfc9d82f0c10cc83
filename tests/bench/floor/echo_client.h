// Keeps a window of frames in flight over some connections.
#pragma once

#include "bench/latency.h"

#include <chrono>
#include <cstdint>

namespace swarmq::bench {

struct EchoSettings {
    std::uint16_t port = 0;
    double seconds = 1;
    std::uint32_t frame_bytes = 296;
    std::uint64_t window = 1;  // Over all connections; at least one each.
    std::uint64_t connections = 1;
    std::chrono::microseconds pace{0};  // Between two frames; 0: at once. With one connection only.
};

struct EchoResult {
    std::uint64_t frames = 0;
    double seconds = 0;
    cli::Latency latency;
};

EchoResult run_echo(const EchoSettings& settings);

}  // namespace swarmq::bench
