// The SDK over a daemon that is killed and comes back.
#include "support/temporary_directory.h"

#include <swarmq/puller.h>
#include <swarmq/queue.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <future>
#include <iterator>
#include <set>
#include <string>
#include <vector>

using namespace swarmq;
using namespace std::chrono_literals;
using testing::TestBroker;

TEST_CASE("no add is lost or doubled by a broker that is killed under load", "[client][R17][R26]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    std::vector<std::future<AddedJob>> adds;
    for (int i = 0; i < 3'000; ++i) {
        adds.push_back(queue.add_job_future("n", std::to_string(i)));
        if (i == 500 || i == 2'000) {
            broker.kill();
            broker.start();
        }
    }
    std::set<std::string> ids;
    for (auto& add : adds) ids.insert(add.get().id);
    CHECK(ids.size() == adds.size());
    CHECK(queue.get_metrics().added_total == adds.size());
}

TEST_CASE("a worker lives through a restart and every job ends once", "[client][R17][R21]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    constexpr int kJobs = 500;
    std::vector<NewJob> jobs(kJobs, {"n", "p"});
    queue.add_jobs(jobs);
    std::atomic<int> ended{0};
    std::promise<void> half;
    Worker worker({.queues = {"q"}, .connection = broker.connect(), .concurrency = 8},
                  [&](JobContext& job) -> Outcome {
                      job.cancellation().wait_for(1ms);
                      if (++ended == kJobs / 2) half.set_value();
                      return {};
                  });
    worker.start();
    half.get_future().wait();
    broker.kill();
    broker.start();
    const auto id = queue.add_job("last", "p", {.priority = kPriorityLow});
    CHECK(queue.wait_result(id, 20s).is_completed());
    worker.stop();
    const auto metrics = queue.get_metrics();
    CHECK(metrics.completed_total == kJobs + 1);
    CHECK(metrics.active + metrics.waiting + metrics.failed == 0);
}

TEST_CASE("jobs that are read ahead of their turn are delivered as they are by then",
          "[client][R3][R17a][R34]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    std::vector<NewJob> jobs;
    for (int i = 0; i < 1'500; ++i)
        jobs.push_back({"n", std::to_string(i), {.id = "job-" + std::to_string(i)}});
    queue.add_jobs({jobs.begin(), jobs.begin() + 1'000});
    queue.add_jobs({jobs.begin() + 1'000, jobs.end()});
    broker.kill();
    broker.start();
    Puller puller("q", broker.connect());
    std::vector<std::string> expected;
    for (const auto& job : jobs) expected.push_back(job.payload);
    // The payloads of the first jobs are read from the store, and some of those behind them with
    // it.
    std::vector<TakenJob> taken = puller.take_many(2);
    queue.update_job("job-3", {.payload = "changed"});
    queue.update_job("job-400", {.priority = kPriorityUrgent});
    queue.remove_job("job-7");
    expected[3] = "changed";
    expected.erase(expected.begin() + 7);
    expected.insert(expected.begin() + 2, "400");
    expected.erase(expected.begin() + 400);
    for (auto more = puller.take_many(50); !more.empty(); more = puller.take_many(50))
        std::move(more.begin(), more.end(), std::back_inserter(taken));
    std::vector<std::string> payloads;
    for (const auto& job : taken) payloads.push_back(job.payload());
    CHECK(payloads == expected);
}

TEST_CASE("a test broker starts fast, keeps its port and ends cleanly", "[client][R26]") {
    const auto began = std::chrono::steady_clock::now();
    TestBroker broker;
    CHECK(std::chrono::steady_clock::now() - began < 5s);
    const auto server = broker.server();
    broker.restart();
    CHECK(broker.server() == server);
    CHECK(broker.stop() == 0);
    CHECK_THROWS_AS(TestBroker({.program = "/nonexistent/swarmqd"}), std::runtime_error);
}

TEST_CASE("a test broker starts again on what it had, and says why when it cannot", "[client][R26][R34]") {
    TestBroker broker;
    const auto server = broker.server();
    const auto directory = broker.data_dir();
    CHECK(std::filesystem::is_directory(directory));
    CHECK(broker.pid() > 0);
    const auto id = Queue("q", broker.connect()).add_job("n", "kept");
    CHECK_THROWS_AS(broker.start(), std::runtime_error);  // It runs.
    broker.kill();
    CHECK(broker.pid() == 0);
    CHECK_THROWS_AS(broker.stop(), std::runtime_error);  // It does not.
    broker.start();
    CHECK(broker.server() == server);
    CHECK(Queue("q", broker.connect()).get_job(id).payload == "kept");
    // A second one on the same directory, and one with an option that there is not.
    CHECK_THROWS_WITH(TestBroker({.data_dir = directory}), Catch::Contains("did not start"));
    CHECK_THROWS_WITH(TestBroker({.arguments = {"--no-such-option"}}), Catch::Contains("no-such-option"));
    CHECK(broker.stop() == 0);
    CHECK(std::filesystem::is_directory(directory));
}

TEST_CASE("a test broker's own directory goes with it, one that was given stays", "[client][R26]") {
    std::filesystem::path own;
    {
        TestBroker broker;
        own = broker.data_dir();
    }
    CHECK_FALSE(std::filesystem::exists(own));
    const test::TemporaryDirectory directory;
    {
        TestBroker broker({.data_dir = directory.path()});
        Queue("q", broker.connect()).add_job("n", "p");
    }
    TestBroker broker({.data_dir = directory.path()});
    CHECK(Queue("q", broker.connect()).get_metrics().waiting == 1);
}
