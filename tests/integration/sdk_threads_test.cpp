// One connection that many threads use at once.
#include <swarmq/queue.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

using namespace swarmq;
using namespace std::chrono_literals;

namespace {

constexpr int kThreads = 6;
constexpr int kRounds = 60;  // Of each thread; three jobs each.

// What one of several threads does over a connection of all; how often it got an answer that is not its own.
int use(Queue queue, int thread) {
    int wrong = 0;
    std::atomic<int> answered = 0;
    for (int round = 0; round < kRounds; ++round) {
        const std::string id = std::to_string(thread) + "-" + std::to_string(round);
        JobOptions options;
        options.id = id;
        if (queue.add_job("n", id, options) != id) ++wrong;
        if (queue.get_job(id).payload != id) ++wrong;
        auto added = queue.add_job_future("n", "f", {});
        queue.add_job_async("n", "a", {}, [&answered](const Result<AddedJob>& result) {
            if (result.ok()) ++answered;
            answered.notify_one();
        });
        if (added.get().id.empty()) ++wrong;
    }
    for (int seen = answered; seen < kRounds; seen = answered) answered.wait(seen);
    return wrong;
}

}  // namespace

TEST_CASE("threads that share a connection get each its own answers, beside a worker", "[client][R1][R2][R18]") {
    testing::TestBroker broker;
    const Connection connection = broker.connect();
    Queue queue("q", connection);
    std::atomic<int> handled = 0;
    Worker worker({.queues = {"q"}, .connection = connection, .concurrency = 4},
                  [&handled](JobContext& job) -> Outcome {
                      ++handled;
                      return job.payload();
                  });
    worker.start();
    std::vector<std::future<int>> users;
    for (int thread = 0; thread < kThreads; ++thread)
        users.push_back(std::async(std::launch::async, use, queue, thread));
    for (auto& user : users) CHECK(user.get() == 0);
    const auto last = queue.add_and_wait("n", "last", {}, 60s);
    CHECK(last.result == "last");
    CHECK(worker.stop());
    CHECK(queue.get_metrics().added_total == kThreads * kRounds * 3 + 1);
    CHECK(handled == kThreads * kRounds * 3 + 1);
}
