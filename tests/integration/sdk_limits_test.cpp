// Keys, limits and holds over a real daemon (R15).
#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <swarmq/admin.h>
#include <swarmq/puller.h>
#include <swarmq/queue.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

using namespace swarmq;
using namespace std::chrono_literals;
using testing::TestBroker;

namespace {

void add(Queue& queue, const std::string& key, std::size_t count) {
    while (count > 0) {
        std::vector<NewJob> jobs;
        for (; count > 0 && jobs.size() < 1'000; --count)
            jobs.push_back({"work", "{}", {.key = key}});
        queue.add_jobs(std::move(jobs));
    }
}

}  // namespace

TEST_CASE("small tenants finish as if another's flood were not there", "[client][R15]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    constexpr std::size_t kFlood = 100'000;
    constexpr std::size_t kSmall = 50 * 10;
    add(queue, "flood", kFlood);
    for (int key = 0; key < 50; ++key) add(queue, "tenant-" + std::to_string(key), 10);
    std::size_t begun = 0;
    std::size_t small_begun = 0;
    std::size_t begun_at_last_small = 0;
    std::mutex mutex;
    std::promise<void> all_small;
    Worker worker({.queues = {"q"}, .connection = broker.connect(), .concurrency = 16},
                  [&](JobContext& job) -> Outcome {
                      const std::lock_guard lock(mutex);
                      ++begun;
                      if (job.job().key == "flood") return {};
                      if (++small_begun == kSmall) {
                          begun_at_last_small = begun;
                          all_small.set_value();
                      }
                      return {};
                  });
    worker.start();
    all_small.get_future().wait();
    worker.stop();
    // One turn in fifty-one is the flood's, and what the worker holds ahead.
    CHECK(begun_at_last_small < kSmall + 10 + 200);
}

TEST_CASE("a queue's and a key's concurrency hold over workers", "[client][R15]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    Admin admin(broker.connect());
    QueueSettings settings;
    settings.limits.concurrency = 4;
    settings.key_limits.concurrency = 1;
    settings.keys["vip"] = {2, RunLimits{3, {}}};
    admin.set_settings("q", settings);
    const QueueSettings stored = admin.get_settings("q");
    CHECK(stored.limits.concurrency == 4);
    CHECK(stored.key_limits.concurrency == 1);
    CHECK(stored.keys.at("vip").weight == 2);
    CHECK(stored.keys.at("vip").limits->concurrency == 3);
    for (const char* key : {"a", "b", "vip"}) add(queue, key, 20);
    std::mutex mutex;
    std::map<std::string, int> running;
    int most_in_all = 0;
    std::map<std::string, int> most;
    std::atomic<int> ended{0};
    std::promise<void> all;
    const auto handler = [&](JobContext& job) -> Outcome {
        {
            const std::lock_guard lock(mutex);
            most[job.job().key] = std::max(most[job.job().key], ++running[job.job().key]);
            most_in_all = std::max(most_in_all, running["a"] + running["b"] + running["vip"]);
        }
        job.cancellation().wait_for(2ms);
        {
            const std::lock_guard lock(mutex);
            --running[job.job().key];
        }
        if (++ended == 60) all.set_value();
        return {};
    };
    Worker first({.queues = {"q"}, .connection = broker.connect(), .concurrency = 8}, handler);
    Worker second({.queues = {"q"}, .connection = broker.connect(), .concurrency = 8}, handler);
    first.start();
    second.start();
    all.get_future().wait();
    CHECK(first.stop());
    CHECK(second.stop());
    CHECK(most["a"] == 1);
    CHECK(most["b"] == 1);
    CHECK(most["vip"] <= 3);
    CHECK(most_in_all <= 4);
}

TEST_CASE("a handler that meets a 429 holds its tenant, and no attempt is used", "[client][R15][R19]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    const auto limited = queue.add_job("call", "1", {.key = "slow-api"});
    const auto behind = queue.add_job("call", "2", {.key = "slow-api"});
    std::atomic<int> calls{0};
    Worker worker({.queues = {"q"}, .connection = broker.connect(), .concurrency = 1},
                  [&](JobContext& job) -> Outcome {
                      if (job.job().key == "slow-api" && ++calls == 1) throw RateLimited(1s);
                      return "called";
                  });
    const auto began = std::chrono::steady_clock::now();
    worker.start();
    CHECK(queue.wait_result(limited, 30s).result == "called");
    CHECK(std::chrono::steady_clock::now() - began >= 1s);
    CHECK(queue.wait_result(behind, 30s).result == "called");
    CHECK(queue.get_job(limited).attempts_made == 1);
    CHECK(worker.stop());
}

TEST_CASE("a key is paused, listed, held and resumed", "[client][R15][R32]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    Admin admin(broker.connect());
    Puller puller("q", broker.connect());
    add(queue, "a", 2);
    add(queue, "b", 1);
    admin.pause_key("q", "a");
    const auto keys = admin.list_keys("q").keys;
    REQUIRE(keys.size() == 2);
    CHECK(keys[0].key == "a");
    CHECK(keys[0].paused);
    CHECK(keys[0].is_closed);
    CHECK(keys[0].waiting == 2);
    CHECK_FALSE(keys[1].paused);
    CHECK(admin.list_keys("q", "a").keys.size() == 1);
    const auto of_b = puller.take_many(10);
    REQUIRE(of_b.size() == 1);
    CHECK(of_b[0].job().key == "b");
    admin.resume_key("q", "a");
    admin.hold("q", "a", 1h);
    CHECK(admin.list_keys("q").keys[0].held_until.has_value());
    CHECK(puller.take_many(10).empty());
    admin.resume_key("q", "a");
    CHECK(puller.take_many(10).size() == 2);
    CHECK_THROWS_AS(admin.pause_key("q", "no key"), SwarmqError);
    CHECK_THROWS_AS(admin.hold("q", "a", 0ms), SwarmqError);
}

TEST_CASE("keys get turns by their weights, and a change of them counts at once", "[client][R15]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    Admin admin(broker.connect());
    Puller puller("q", broker.connect());
    QueueSettings settings;
    settings.keys["vip"].weight = 4;
    admin.set_settings("q", settings);
    for (const char* key : {"a", "b", "vip"}) add(queue, key, 60);
    std::vector<TakenJob> taken;
    const auto next = [&](std::size_t count) {
        std::map<std::string, int> by_key;
        for (auto& job : puller.take_many(count)) {
            ++by_key[job.job().key];
            taken.push_back(std::move(job));
        }
        return by_key;
    };
    using Counts = std::map<std::string, int>;
    CHECK(next(30) == Counts{{"a", 5}, {"b", 5}, {"vip", 20}});
    settings.keys["vip"].weight = 1;
    settings.keys["a"].weight = 2;
    admin.set_settings("q", settings);
    CHECK(next(40) == Counts{{"a", 20}, {"b", 10}, {"vip", 10}});
    queue.add_job("urgent", "{}", {.priority = kPriorityUrgent, .key = "b"});
    CHECK(next(1) == Counts{{"b", 1}});
}

TEST_CASE("a handler stops its whole queue for a time, with any outcome", "[client][R15][R19]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    Queue another("another", broker.connect());
    Admin admin(broker.connect());
    const auto first = queue.add_job("stop-long", "1");
    const auto second = queue.add_job("stop-short", "2");
    const auto third = queue.add_job("plain", "3");
    Worker worker({.queues = {"q", "another"}, .connection = broker.connect()}, [](JobContext& job) -> Outcome {
        if (job.name() == "stop-long") return Outcome::complete("long").hold_queue(1h);
        if (job.name() == "stop-short") return Outcome::fail("busy").hold_queue(700ms);
        return "done";
    });
    worker.start();
    CHECK(queue.wait_result(first, 30s).result == "long");
    // Nothing more of it begins, though the worker is free and works for the other queue.
    CHECK(queue.get_metrics().held_until.has_value());
    CHECK(another.add_and_wait("plain", "x", {}, 30s).result == "done");
    CHECK(Puller("q", broker.connect()).take_many(10).empty());
    CHECK(queue.get_metrics().waiting == 2);
    admin.resume("q");
    // By itself, and not before its time.
    CHECK(queue.wait_result(third, 30s).result == "done");
    const Job stopped_by = queue.get_job(second);
    REQUIRE(stopped_by.attempts.size() == 1);
    CHECK(*queue.get_job(third).started_at - stopped_by.attempts[0].ended_at >= 700ms);
    CHECK_FALSE(queue.get_metrics().held_until.has_value());
    CHECK(worker.stop());
}
