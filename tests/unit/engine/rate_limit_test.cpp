// Concurrency, rates, pauses and holds of queues and keys.
#include "support/engine_harness.h"

#include <random>

#include "engine/limits.h"
#include "engine/rate_window.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

JobSpec keyed(const std::string& key) {
    JobSpec spec = job();
    spec.key = key;
    return spec;
}

void add(EngineHarness& harness, const std::string& key, std::size_t count) {
    std::vector<JobSpec> specs;
    for (; count > 0; --count) specs.push_back(keyed(key));
    harness.add_all("q", std::move(specs));
}

void set(EngineHarness& harness, QueueSettings settings) {
    REQUIRE(harness.engine().set_settings("q", std::move(settings)));
    harness.turn();
}

QueueSettings with_limits(Limits limits, Limits key_limits = {}) {
    QueueSettings settings;
    settings.limits = std::move(limits);
    settings.key_limits = std::move(key_limits);
    return settings;
}

// A worker with credit for whatever comes.
SessionKey greedy_worker(EngineHarness& harness) {
    const auto worker = harness.worker();
    REQUIRE(harness.engine().subscribe(worker, {1, {"q"}, 86'400'000}));
    harness.engine().grant(worker, 1, 1'000'000);
    return worker;
}

std::vector<Granted> given(const Effects& effects) {
    std::vector<Granted> jobs;
    for (const auto& delivery : effects.deliveries)
        jobs.insert(jobs.end(), delivery.jobs.begin(), delivery.jobs.end());
    return jobs;
}

}  // namespace

TEST_CASE("a queue's concurrency holds over all workers, and a free slot is used at once",
          "[engine][R15]") {
    EngineHarness harness;
    set(harness, with_limits({3, {}}));
    add(harness, "", 10);
    greedy_worker(harness);
    greedy_worker(harness);
    const auto first = given(harness.turn());
    CHECK(first.size() == 3);
    harness.complete("q", first[0]);
    CHECK(given(harness.last()).size() == 1);
    CHECK(harness.count("q", JobState::Active) == 3);
    SECTION("more room is used at once") {
        set(harness, with_limits({5, {}}));
        CHECK(harness.count("q", JobState::Active) == 5);
    }
    SECTION("less room takes nothing away") {
        set(harness, with_limits({1, {}}));
        CHECK(harness.count("q", JobState::Active) == 3);
        harness.complete("q", first[1]);
        CHECK(harness.count("q", JobState::Active) == 2);
    }
}

