// What users of a queue fear about workers, played through over a real daemon: late answers, dead workers, jobs
// that kill, handlers that are busy, workers that stop.
#include <catch2/catch.hpp>

#include <signal.h>

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <swarmq/admin.h>
#include <swarmq/puller.h>
#include <swarmq/queue.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

#include "swarm_program.h"

using namespace swarmq;
using namespace std::chrono_literals;
using testing::TestBroker;

namespace {

Puller puller(const TestBroker& broker, const std::string& queue, Milliseconds lease) {
    return Puller(PullerOptions{.queues = {queue}, .connection = broker.connect(), .lease = lease});
}

std::vector<std::string> add(Queue& queue, int count, JobOptions options = {}) {
    std::vector<NewJob> jobs;
    for (int i = 0; i < count; ++i) jobs.push_back({"work", std::to_string(i), options});
    std::vector<std::string> ids;
    for (const auto& added : queue.add_jobs(jobs)) ids.push_back(added.id);
    return ids;
}

Code code_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const SwarmqError& error) {
        return error.code();
    }
    return Code::Ok;
}

// With a lease that does not end within the test. Its commands outlive it by some seconds, and must not keep its
// connection.
std::vector<std::string> sleeping_worker(const std::string& queue, const std::string& concurrency) {
    return {"worker", queue, "--concurrency", concurrency, "--lease", "1h", "--", "sleep", "20"};
}

void wait_for_active(Queue& queue, std::uint64_t jobs) {
    while (queue.get_metrics().active != jobs) std::this_thread::yield();
}

}  // namespace

TEST_CASE("fencing: who lost the lease is refused, who holds it completes, and the job ends once",
          "[scenario][R21][R22][R35]") {
    TestBroker broker;
    Queue queue("fenced", broker.connect());
    const std::string id = queue.add_job("charge", "1");
    Puller a = puller(broker, "fenced", 1s);
    Puller b = puller(broker, "fenced", 30s);
    auto held_by_a = a.take(5s);
    REQUIRE(held_by_a);
    auto held_by_b = b.take(10s);  // There when A's lease has ended.
    REQUIRE(held_by_b);
    CHECK(held_by_b->id() == id);
    CHECK(held_by_b->job().token > held_by_a->job().token);
    CHECK(code_of([&] { held_by_a->complete("by A"); }) == Code::StaleLease);
    CHECK(code_of([&] { held_by_a->extend(); }) == Code::StaleLease);
    CHECK(queue.get_job(id).state == JobState::Active);
    held_by_b->complete("by B");
    held_by_b->complete("by B");  // The same answer again is a success.
    CHECK(code_of([&] { held_by_a->complete("by A"); }) == Code::StaleLease);
    CHECK(queue.wait_result(id, 5s).result == "by B");
    CHECK(queue.get_metrics().completed_total == 1);
    CHECK(queue.get_metrics().failed_total == 0);
}

TEST_CASE("a killed worker's four jobs are at the head again at once, with no live worker to notice",
          "[scenario][R21]") {
    TestBroker broker;
    Queue queue("killed", broker.connect());
    const auto ids = add(queue, 10);
    {
        test::SwarmProgram worker(broker.server(), sleeping_worker("killed", "4"));
        wait_for_active(queue, 4);
        worker.signal(SIGKILL);
        worker.wait();
    }
    while (queue.get_metrics().waiting != 10) std::this_thread::yield();
    CHECK(queue.get_metrics().stalled_total == 4);
    const auto taken = puller(broker, "killed", 30s).take_many(10);
    REQUIRE(taken.size() == 10);
    for (std::size_t i = 0; i < taken.size(); ++i) {
        CHECK(taken[i].id() == ids[i]);
        CHECK(taken[i].job().stalls == (i < 4 ? 1 : 0));
        CHECK(taken[i].job().attempt == 1);
    }
}

TEST_CASE("a job that takes its workers down fails at its stall limit", "[scenario][R21]") {
    TestBroker broker;
    Queue queue("stalls", broker.connect());
    const std::string id = queue.add_job("bomb", "x", {.attempts = 10, .max_stalled = 2});
    for (int loss = 1; loss <= 3; ++loss) {
        test::SwarmProgram worker(broker.server(), sleeping_worker("stalls", "1"));
        wait_for_active(queue, 1);
        worker.signal(SIGKILL);
        worker.wait();
        wait_for_active(queue, 0);
    }
    const Job job = queue.get_job(id);
    CHECK(job.state == JobState::Failed);
    CHECK(job.failure_kind == FailureKind::Stalled);
    CHECK(job.stalls == 3);
    CHECK(job.attempts_made == 0);
    CHECK(job.failed_reason.find("stalled 3 times, 2 allowed") != std::string::npos);
}

TEST_CASE("a handler that burns the CPU for ten lease times keeps its lease", "[scenario][R18][R21]") {
    TestBroker broker;
    Queue queue("burner", broker.connect());
    const std::string id = queue.add_job("burn", "x");
    constexpr auto kLease = 1s;
    std::atomic<int> runs{0};
    Worker worker({.queues = {"burner"}, .connection = broker.connect(), .lease = kLease},
                  [&](JobContext& job) -> Outcome {
                      ++runs;
                      const auto end = std::chrono::steady_clock::now() + 10 * kLease;
                      std::uint64_t sum = 0;
                      while (std::chrono::steady_clock::now() < end)
                          for (int i = 0; i < 100'000; ++i) sum += static_cast<std::uint64_t>(i) ^ sum << 1;
                      return job.is_cancelled() ? Outcome::fail("lost") : Outcome(sum ? "warm" : "cold");
                  });
    worker.start();
    // Others would take it if they could.
    Puller waiting = puller(broker, "burner", 30s);
    CHECK_FALSE(waiting.take(9s));
    CHECK(queue.wait_result(id, 20s).is_completed());
    CHECK(runs == 1);
    CHECK(queue.get_job(id).stalls == 0);
}

TEST_CASE("a graceful stop with 3 active and 10 waiting ends the 3 and leaves the 10", "[scenario][R23]") {
    TestBroker broker;
    Queue queue("graceful", broker.connect());
    const auto ids = add(queue, 13);
    std::promise<void> may_end;
    const std::shared_future<void> ending = may_end.get_future().share();
    Worker worker({.queues = {"graceful"}, .connection = broker.connect(), .concurrency = 3},
                  [&](JobContext& job) -> Outcome {
                      ending.wait();
                      return "ended " + job.payload();
                  });
    worker.start();
    while (worker.running() != 3) std::this_thread::yield();
    auto stopped = std::async(std::launch::async, [&] { return worker.stop(10s); });
    while (queue.get_metrics().workers != 0) std::this_thread::yield();  // It takes no more.
    CHECK(queue.get_metrics().active == 3);
    may_end.set_value();
    CHECK(stopped.get());
    const auto metrics = queue.get_metrics();
    CHECK(metrics.completed == 3);
    CHECK(metrics.waiting == 10);
    CHECK(metrics.active + metrics.failed + metrics.delayed == 0);
    const auto left = puller(broker, "graceful", 30s).take_many(13);
    REQUIRE(left.size() == 10);
    for (std::size_t i = 0; i < left.size(); ++i) {
        CHECK(left[i].id() == ids[i + 3]);
        CHECK(left[i].job().attempt == 1);
    }
}
