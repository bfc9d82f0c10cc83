// An agent's page is indexed again and again: adds come faster than work is done, and only the newest counts.
#include "integration/swarm_program.h"

#include <swarmq/puller.h>
#include <swarmq/queue.h>
#include <swarmq/testing.h>

#include <catch2/catch.hpp>

#include <chrono>
#include <string>

using namespace swarmq;
using namespace std::chrono_literals;
using testing::TestBroker;

namespace {

AddedJob add(Queue& queue, std::string payload) {
    JobOptions options;
    options.deduplication = Deduplication::keep_latest("page:7");
    return queue.add_job_future("index", std::move(payload), std::move(options)).get();
}

}  // namespace

TEST_CASE(
    "while a job runs, three more adds make one successor with the newest data, whatever the "
    "broker suffers",
    "[scenario][R12]") {
    TestBroker broker;
    Queue queue("pages", broker.connect());
    Puller puller({.queues = {"pages"}, .connection = broker.connect()});
    const AddedJob first = add(queue, "1");
    auto running = puller.take(10s);
    REQUIRE(running);
    const AddedJob second = add(queue, "2");
    CHECK(second.outcome == AddedJob::Outcome::Deduplicated);
    CHECK(second.id != first.id);
    CHECK(add(queue, "3").id == second.id);
    broker.kill();
    broker.start();
    CHECK(add(queue, "4").id == second.id);
    const Job waiting = queue.get_job(second.id);
    CHECK(waiting.state == JobState::Delayed);
    CHECK(waiting.waits_for == first.id);
    CHECK_FALSE(waiting.run_at);
    CHECK(!puller.take(200ms));
    const auto shown = test::swarm(broker.server(), {"queue", "dedup", "pages", "page:7"});
    CHECK(shown.exit_code == 0);
    CHECK(shown.out.find(second.id + " has the newest data") != std::string::npos);
    running->complete("done");
    auto next = puller.take(10s);
    REQUIRE(next);
    CHECK(next->id() == second.id);
    CHECK(next->payload() == "4");
    next->complete("done");
    CHECK(queue.wait_result(second.id, 10s).is_completed());
    CHECK_FALSE(queue.get_deduplication("page:7"));
    const QueueMetrics metrics = queue.get_metrics();
    CHECK(metrics.added_total == 2);
    CHECK(metrics.completed == 2);
    CHECK(metrics.waiting + metrics.delayed + metrics.active == 0);
}

TEST_CASE("a key that is freed lets the newest data run beside the job that hangs",
          "[scenario][R12]") {
    TestBroker broker;
    Queue queue("pages", broker.connect());
    Puller puller({.queues = {"pages"}, .connection = broker.connect()});
    add(queue, "1");
    REQUIRE(puller.take(10s));
    const AddedJob second = add(queue, "2");
    CHECK(test::swarm(broker.server(), {"queue", "dedup", "pages", "page:7", "--free"}).exit_code ==
          0);
    const auto next = puller.take(10s);
    REQUIRE(next);
    CHECK(next->id() == second.id);
    CHECK(test::swarm(broker.server(), {"queue", "dedup", "pages", "page:7"}).exit_code == 3);
}
