// Holds many connections to a broker that add jobs, one at a time each, or do nothing.
#include "scaling/many_connections.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <exception>
#include <unistd.h>

namespace swarmq::bench {
namespace {

struct Arguments {
    std::uint16_t port = 0;
    std::uint64_t connections = 1;
    double seconds = 1;
    std::uint64_t payload_bytes = 256;
};

void add(std::vector<std::unique_ptr<ProtocolLink>>& links, const Arguments& arguments) {
    const AddResult result = add_over(links, arguments.seconds, arguments.payload_bytes);
    fmt::print("{{\"jobs\":{},\"seconds\":{:.4f},\"p50_us\":{:.1f},\"p99_us\":{:.1f}}}\n",
               result.jobs, result.seconds, result.latency.percentile_us(0.50),
               result.latency.percentile_us(0.99));
}

int run(int argc, char** argv) {
    Arguments arguments;
    CLI::App app("Holds many connections to a broker");
    app.require_subcommand(1);
    app.add_option("--port", arguments.port)->required();
    app.add_option("--connections", arguments.connections)->check(CLI::Range(1, 10'000));
    app.add_option("--seconds", arguments.seconds);
    app.add_option("--payload", arguments.payload_bytes);
    const CLI::App* adds = app.add_subcommand("add", "Each adds one job after the other");
    app.add_subcommand("idle", "They send nothing but signs of life; says when all are there");
    CLI11_PARSE(app, argc, argv);
    try {
        std::vector<std::unique_ptr<ProtocolLink>> links;
        for (std::uint64_t i = 0; i < arguments.connections; ++i) {
            links.push_back(std::make_unique<ProtocolLink>(
                arguments.port, fmt::format("bench-{}-{}", ::getpid(), i)));
        }
        if (adds->parsed()) {
            add(links, arguments);
        } else {
            fmt::print("ready\n");
            std::fflush(stdout);
            idle_over(links, arguments.seconds);
        }
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
