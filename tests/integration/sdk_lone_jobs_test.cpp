// Short jobs that come one by one: the thread that runs them runs the connection's I/O too, and nothing else suffers from
// it (R18, R21, R23).
#include <swarmq/queue.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <set>
#include <string>
#include <thread>

using namespace swarmq;
using namespace std::chrono_literals;

namespace {

constexpr int kLoneJobs = 200;

// Whose commits wait for a disk, and whose do not.
testing::TestBrokerOptions with_either_durability() {
    return {.arguments = {"--durability", GENERATE("sync", "periodic")}};
}

// Each waits for the one before.
void run_lone_jobs(Queue& queue) {
    for (int i = 0; i < kLoneJobs; ++i) {
        const std::string payload = std::to_string(i);
        const auto ended = queue.wait_result(queue.add_job("n", payload), 20s);
        REQUIRE(ended.is_completed());
        CHECK(ended.result == payload);
    }
}

}  // namespace

TEST_CASE("jobs that come one by one are all done, whatever is asked of the worker meanwhile", "[client][R18][R23]") {
    testing::TestBroker broker(with_either_durability());
    Queue queue("q", broker.connect());
    const Connection connection = broker.connect();
    std::atomic<std::size_t> handled = 0;
    Worker worker({.queues = {"q"}, .connection = connection, .concurrency = 4}, [&](JobContext& job) -> Outcome {
        ++handled;
        handled.notify_all();
        return job.payload();
    });
    worker.start();
    run_lone_jobs(queue);
    SECTION("it is paused, widened and narrowed") {
        // A job goes through in between: a pause hands back what has not begun.
        std::thread operators([&] {
            for (std::size_t seen = handled; seen < 2 * kLoneJobs; seen = handled) {
                worker.pause();
                worker.set_concurrency(1 + seen % 5);
                worker.resume();
                handled.wait(seen);
            }
        });
        run_lone_jobs(queue);
        operators.join();
    }
    SECTION("others use its connection") {
        std::atomic<bool> is_over = false;
        std::thread user([&] {
            Queue other("other", connection);
            while (!is_over) other.add_job("n", "p");
        });
        run_lone_jobs(queue);
        is_over = true;
        user.join();
    }
    SECTION("many come at once now and then") {
        for (int round = 0; round < 20; ++round) {
            const auto added = queue.add_jobs(std::vector<NewJob>(50, {"n", "p"}));
            for (const auto& job : added) CHECK(queue.wait_result(job.id, 20s).is_completed());
            CHECK(queue.wait_result(queue.add_job("n", "p"), 20s).is_completed());
        }
    }
    CHECK(worker.stop());
    CHECK(queue.get_metrics().stalled_total == 0);
}

TEST_CASE("a long job among short ones keeps its lease and holds up none", "[client][R18][R21]") {
    testing::TestBroker broker;
    Queue queue("q", broker.connect());
    std::promise<void> let_go;
    const auto may_end = let_go.get_future().share();
    Worker worker({.queues = {"q"}, .connection = broker.connect(), .concurrency = 2, .lease = 1'000ms},
                  [may_end](JobContext& job) -> Outcome {
                      if (job.payload() == "long") may_end.wait();
                      return job.payload();
                  });
    worker.start();
    run_lone_jobs(queue);
    const auto long_job = queue.add_job("n", "long");
    run_lone_jobs(queue);
    // Longer than its lease, which somebody has to renew.
    CHECK_THROWS_AS(queue.wait_result(long_job, 2'500ms), SwarmqError);
    let_go.set_value();
    CHECK(queue.wait_result(long_job, 20s).is_completed());
    CHECK(queue.get_metrics().stalled_total == 0);
}

TEST_CASE("a handler that goes on after its job has ended holds up none", "[client][R18]") {
    testing::TestBroker broker;
    Queue queue("q", broker.connect());
    std::promise<void> let_go;
    const auto may_return = let_go.get_future().share();
    Worker worker({.queues = {"q"}, .connection = broker.connect(), .concurrency = 4}, [may_return](JobContext& job) -> Outcome {
        if (job.payload() != "early") return job.payload();
        auto finisher = job.finish_later();
        finisher.finish(Outcome("early"));
        may_return.wait();
        return {};
    });
    worker.start();
    run_lone_jobs(queue);
    CHECK(queue.wait_result(queue.add_job("n", "early"), 20s).is_completed());
    run_lone_jobs(queue);
    let_go.set_value();
}

TEST_CASE("a worker ends at once while its thread waits for work, beside another on its connection", "[client][R18][R23]") {
    testing::TestBroker broker(with_either_durability());
    Queue queue("q", broker.connect());
    Queue others("others", broker.connect());
    const Connection connection = broker.connect();
    const auto echo = [](JobContext& job) -> Outcome { return job.payload(); };
    Worker other({.queues = {"others"}, .connection = connection}, echo);
    other.start();
    run_lone_jobs(others);
    for (int round = 0; round < 20; ++round) {
        Worker worker({.queues = {"q"}, .connection = connection}, echo);
        worker.start();
        for (int i = 0; i < 10; ++i) CHECK(queue.wait_result(queue.add_job("n", "p"), 20s).is_completed());
        CHECK(worker.stop());
    }
    run_lone_jobs(others);
}

TEST_CASE("a handler of short jobs may use the connection it came over", "[client][R13][R18]") {
    testing::TestBroker broker;
    const Connection connection = broker.connect();
    Queue queue("q", connection);
    Queue next("next", connection);
    std::atomic<int> made = 0;
    Worker worker({.queues = {"q"}, .connection = connection, .concurrency = 1}, [&](JobContext& job) -> Outcome {
        if (std::stoi(job.payload()) % 50 == 0) {
            next.add_job("n", "p");
            ++made;
        }
        return job.payload();
    });
    worker.start();
    run_lone_jobs(queue);
    CHECK(next.get_metrics().waiting == static_cast<std::uint64_t>(made));
    CHECK(made == kLoneJobs / 50);
}

TEST_CASE("jobs that come one by one survive a restart of the broker", "[client][R17][R18]") {
    testing::TestBroker broker;
    Queue queue("q", broker.connect());
    Worker worker({.queues = {"q"}, .connection = broker.connect()}, [](JobContext& job) -> Outcome { return job.payload(); });
    worker.start();
    for (int round = 0; round < 3; ++round) {
        run_lone_jobs(queue);
        broker.restart();
    }
    run_lone_jobs(queue);
}
