// One write and one sync a turn.
#include "floor/sync_loop.h"

#include "bench/latency.h"
#include "loopback.h"

#include <chrono>
#include <fcntl.h>
#include <stdexcept>
#include <unistd.h>

namespace swarmq::bench {

SyncResult run_syncs(const std::string& directory, SyncCall call, std::size_t append_bytes,
                     double seconds) {
    using Clock = std::chrono::steady_clock;
    const std::string path = directory + "/floor.log";
    const Descriptor file(
        ::open(path.c_str(), O_CREAT | O_TRUNC | O_APPEND | O_WRONLY | O_CLOEXEC, 0600));
    const std::string bytes(append_bytes, 'x');
    cli::Latency latency;
    const auto begin = Clock::now();
    const auto end = begin + std::chrono::duration<double>(seconds);
    auto last = begin;
    while (last < end) {
        const bool is_written =
            ::write(file.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
        const int synced = call == SyncCall::Fsync ? ::fsync(file.get()) : ::fdatasync(file.get());
        if (!is_written || synced != 0) throw std::runtime_error("cannot write " + path);
        const auto now = Clock::now();
        latency.record(now - last);
        last = now;
    }
    const double took = std::chrono::duration<double>(last - begin).count();
    return {static_cast<double>(latency.count()) / took, latency.percentile_us(0.50),
            latency.percentile_us(0.99)};
}

}  // namespace swarmq::bench
