// The workloads, the same for every peer.
#include "driver.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <exception>
#include <stdexcept>
#include <thread>

namespace swarmq::bench {
namespace {

constexpr std::chrono::milliseconds kPickupPace{5};  // 200 jobs/s.

Clock::duration longest_of(const Settings& settings) {
    return std::chrono::duration_cast<Clock::duration>(
        std::chrono::duration<double>(settings.seconds));
}

void print(std::uint64_t jobs, double seconds, const cli::Latency& latency) {
    fmt::print("{{\"jobs\":{},\"seconds\":{:.4f},\"p50_us\":{:.1f},\"p99_us\":{:.1f}}}\n", jobs,
               seconds, latency.percentile_us(0.50), latency.percentile_us(0.99));
}

void add(Driver& driver, const Settings& settings) {
    Run run(settings, {.longest = longest_of(settings)});
    driver.produce(run);
    print(run.added(), run.seconds(), run.add_latency());
}

// Both sides at once, the producer on a thread of its own.
void produce_and_consume(Driver& driver, const Settings& settings, const Limits& limits) {
    Run run(settings, limits);
    std::exception_ptr failure;
    std::thread producer([&] {
        try {
            driver.produce(run);
        } catch (...) {
            failure = std::current_exception();
            run.give_up();
        }
    });
    std::exception_ptr other_failure;
    try {
        driver.consume(run);
    } catch (...) {
        other_failure = std::current_exception();
        run.give_up();
    }
    const double seconds = run.seconds();
    producer.join();
    if (failure) std::rethrow_exception(failure);
    if (other_failure) std::rethrow_exception(other_failure);
    print(run.ended(), seconds, run.job_latency());
}

void drain(Driver& driver, const Settings& settings) {
    Run fill(settings, {.longest = 2 * longest_of(settings), .jobs = settings.jobs});
    driver.produce(fill);
    Run run(settings, {.longest = {}, .patience = 3 * longest_of(settings)});
    run.expect(fill.added());
    driver.consume(run);
    print(run.ended(), run.seconds(), run.job_latency());
}

void run_workload(Driver& driver, const Settings& settings) {
    if (settings.workload == "add") return add(driver, settings);
    if (settings.workload == "drain") return drain(driver, settings);
    if (settings.workload == "steady") {
        return produce_and_consume(driver, settings,
                                   {.longest = longest_of(settings), .backlog = settings.backlog});
    }
    if (settings.workload == "pickup") {
        return produce_and_consume(driver, settings,
                                   {.longest = longest_of(settings), .pace = kPickupPace});
    }
    throw std::invalid_argument("workloads are add, drain, steady and pickup, not '" +
                                settings.workload + "'");
}

}  // namespace

int drive(Driver& driver, int argc, char** argv) {
    Settings settings;
    CLI::App app("Measures one workload of one peer");
    app.add_option("workload", settings.workload)->required();
    app.add_option("--port", settings.port)->required();
    app.add_option("--queue", settings.queue);
    app.add_option("--seconds", settings.seconds);
    app.add_option("--jobs", settings.jobs);
    app.add_option("--batch", settings.batch);
    app.add_option("--window", settings.window);
    app.add_option("--concurrency", settings.concurrency);
    app.add_option("--payload", settings.payload_bytes);
    app.add_option("--backlog", settings.backlog);
    CLI11_PARSE(app, argc, argv);
    try {
        run_workload(driver, settings);
    } catch (const std::exception& failure) {
        fmt::print(stderr, "{}\n", failure.what());
        return 1;
    }
    return 0;
}

}  // namespace swarmq::bench
