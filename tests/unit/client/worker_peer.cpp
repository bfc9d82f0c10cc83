// What a broker of a test says to a worker.
#include "unit/client/worker_peer.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <future>

using namespace std::chrono_literals;

namespace swarmq::test {

Peer start(Worker& worker, FakeBroker& broker) {
    worker.start();
    auto peer = broker.accept();
    peer.greet();
    return peer;
}

std::uint32_t take_subscription(Peer& peer, std::uint64_t& jobs_total) {
    const auto subscribe = peer.read_request();
    REQUIRE(subscribe.has_subscribe());
    peer.answer_empty(subscribe);
    const auto grant = peer.read_request();
    REQUIRE(grant.has_grant());
    REQUIRE(grant.grant().subscription() == subscribe.subscribe().subscription());
    jobs_total = grant.grant().jobs_total();
    return subscribe.subscribe().subscription();
}

v1::Envelope delivery(std::uint32_t subscription, std::uint64_t first_token, int count) {
    v1::Envelope envelope;
    auto& deliver = *envelope.mutable_deliver();
    deliver.set_subscription(subscription);
    for (int i = 0; i < count; ++i) {
        auto& job = *deliver.add_jobs();
        job.set_queue("q");
        job.set_name("n");
        job.set_token(first_token + static_cast<std::uint64_t>(i));
        job.set_id("job-" + std::to_string(job.token()));
        job.set_lease_ms(1'000);
    }
    return envelope;
}

v1::Finish read_finish(Peer& peer) {
    while (true) {
        const auto request = peer.read_request();
        if (request.has_beat() || request.has_quiet()) peer.answer_empty(request);
        if (!request.has_finish()) continue;
        v1::Envelope answer;
        answer.set_id(request.id());
        for (int i = 0; i < request.finish().items_size(); ++i) {
            answer.mutable_finish_result()->add_statuses();
        }
        peer.send(answer);
        return request.finish();
    }
}

WorkerOptions options(const FakeBroker& broker, std::size_t concurrency) {
    return {.queues = {"q"},
            .connection = Connection(broker.server()),
            .concurrency = concurrency,
            .lease = 1'000ms,
            .grace = 5'000ms};
}

void stop_with(Peer& peer, Worker& worker) {
    auto stopped = std::async(std::launch::async, [&worker] { return worker.stop(); });
    while (stopped.wait_for(0s) != std::future_status::ready) {
        const auto request = peer.read_request();
        if (request.has_quiet() || request.has_beat()) peer.answer_empty(request);
        if (request.has_quiet()) break;
    }
    CHECK(stopped.get());
}

}  // namespace swarmq::test
