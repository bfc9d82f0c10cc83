// How many jobs begin within a time, over a real daemon (R15). The starts are those the broker
// itself has written down, so a slow machine changes nothing.
#include <swarmq/admin.h>
#include <swarmq/queue.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace swarmq;
using namespace std::chrono_literals;
using testing::TestBroker;

namespace {

std::vector<AddedJob> add(Queue& queue, std::size_t count, const JobOptions& options = {}) {
    return queue.add_jobs(std::vector<NewJob>(count, {"work", "{}", options}));
}

// When each attempt of these jobs began, in order; waits until they have ended.
std::vector<WallTime> starts_of(Queue& queue, const std::vector<AddedJob>& jobs) {
    std::vector<WallTime> starts;
    for (const auto& [id, outcome] : jobs) {
        REQUIRE(queue.wait_result(id, 60s).is_completed());
        const Job job = queue.get_job(id);
        for (const Attempt& failed : job.attempts) starts.push_back(failed.started_at);
        starts.push_back(*job.started_at);
    }
    std::sort(starts.begin(), starts.end());
    return starts;
}

// The most of them within any time of this length.
std::size_t most_within(const std::vector<WallTime>& starts, Milliseconds length) {
    std::size_t most = 0;
    for (std::size_t from = 0, to = 0; to < starts.size(); ++to) {
        while (starts[from] + length <= starts[to]) ++from;
        most = std::max(most, to - from + 1);
    }
    return most;
}

Worker worker_of(const TestBroker& broker, Handler handler) {
    return {{.queues = {"q"}, .connection = broker.connect(), .concurrency = 8},
            std::move(handler)};
}

}  // namespace

TEST_CASE(
    "no more jobs begin than a queue's rates allow, in every window of each, whatever workers "
    "there are",
    "[client][R15]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    QueueSettings settings;
    settings.limits.rates = {{4, 100ms}, {9, 600ms}};
    Admin(broker.connect()).set_settings("q", settings);
    const auto jobs = add(queue, 27);
    const Handler at_once = [](JobContext&) { return Outcome(); };
    Worker first = worker_of(broker, at_once);
    Worker second = worker_of(broker, at_once);
    first.start();
    second.start();
    const auto starts = starts_of(queue, jobs);
    REQUIRE(starts.size() == 27);
    CHECK(most_within(starts, 100ms) <= 4);
    CHECK(most_within(starts, 600ms) <= 9);
    CHECK(starts.back() - starts.front() >= 2 * 600ms);
    CHECK(first.stop());
    CHECK(second.stop());
}

TEST_CASE("a key's rate counts every attempt, and leaves other keys alone", "[client][R15][R5]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    QueueSettings settings;
    settings.key_limits.rates = {{3, 400ms}};
    settings.keys["vip"] = {1, RunLimits{}};
    Admin(broker.connect()).set_settings("q", settings);
    const auto limited = add(queue, 5, {.key = "tenant", .attempts = 2});
    const auto free = add(queue, 50, {.key = "vip"});
    Worker worker = worker_of(broker, [](JobContext& job) -> Outcome {
        if (job.job().key == "tenant" && job.attempt() == 1) return Outcome::fail("once");
        return {};
    });
    worker.start();
    const auto starts = starts_of(queue, limited);
    REQUIRE(starts.size() == 10);
    CHECK(most_within(starts, 400ms) <= 3);
    CHECK(starts_of(queue, free).size() == 50);
    CHECK(worker.stop());
}

TEST_CASE("a rate that is taken away holds nothing back any more", "[client][R15]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    Admin admin(broker.connect());
    QueueSettings settings;
    settings.limits.rates = {{2, 1h}};
    admin.set_settings("q", settings);
    const auto jobs = add(queue, 5);
    Worker worker = worker_of(broker, [](JobContext&) { return Outcome(); });
    worker.start();
    CHECK(queue.wait_result(jobs[1].id, 30s).is_completed());
    CHECK(queue.get_metrics().waiting == 3);
    CHECK(queue.get_job(jobs[2].id).attempts_made == 0);
    settings.limits.rates.clear();
    admin.set_settings("q", settings);
    CHECK(starts_of(queue, jobs).size() == 5);
    CHECK(worker.stop());
}
