// What the system says of this process. Any thread.
#pragma once

#include <cstdint>

namespace swarmq::http {

// 0 where the system does not say.
struct ProcessFigures {
    double cpu_seconds = 0;
    double start_seconds = 0;  // Since the epoch.
    std::uint64_t resident_bytes = 0;
    std::uint64_t virtual_bytes = 0;
    std::uint64_t open_fds = 0;
    std::uint64_t max_fds = 0;
    std::uint64_t threads = 0;
};

ProcessFigures read_process();

}  // namespace swarmq::http
