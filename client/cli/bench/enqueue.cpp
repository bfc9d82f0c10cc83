// How many jobs a second the broker makes durable, and how long a producer waits for it.
#include "bench/producer.h"
#include "bench/workloads.h"

#include <algorithm>
#include <memory>

namespace swarmq::cli {

std::uint64_t share_of(std::uint64_t total, std::uint64_t parts, std::uint64_t i) {
    return std::max<std::uint64_t>(total / parts + (i < total % parts ? 1 : 0), 1);
}

BenchResult bench_enqueue(const Session& session, const BenchSettings& settings) {
    std::vector<Connection> connections;
    for (std::uint64_t i = 0; i < settings.connections; ++i) {
        connections.push_back(session.open());
        connections.back().connect();
    }
    const auto begin = AddBudget::Clock::now();
    std::optional<WallTime> run_at;
    if (settings.due) run_at = std::chrono::system_clock::now() + *settings.due;
    AddBudget budget(settings.jobs, begin + settings.longest);
    std::vector<std::unique_ptr<Producer>> producers;
    for (std::uint64_t i = 0; i < settings.connections; ++i) {
        ProducerOptions options{.connection = connections[i],
                                .queues = settings.queues,
                                .batch = settings.batch,
                                .window = share_of(settings.window, settings.connections, i),
                                .payload = std::string(settings.payload_bytes, 'x'),
                                .keys = settings.keys,
                                .run_at = run_at,
                                .meter = settings.meter};
        producers.push_back(std::make_unique<Producer>(std::move(options), budget));
    }
    if (settings.window == 1 && producers.size() == 1)
        producers.front()->add_one_by_one();
    else
        for (const auto& producer : producers) producer->start();
    BenchResult result;
    for (const auto& producer : producers) producer->wait();
    result.seconds = std::chrono::duration<double>(AddBudget::Clock::now() - begin).count();
    for (const auto& producer : producers) {
        producer->check();
        result.jobs += producer->added();
        result.latency.merge(producer->latency());
    }
    return result;
}

}  // namespace swarmq::cli
