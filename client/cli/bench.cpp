// `swarm bench`: measures a broker with queues of its own.
#include "bench/workloads.h"
#include "bulk.h"
#include "exit_codes.h"
#include "table.h"
#include "values.h"
#include "verbs.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <unistd.h>

namespace swarmq::cli {
namespace {

struct Workload {
    std::string_view name;
    BenchResult (*run)(const Session&, const BenchSettings&);
    std::uint64_t window;  // Defaults.
    std::uint64_t concurrency;
    std::uint64_t jobs;
    bool fills;           // It adds its jobs before it measures.
    bool counts_handled;  // It measures jobs that are handled, else those that are added.
};

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();
// Batches fill a window of jobs with fewer adds.
constexpr std::uint64_t kBatchWindow = 16;

constexpr std::array kWorkloads = {
    Workload{"enqueue", bench_enqueue, 2'000, 0, kUnlimited, false, false},
    Workload{"drain", bench_drain, 0, 16, 100'000, true, true},
    Workload{"steady", bench_steady, 1'000, 64, kUnlimited, false, true},
    Workload{"pickup", bench_pickup, 0, 4, kUnlimited, false, true},
};

struct Bench {
    std::string workload;
    std::optional<std::uint64_t> seconds, jobs, batch, window, concurrency, ahead, payload, queues,
        connections, keys;
    std::optional<std::string> name;
    std::optional<Milliseconds> due;
    bool is_filled = false;
    bool must_keep = false;
    bool is_json = false;
};

const Workload& workload_of(const Bench& bench) {
    for (const Workload& workload : kWorkloads) {
        if (workload.name == bench.workload) return workload;
    }
    throw UsageError(
        fmt::format("'{}' is no workload; enqueue, drain, steady and pickup are", bench.workload));
}

void check(const Bench& bench) {
    if (bench.keys.value_or(1) > 1 && bench.workload != "enqueue" && bench.workload != "drain") {
        throw UsageError("--keys is for enqueue and drain");
    }
    if (bench.due && bench.workload != "enqueue") throw UsageError("--due is for enqueue");
    if (bench.is_filled && (bench.workload != "drain" || !bench.name)) {
        throw UsageError("--filled is for drain, with the --name of queues that hold jobs");
    }
    if (bench.batch.value_or(1) > 1 && bench.workload != "enqueue" && bench.workload != "steady") {
        throw UsageError("--batch is for enqueue and steady; the others add as they have to");
    }
}

std::chrono::seconds longest_of(const Bench& bench, const Workload& workload) {
    if (bench.seconds) return std::chrono::seconds(*bench.seconds);
    const bool has_end = bench.jobs || workload.jobs != kUnlimited;
    return has_end ? std::chrono::seconds(600) : std::chrono::seconds(5);
}

BenchSettings to_settings(const Bench& bench, const Workload& workload) {
    BenchSettings settings;
    settings.longest = longest_of(bench, workload);
    settings.jobs = bench.jobs.value_or(workload.jobs);
    settings.batch = bench.batch.value_or(1);
    settings.window = bench.window.value_or(settings.batch > 1 ? kBatchWindow : workload.window);
    settings.concurrency = bench.concurrency.value_or(workload.concurrency);
    settings.ahead = bench.ahead;
    settings.payload_bytes = bench.payload.value_or(100);
    settings.connections = bench.connections.value_or(1);
    settings.keys = bench.keys.value_or(1);
    settings.due = bench.due;
    settings.is_filled = bench.is_filled;
    const std::string name =
        bench.name.value_or(fmt::format("bench-{}-{}", bench.workload, ::getpid()));
    for (std::uint64_t i = 0; i < bench.queues.value_or(1); ++i) {
        settings.queues.push_back(fmt::format("{}-{}", name, i));
    }
    return settings;
}

// Takes back what the measuring left in its queues.
void empty_queues(Session& session, const BenchSettings& settings) {
    Admin admin = session.admin();
    for (const std::string& queue : settings.queues) {
        try {
            change_all("emptying", kUnlimited, [&] { return admin.drain(queue, true); });
            change_all("emptying", kUnlimited,
                       [&] { return admin.clean(queue, JobState::Completed, Milliseconds{0}); });
        } catch (const SwarmqError& error) {
            if (error.code() != Code::NotFound) throw;
        }
    }
}

void print(const Bench& bench, const BenchSettings& settings, const BenchResult& result,
           const std::string& durability) {
    const double rate = result.seconds > 0 ? static_cast<double>(result.jobs) / result.seconds : 0;
    const double p50_us = result.latency.percentile_us(0.50);
    const double p99_us = result.latency.percentile_us(0.99);
    if (bench.is_json) {
        fmt::print(
            "{{\"workload\":\"{}\",\"jobs\":{},\"seconds\":{:.3f},\"jobs_per_s\":{:.0f},"
            "\"p50_us\":{:.1f},\"p99_us\":{:.1f},\"durability\":\"{}\",\"batch\":{},\"window\":{},"
            "\"concurrency\":{},\"payload_bytes\":{},\"queues\":{},\"connections\":{}}}\n",
            bench.workload, result.jobs, result.seconds, rate, p50_us, p99_us, durability,
            settings.batch, settings.window, settings.concurrency, settings.payload_bytes,
            settings.queues.size(), settings.connections);
        return;
    }
    Table table({{"WORKLOAD"},
                 {"JOBS", Align::Right},
                 {"SECONDS", Align::Right},
                 {"JOBS/S", Align::Right},
                 {"P50", Align::Right},
                 {"P99", Align::Right},
                 {"DURABILITY"}});
    table.row({bench.workload, std::to_string(result.jobs), fmt::format("{:.2f}", result.seconds),
               fmt::format("{:.0f}", rate), fmt::format("{:.0f} us", p50_us),
               fmt::format("{:.0f} us", p99_us), durability});
    table.print(stdout);
}

BenchResult run_shown(Session& session, const Workload& workload, BenchSettings settings) {
    BenchDisplay display({.jobs = settings.jobs == kUnlimited ? 0 : settings.jobs,
                          .longest = settings.longest,
                          .counts_handled = workload.counts_handled,
                          .begins_filling = workload.fills && !settings.is_filled});
    settings.meter = display.meter();
    return workload.run(session, settings);
}

int run(const Bench& bench, Session& session) {
    const Workload& workload = workload_of(bench);
    check(bench);
    const BenchSettings settings = to_settings(bench, workload);
    const std::string durability = session.admin().server_info().durability;
    BenchResult result;
    try {
        result = run_shown(session, workload, settings);
    } catch (...) {
        if (!bench.must_keep) empty_queues(session, settings);
        throw;
    }
    if (!bench.must_keep) empty_queues(session, settings);
    print(bench, settings, result, durability);
    return kExitOk;
}

}  // namespace

Run declare_bench(Arguments& arguments) {
    auto bench = std::make_shared<Bench>();
    arguments.word("WORKLOAD", bench->workload, "enqueue, drain, steady or pickup");
    arguments.number("--seconds", bench->seconds, 1, 86'400,
                     "The longest it may take. Default: 5, "
                     "or until --jobs are done");
    arguments.number("--jobs", bench->jobs, 1, 1'000'000'000, "At most so many; drain: 100000");
    arguments.number("--batch", bench->batch, 1, 1'000, "Jobs an add. Default: 1");
    arguments.number("--window", bench->window, 1, 1'000'000,
                     "Adds in flight. Default: enqueue 2000, steady 1000, or 16 of batches");
    arguments.number("--concurrency", bench->concurrency, 1, 10'000,
                     "Handlers at a time. Default: drain 16, steady 64, pickup 4");
    arguments.number("--ahead", bench->ahead, 1, 10'000,
                     "Jobs that workers hold ahead at most. Default: as many as handlers");
    arguments.number("--payload", bench->payload, 1, 1'048'576, "Bytes of a payload. Default: 100");
    arguments.number("--queues", bench->queues, 1, 1'000, "Queues, in turn. Default: 1");
    arguments.number("--connections", bench->connections, 1, 1'000,
                     "Connections of producers, and of workers. Default: 1");
    arguments.number("--keys", bench->keys, 1, 1'000'000,
                     "enqueue, drain: keys of the jobs, in turn. Default: 1, which is none");
    arguments.duration("--due", bench->due,
                       "enqueue: the jobs may run so long after the start, all at one moment");
    arguments.text("--name", bench->name,
                   "The queues are NAME-0, NAME-1, ... Default: bench- and what is measured");
    arguments.flag("--filled", bench->is_filled,
                   "drain: the queues of --name hold jobs already; none are added");
    arguments.flag("--keep", bench->must_keep, "Leave the queues and their jobs");
    arguments.flag("--json", bench->is_json, "One JSON object, for programs");
    return [bench](Session& session) { return run(*bench, session); };
}

}  // namespace swarmq::cli
