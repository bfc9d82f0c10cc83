// The floor of this machine: what a bare loop of syncs, and a bare echo of frames with or without
// them, can do.
#include "floor/echo_client.h"
#include "floor/echo_server.h"
#include "floor/sync_loop.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <exception>
#include <map>
#include <string>

namespace swarmq::bench {
namespace {

struct Arguments {
    std::string directory = ".";
    std::string commit = "none";
    std::uint32_t answer_bytes = 24;
    std::uint64_t pace_us = 0;
    std::size_t append_bytes = 4'096;
    EchoSettings echo;
};

Commit commit_of(const std::string& name) {
    if (name == "sync") return Commit::Sync;
    return name == "write" ? Commit::Write : Commit::None;
}

void echo(const Arguments& arguments) {
    EchoServer server(arguments.directory, commit_of(arguments.commit), arguments.answer_bytes);
    EchoSettings settings = arguments.echo;
    settings.port = server.port();
    settings.pace = std::chrono::microseconds(arguments.pace_us);
    const EchoResult result = run_echo(settings);
    fmt::print(
        "{{\"jobs\":{},\"seconds\":{:.4f},\"p50_us\":{:.1f},\"p99_us\":{:.1f},"
        "\"server_cpu_seconds\":{:.4f}}}\n",
        result.frames, result.seconds, result.latency.percentile_us(0.50),
        result.latency.percentile_us(0.99), server.stop());
}

void sync(const Arguments& arguments) {
    const auto run = [&arguments](SyncCall call) {
        return run_syncs(arguments.directory, call, arguments.append_bytes, arguments.echo.seconds);
    };
    const SyncResult fsync = run(SyncCall::Fsync);
    const SyncResult fdatasync = run(SyncCall::Fdatasync);
    fmt::print(
        "{{\"fsync_per_s\":{:.0f},\"fsync_p50_us\":{:.1f},\"fsync_p99_us\":{:.1f},"
        "\"fdatasync_per_s\":{:.0f},\"fdatasync_p50_us\":{:.1f},\"fdatasync_p99_us\":{:.1f}}}\n",
        fsync.per_second, fsync.p50_us, fsync.p99_us, fdatasync.per_second, fdatasync.p50_us,
        fdatasync.p99_us);
}

int run(int argc, char** argv) {
    Arguments arguments;
    CLI::App app("Measures the floor of this machine");
    app.require_subcommand(1);
    app.add_option("--dir", arguments.directory, "Where the log is written");
    app.add_option("--seconds", arguments.echo.seconds);
    CLI::App* syncs = app.add_subcommand("sync", "Appends and syncs, by fsync and fdatasync");
    syncs->add_option("--bytes", arguments.append_bytes);
    CLI::App* echoes = app.add_subcommand("echo", "Frames to a bare server and back");
    echoes->add_option("--commit", arguments.commit)
        ->check(CLI::IsMember({"none", "write", "sync"}));
    echoes->add_option("--frame", arguments.echo.frame_bytes);
    echoes->add_option("--answer", arguments.answer_bytes);
    echoes->add_option("--window", arguments.echo.window);
    echoes->add_option("--connections", arguments.echo.connections);
    echoes->add_option("--pace-us", arguments.pace_us);
    CLI11_PARSE(app, argc, argv);
    try {
        syncs->parsed() ? sync(arguments) : echo(arguments);
    } catch (const std::exception& failure) {
        fmt::print(stderr, "{}\n", failure.what());
        return 1;
    }
    return 0;
}

}  // namespace
}  // namespace swarmq::bench

int main(int argc, char** argv) {
    return swarmq::bench::run(argc, argv);
}
