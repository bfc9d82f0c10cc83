// What a worker holds ahead of its handlers, against a broker that is played by the test.
#include "unit/client/worker_peer.h"

#include <swarmq/worker.h>

#include <catch2/catch.hpp>

#include <chrono>
#include <future>
#include <map>
#include <vector>

using namespace swarmq;
using namespace test;
using namespace std::chrono_literals;

namespace {

// The credit that is known when a Finish for the job has come.
std::uint64_t credit_at(Peer& peer, std::uint64_t token) {
    std::uint64_t granted = 0;
    while (true) {
        const auto finish = read_finish(peer);
        if (finish.has_grant()) granted = finish.grant().jobs_total();
        if (finish.items(0).token() == token) return granted;
    }
}

// By their tokens, the outcomes of so many jobs.
std::map<std::uint64_t, v1::FinishItem> read_outcomes(Peer& peer, std::size_t count) {
    std::map<std::uint64_t, v1::FinishItem> outcomes;
    while (outcomes.size() < count) {
        const auto finish = read_finish(peer);
        for (const auto& item : finish.items()) outcomes[item.token()] = item;
    }
    return outcomes;
}

}  // namespace

TEST_CASE("a worker whose handlers take 20 ms and more asks for no job ahead", "[client][R18]") {
    FakeBroker broker;
    Worker worker(options(broker, 1), [](JobContext& job) -> Outcome {
        job.cancellation().wait_for(25ms);  // Nobody cancels it: it takes at least so long.
        return {};
    });
    auto peer = start(worker, broker);
    std::uint64_t granted = 0;
    const auto subscription = take_subscription(peer, granted);
    CHECK(granted == 1);
    for (std::uint64_t delivered = 1; delivered <= 3; ++delivered) {
        peer.send(delivery(subscription, delivered, 1));
        CHECK(credit_at(peer, delivered) == delivered + 1);
    }
    stop_with(peer, worker);
}

TEST_CASE("what a worker holds ahead goes back when its handlers turn long", "[client][R18]") {
    FakeBroker broker;
    std::promise<void> go_on;
    Worker worker(options(broker, 1), [&](JobContext& job) -> Outcome {
        if (job.token() == 2) go_on.get_future().wait();
        return {};
    });
    auto peer = start(worker, broker);
    std::uint64_t granted = 0;
    const auto subscription = take_subscription(peer, granted);
    peer.send(delivery(subscription, 1, 1));
    read_finish(peer);
    peer.send(delivery(subscription, 2, 3));
    const auto returned = read_outcomes(peer, 2);
    CHECK(returned.at(3).has_release());
    CHECK(returned.at(4).has_release());
    go_on.set_value();
    // Four jobs have come, one can run, and none is wanted ahead.
    const auto last = read_finish(peer);
    CHECK(last.items(0).token() == 2);
    CHECK(last.items(0).has_complete());
    CHECK(last.grant().jobs_total() <= 5);
    stop_with(peer, worker);
}

TEST_CASE("a handler that stops its queue or key gives back what is held of it",
          "[client][R15][R18]") {
    FakeBroker broker;
    const bool is_queue = GENERATE(false, true);
    Worker worker(options(broker, 1), [&](JobContext& job) -> Outcome {
        if (job.token() != 1) return {};
        if (is_queue) return Outcome::complete("").hold_queue(1s);
        return Outcome::rate_limited(1s);
    });
    auto peer = start(worker, broker);
    std::uint64_t granted = 0;
    auto jobs = delivery(take_subscription(peer, granted), 1, 4);
    auto& list = *jobs.mutable_deliver()->mutable_jobs();
    for (const int with_key : {0, 2}) list[with_key].set_key("tenant-7");
    list[3].set_queue("another");
    peer.send(jobs);
    const auto outcomes = read_outcomes(peer, 4);
    CHECK(outcomes.at(1).hold_queue_ms() == (is_queue ? 1'000 : 0));
    CHECK(outcomes.at(1).hold_key_ms() == (is_queue ? 0 : 1'000));
    CHECK(outcomes.at(2).has_release() == is_queue);
    CHECK(outcomes.at(3).has_release());
    CHECK(outcomes.at(4).has_complete());
    stop_with(peer, worker);
}

TEST_CASE("results that leave together leave in two parts at least", "[client][R18]") {
    constexpr int kHandlers = 16;
    constexpr int kJobs = 2 * kHandlers;
    FakeBroker broker;
    Worker worker(options(broker, kHandlers), [](JobContext&) -> Outcome { return {}; });
    auto peer = start(worker, broker);
    std::uint64_t granted = 0;
    const auto subscription = take_subscription(peer, granted);
    std::uint64_t token = 1;
    peer.send(delivery(subscription, token, kHandlers));  // How short the handlers are shows with these.
    read_outcomes(peer, kHandlers);
    for (int round = 0; round < 5; ++round) {
        token += round == 0 ? kHandlers : kJobs;
        peer.send(delivery(subscription, token, kJobs));
        std::map<std::uint64_t, v1::FinishItem> outcomes;
        while (outcomes.size() < kJobs) {
            const auto finish = read_finish(peer);
            CHECK(finish.items_size() <= kHandlers);
            for (const auto& item : finish.items()) outcomes[item.token()] = item;
        }
    }
    stop_with(peer, worker);
}
