// How many jobs a second workers can take and complete from a full queue.
#include "bench/consumers.h"
#include "bench/workloads.h"

#include <algorithm>
#include <optional>

namespace swarmq::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kFillBatch = 500;
constexpr std::uint64_t kFillWindow = 8;

// From the end of the handler before it on this thread.
void observe_gap(const JobContext&, Latency& latency) {
    thread_local std::optional<Clock::time_point> idle_since;
    const auto now = Clock::now();
    if (idle_since) latency.record(now - *idle_since);
    idle_since = now;
}

std::uint64_t fill(const Session& session, BenchSettings settings) {
    settings.longest = std::chrono::hours(1);
    settings.batch = kFillBatch;
    settings.window = kFillWindow;
    const std::uint64_t jobs = bench_enqueue(session, settings).jobs;
    if (settings.meter != nullptr) settings.meter->is_filling = false;
    return jobs;
}

}  // namespace

BenchResult bench_drain(const Session& session, const BenchSettings& settings) {
    const std::uint64_t jobs = settings.is_filled ? settings.jobs : fill(session, settings);
    Consumers consumers(session, settings, observe_gap);
    const auto begin = Clock::now();
    consumers.start();
    consumers.wait_handled(jobs, begin + settings.longest);
    consumers.stop();
    BenchResult result;
    result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    result.jobs = consumers.handled();
    result.latency = consumers.latency();
    return result;
}

}  // namespace swarmq::cli