TEST_CASE("slots come back however a lease ends", "[engine][R15][R21]") {
    EngineHarness harness;
    set(harness, with_limits({}, {1, {}}));
    JobSpec spec = keyed("a");
    spec.attempts_max = 10;
    spec.max_stalled = 10;
    spec.timeout_ms = 5'000;
    harness.add("q", spec);
    const auto worker = harness.worker();
    const auto held = harness.take_one(worker, "q", 60'000);
    harness.add("q", keyed("a"));
    CHECK(harness.take(harness.worker(), "q").empty());
    SECTION("completed") { harness.complete("q", held); }
    SECTION("failed") { harness.fail("q", held); }
    SECTION("released") { harness.finish("q", held, Release{}); }
    SECTION("delayed") { harness.finish("q", held, engine::Delay{1'000'000}); }
    SECTION("removed") {
        REQUIRE(harness.engine().remove_jobs("q", {harness.id(held)}));
        harness.turn();
    }
    SECTION("timed out") { harness.pass(5'000); }
    SECTION("its worker said goodbye") {
        harness.engine().close_session(worker);
        harness.turn();
    }
    SECTION("its worker was lost") {
        harness.engine().lose_session(worker);
        harness.pass(1'000);
    }
    SECTION("its worker was lost while the broker was down") {
        harness.restart(3'000);
        CHECK(harness.take(harness.worker(), "q").empty());
        harness.pass(60'000);
    }
    CHECK(harness.take(harness.worker(), "q").size() == 1);
}

TEST_CASE("a key's concurrency does not hold up other keys, nor jobs without one", "[engine][R15]") {
    EngineHarness harness;
    QueueSettings settings = with_limits({}, {2, {}});
    settings.keys["vip"] = {1, Limits{4, {}}};
    set(harness, settings);
    for (const char* key : {"a", "b", "vip", ""}) add(harness, key, 6);
    greedy_worker(harness);
    std::map<std::string, int> by_key;
    for (const auto& granted : given(harness.turn())) ++by_key[granted.job_class->key];
    CHECK(by_key == std::map<std::string, int>{{"a", 2}, {"b", 2}, {"vip", 4}, {"", 6}});
}

TEST_CASE("several rates hold at once, and their windows slide", "[engine][R15]") {
    EngineHarness harness;
    set(harness, with_limits({0, {{5, 100}, {8, 1'000}}}));
    add(harness, "", 40);
    greedy_worker(harness);
    std::vector<TimeMs> starts;
    harness.turn();
    for (int step = 0; step < 3'000; ++step) {
        for (std::size_t i = given(harness.last()).size(); i > 0; --i) starts.push_back(harness.now());
        harness.pass(1);
    }
    const auto most_within = [&](DurationMs length_ms) {
        std::size_t most = 0;
        for (std::size_t from = 0, to = 0; to < starts.size(); ++to) {
            while (starts[from] + length_ms <= starts[to]) ++from;
            most = std::max(most, to - from + 1);
        }
        return most;
    };
    CHECK(most_within(100) == 5);
    CHECK(most_within(1'000) == 8);
    // Steps of a window cost no more than a few starts.
    CHECK(starts.size() >= 22);
}

TEST_CASE("a rate counts attempts of jobs that are stored over a restart", "[engine][R15][R34]") {
    EngineHarness harness;
    set(harness, with_limits({}, {0, {{2, 10'000}}}));
    add(harness, "a", 5);
    const auto worker = harness.worker();
    harness.complete("q", harness.take_one(worker, "q"));
    harness.pass(4'000);
    harness.take_one(worker, "q");
    harness.restart();
    CHECK(harness.take(harness.worker(), "q").empty());
    harness.pass(6'100);
    CHECK(harness.take(harness.worker(), "q", 5).size() == 1);
}

TEST_CASE("a rate that is full is looked at again when it has room, by itself", "[engine][R15]") {
    EngineHarness harness;
    set(harness, with_limits({}, {0, {{1, 200}}}));
    add(harness, "a", 3);
    greedy_worker(harness);
    CHECK(given(harness.turn()).size() == 1);
    const auto deadline = harness.engine().next_deadline();
    REQUIRE(deadline);
    CHECK(*deadline == harness.now() + 200);
    harness.pass(199);
    CHECK(given(harness.last()).empty());
    harness.pass(1);
    CHECK(given(harness.last()).size() == 1);
}

TEST_CASE("a key whose last job goes in the turn in which it may be forgotten is forgotten once",
          "[engine][R15]") {
    EngineHarness harness;
    set(harness, with_limits({}, {0, {{1, 100}}}));
    JobSpec spec = keyed("a");
    spec.keep_completed.count = 0;
    harness.add("q", spec);
    harness.add("q", keyed("b"));
    const auto worker = harness.worker();
    const auto jobs = harness.take(worker, "q", 2);
    REQUIRE(jobs.size() == 2);
    const auto& of_a = jobs[0].job_class->key == "a" ? jobs[0] : jobs[1];
    std::vector<FinishItem> items;
    items.push_back({{"q", harness.id(of_a)}, of_a.token, Complete{}});
    REQUIRE(harness.engine().finish(std::move(items)));
    harness.pass(100);
    const auto keys = harness.engine().list_keys("q", "", 10);
    REQUIRE(keys);
    REQUIRE(keys->size() == 1);
    CHECK(keys->front().key == "b");
}

TEST_CASE("a paused key waits, over restarts too, until it is resumed", "[engine][R15]") {
    EngineHarness harness;
    add(harness, "a", 2);
    add(harness, "b", 1);
    CHECK(harness.engine().pause({"q", "a"})->changed == 1);
    CHECK(harness.engine().pause({"q", "a"})->changed == 0);
    harness.turn();
    harness.restart();
    auto jobs = harness.take(harness.worker(), "q", 10);
    REQUIRE(jobs.size() == 1);
    CHECK(jobs[0].job_class->key == "b");
    CHECK(harness.engine().list_keys("q", "", 10)->front().hold.is_paused);
    greedy_worker(harness);
    CHECK(given(harness.turn()).empty());
    CHECK(harness.engine().resume({"q", "a"})->changed == 1);
    CHECK(given(harness.turn()).size() == 2);
}

TEST_CASE("a hold ends by itself, and a shorter one does not shorten it", "[engine][R15]") {
    EngineHarness harness;
    const std::string key = GENERATE("", "a");
    add(harness, "a", 1);
    greedy_worker(harness);
    CHECK(harness.engine().hold({"q", key}, 10'000)->changed == 1);
    CHECK(harness.engine().hold({"q", key}, 5'000)->changed == 0);
    CHECK(given(harness.turn()).empty());
    SECTION("here") {
        harness.pass(9'999);
        CHECK(given(harness.last()).empty());
        harness.pass(1);
        CHECK(given(harness.last()).size() == 1);
    }
    SECTION("after a restart") {
        harness.restart(4'000);
        CHECK(harness.take(harness.worker(), "q").empty());
        harness.pass(6'000);
        CHECK(harness.take(harness.worker(), "q").size() == 1);
    }
    SECTION("after a restart with a clock that was set back") {
        harness.restart(-3'600'000);
        harness.pass(10'000);
        CHECK(harness.take(harness.worker(), "q").size() == 1);
    }
    SECTION("by a resume") {
        REQUIRE(harness.engine().resume({"q", key}));
        CHECK(given(harness.turn()).size() == 1);
    }
}

TEST_CASE("a handler that met a 429 holds its key or its queue with its answer", "[engine][R15][R19]") {
    EngineHarness harness;
    add(harness, "a", 2);
    add(harness, "b", 1);
    const auto worker = harness.worker();
    const auto held = harness.take_one(worker, "q");
    REQUIRE(held.job_class->key == "a");
    std::vector<FinishItem> items;
    items.push_back({{"q", harness.id(held)}, held.token, Release{}, 0, 30'000});
    SECTION("its key") {
        REQUIRE(harness.engine().finish(std::move(items)));
        harness.turn();
        CHECK(harness.view("q", held.seq).attempts_made == 0);
        const auto others = harness.take(worker, "q", 5, 600'000);
        REQUIRE(others.size() == 1);
        CHECK(others[0].job_class->key == "b");
        harness.pass(30'000);
        CHECK(harness.take(worker, "q", 5).size() == 2);
    }
    SECTION("the queue") {
        std::swap(items[0].hold_queue_ms, items[0].hold_key_ms);
        REQUIRE(harness.engine().finish(std::move(items)));
        harness.turn();
        CHECK(harness.take(worker, "q", 5).empty());
        harness.pass(30'000);
        CHECK(harness.take(worker, "q", 5).size() == 3);
    }
    SECTION("not with a stale answer") {
        items[0].token = LeaseToken{1};
        REQUIRE(harness.engine().finish(std::move(items)));
        harness.turn();
        CHECK(harness.take(worker, "q", 5).size() == 2);
    }
    SECTION("not for longer than may be") {
        items[0].hold_key_ms = engine::kHoldMaxMs + 1;
        CHECK(harness.engine().finish(std::move(items))->items[0].code == Code::InvalidArgument);
    }
}

TEST_CASE("limits that make no sense are refused in words", "[engine][R15]") {
    EngineHarness harness;
    const auto refusal = [&](const QueueSettings& settings) {
        const auto done = harness.engine().set_settings("q", settings);
        return done ? std::string() : done.error().detail;
    };
    CHECK(refusal(with_limits({0, {{0, 1'000}}})) ==
          "limits.rates[0].jobs: 0 is not in 1..1000000000");
    CHECK(refusal(with_limits({}, {0, {{1, 0}}})) ==
          "key_limits.rates[0].per_ms: 0 is not in 1..86400000");
    CHECK(refusal(with_limits({0, {{1, 10}, {2, 10}}})) ==
          "limits.rates[1].per_ms: 10 is given twice; give each window one rate");
    QueueSettings settings;
    settings.keys["a"].weight = 0;
    CHECK(refusal(settings) == "keys[\"a\"].weight: 0 is not in 1..1000");
    settings = {};
    settings.keys["a b"].weight = 1;
    CHECK_FALSE(refusal(settings).empty());
    CHECK(harness.engine().pause({"q", "a b"}).code() == Code::InvalidArgument);
    CHECK(harness.engine().hold({"q", ""}, engine::kHoldMaxMs + 1).code() == Code::InvalidArgument);
}

TEST_CASE("the number of held keys has a bound", "[engine][R15][R36]") {
    EngineHarness harness;
    for (std::size_t i = 0; i < engine::kHeldKeysMax; ++i)
        REQUIRE(harness.engine().hold({"q", "k" + std::to_string(i)}, 1'000));
    CHECK(harness.engine().pause({"q", "one-more"}).code() == Code::TooLarge);
    harness.pass(1'000);
    CHECK(harness.engine().pause({"q", "one-more"}));
    harness.turn();
}

TEST_CASE("a window never lets more through than its rate, and not much less", "[engine][R15]") {
    std::mt19937 random(5);
    for (const DurationMs length_ms : {1, 7, 100, 1'000, 60'000}) {
        const std::uint64_t jobs = 1 + random() % 50;
        engine::RateWindow window({jobs, length_ms});
        std::vector<TimeMs> starts;
        TimeMs now_ms = 1'000'000;
        const TimeMs end_ms = now_ms + 20 * length_ms;
        while (now_ms < end_ms) {
            const TimeMs free_ms = window.free_at(now_ms);
            if (free_ms > now_ms) {
                now_ms = free_ms;
                CHECK(window.free_at(now_ms) <= now_ms);
                continue;
            }
            window.note(now_ms);
            starts.push_back(now_ms);
            if (length_ms >= 1'000 && random() % 3 == 0) now_ms += static_cast<DurationMs>(random() % 5);
        }
        for (std::size_t i = jobs; i < starts.size(); ++i)
            REQUIRE(starts[i] - starts[i - jobs] >= length_ms);
        CHECK(starts.size() >= jobs * 17);
    }
}
