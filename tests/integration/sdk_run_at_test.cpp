// Jobs for a time of the wall clock, over a real daemon (R4). Late they may be on a slow machine,
// early never.
#include <swarmq/queue.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

#include <catch2/catch.hpp>

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

using namespace swarmq;
using namespace std::chrono_literals;
using std::chrono::system_clock;
using testing::TestBroker;

namespace {

// Notes when, and in which order, jobs began, by their payload.
class Starts {
  public:
    Handler handler() {
        return [this](JobContext& job) -> Outcome {
            const std::lock_guard lock(mutex_);
            starts_.emplace_back(job.payload(), system_clock::now());
            return {};
        };
    }
    std::vector<std::pair<std::string, WallTime>> all() const {
        const std::lock_guard lock(mutex_);
        return starts_;
    }

  private:
    mutable std::mutex mutex_;
    std::vector<std::pair<std::string, WallTime>> starts_;
};

std::vector<std::string> payloads(const Starts& starts) {
    std::vector<std::string> all;
    for (const auto& [payload, time] : starts.all()) all.push_back(payload);
    return all;
}

}  // namespace

TEST_CASE("a job for a time begins no sooner, whatever order the adds had", "[client][R4]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    Starts starts;
    Worker worker({.queues = {"q"}, .connection = broker.connect(), .concurrency = 4},
                  starts.handler());
    worker.start();
    std::map<std::string, WallTime> asked;  // By payload.
    std::vector<std::string> ids;
    // Parts of a millisecond are rounded up, not down.
    const auto base = system_clock::now() + 300ms + 999us;
    for (const int step : {7, 2, 9, 0, 4, 8, 1, 6, 3, 5}) {
        const std::string payload = std::to_string(step);
        const WallTime run_at = asked[payload] = base + step * 37ms;
        ids.push_back(queue.add_job("n", payload, {.run_at = run_at}));
        const Job job = queue.get_job(ids.back());
        if (job.state == JobState::Delayed) CHECK(job.run_at >= run_at);
    }
    for (const auto& id : ids) {
        REQUIRE(queue.wait_result(id, 60s).is_completed());
        const Job job = queue.get_job(id);
        CHECK(*job.started_at >= asked.at(job.payload));
    }
    REQUIRE(starts.all().size() == asked.size());
    for (const auto& [payload, begun] : starts.all()) CHECK(begun >= asked.at(payload));
    CHECK(worker.stop());
}

TEST_CASE("jobs for the same time begin in the order of their adds, and a time that is over is now",
          "[client][R4]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    const auto run_at = system_clock::now() + 500ms;
    std::vector<std::string> expected;
    std::string last;
    for (int i = 0; i < 20; ++i) {
        expected.push_back(std::to_string(i));
        last = queue.add_job("n", expected.back(), {.run_at = run_at});
    }
    const auto over = queue.add_job("n", "over", {.run_at = system_clock::now() - 1h});
    CHECK(queue.get_job(over).state == JobState::Waiting);
    expected.insert(expected.begin(), "over");
    Starts starts;
    Worker worker({.queues = {"q"}, .connection = broker.connect()}, starts.handler());
    worker.start();
    CHECK(queue.wait_result(over, 60s).is_completed());
    CHECK(queue.wait_result(last, 60s).is_completed());
    CHECK(payloads(starts) == expected);
    CHECK(worker.stop());
}

TEST_CASE("a job for a time begins no sooner when the broker was down meanwhile",
          "[client][R4][R34]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    const auto soon = system_clock::now() + 1s;
    const auto first = queue.add_job("n", "soon", {.run_at = soon});
    const auto second = queue.add_job("n", "tomorrow", {.run_at = soon + 24h});
    broker.kill();
    broker.start();
    CHECK(queue.get_job(second).run_at >= soon + 24h);
    Starts starts;
    Worker worker({.queues = {"q"}, .connection = broker.connect()}, starts.handler());
    worker.start();
    CHECK(queue.wait_result(first, 60s).is_completed());
    REQUIRE(starts.all().size() == 1);
    CHECK(starts.all()[0].second >= soon);
    CHECK(queue.get_job(second).state == JobState::Delayed);
    CHECK(worker.stop());
}
