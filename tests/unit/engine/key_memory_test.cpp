// What is remembered of keys and holds, for how long, and that it comes back and goes away as it should.
#include "support/engine_harness.h"

#include "engine/limits.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

constexpr DurationMs kHourMs = 3'600'000;

JobSpec keyed(const std::string& key) {
    JobSpec spec = job();
    spec.key = key;
    spec.keep_completed.count = 0;
    return spec;
}

void limit_keys(EngineHarness& harness, Limits limits) {
    QueueSettings settings;
    settings.key_limits = std::move(limits);
    REQUIRE(harness.engine().set_settings("q", std::move(settings)));
    harness.turn();
}

void run_one(EngineHarness& harness, const std::string& key) {
    harness.add("q", keyed(key));
    harness.complete("q", harness.take_one(harness.worker(), "q"));
}

std::size_t known_keys(EngineHarness& harness) {
    const auto keys = harness.engine().list_keys("q", "", 1'000);
    REQUIRE(keys);
    return keys->size();
}

}  // namespace

TEST_CASE("a key without jobs is forgotten when its past counts no more, whatever was set in between",
          "[engine][R15][R36]") {
    EngineHarness harness;
    limit_keys(harness, {0, {{1, 10'000}}});
    run_one(harness, "a");
    CHECK(known_keys(harness) == 1);
    SECTION("nothing") {}
    SECTION("other limits") { limit_keys(harness, {5, {{1, 10'000}}}); }
    SECTION("a pause that ended") {
        REQUIRE(harness.engine().pause({"q", "a"}));
        harness.turn();
        REQUIRE(harness.engine().resume({"q", "a"}));
        harness.turn();
    }
    SECTION("a hold") {
        REQUIRE(harness.engine().hold({"q", "a"}, 20'000));
        harness.turn();
    }
    harness.pass(20'000);
    CHECK(known_keys(harness) == 0);
    CHECK_FALSE(harness.engine().next_deadline() < harness.now() + 10'000);
}

TEST_CASE("a key that is used again before it is forgotten keeps its past", "[engine][R15]") {
    EngineHarness harness;
    limit_keys(harness, {0, {{1, 10'000}}});
    run_one(harness, "a");
    harness.pass(4'000);
    harness.add("q", keyed("a"));
    CHECK(harness.take(harness.worker(), "q").empty());
    harness.pass(6'100);
    CHECK(harness.take(harness.worker(), "q").size() == 1);
}

TEST_CASE("a key that is used again goes on when its rate allows it, not when its past is over",
          "[engine][R15]") {
    EngineHarness harness;
    limit_keys(harness, {0, {{2, 10'000}}});
    run_one(harness, "a");
    harness.pass(8'000);
    run_one(harness, "a");
    harness.pass(1'000);
    const auto worker = harness.worker();
    REQUIRE(harness.engine().take(worker, {{"q"}, 1, 60'000, 0, 7}));
    harness.turn();
    harness.add("q", keyed("a"));
    CHECK(harness.last().deliveries.empty());
    // The first start is ten seconds ago, the second is not.
    harness.pass(1'100);
    CHECK(harness.last().deliveries.size() == 1);
}

TEST_CASE("a held key whose jobs are all delayed is listed as held", "[engine][R15]") {
    EngineHarness harness;
    JobSpec spec = keyed("a");
    spec.delay_ms = kHourMs;
    harness.add("q", std::move(spec));
    REQUIRE(harness.engine().pause({"q", "a"}));
    QueueSettings settings;
    settings.keys["a"].weight = 5;
    REQUIRE(harness.engine().set_settings("q", std::move(settings)));
    harness.turn();
    const auto keys = harness.engine().list_keys("q", "", 10);
    REQUIRE(keys->size() == 1);
    CHECK(keys->front().is_closed);
    CHECK(keys->front().weight == 5);
}

TEST_CASE("a key without jobs is listed as open when its hold is over", "[engine][R15]") {
    EngineHarness harness;
    limit_keys(harness, {0, {{3, 10'000}}});
    run_one(harness, "a");
    REQUIRE(harness.engine().hold({"q", "a"}, 1'000));
    harness.turn();
    CHECK(harness.engine().list_keys("q", "", 10)->front().is_closed);
    harness.pass(2'000);
    REQUIRE(known_keys(harness) == 1);
    CHECK_FALSE(harness.engine().list_keys("q", "", 10)->front().is_closed);
    harness.pass(8'100);
    CHECK(known_keys(harness) == 0);
}

TEST_CASE("the number of keys whose past is kept has a bound, and the oldest past goes first",
          "[engine][R15][R36]") {
    EngineOptions options;
    options.epoch = Epoch{1};
    options.now_ms = EngineHarness::kStart;
    Engine engine(options);
    engine.recovery().finish();
    QueueSettings settings;
    settings.key_limits = {0, {{1, engine::kRateWindowMaxMs}}};
    REQUIRE(engine.set_settings("q", std::move(settings)));
    const auto worker = engine.open_session("worker", "").key;
    constexpr std::size_t kBatch = 1'000;
    std::uint64_t request = 0;
    const auto run_batch = [&](std::size_t first) {
        AddJobs command{"q", {}};
        for (std::size_t i = first; i < first + kBatch; ++i)
            command.jobs.push_back(keyed("k" + std::to_string(i)));
        REQUIRE(engine.add_jobs(std::move(command)));
        REQUIRE(engine.take(worker, {{"q"}, kBatch, 0, 0, ++request}));
        const Effects effects = engine.seal();
        REQUIRE(effects.deliveries.size() == 1);
        std::vector<FinishItem> items;
        for (const auto& granted : effects.deliveries[0].jobs)
            items.push_back({{"q", engine.job_id(granted.seq, "")}, granted.token, Complete{}});
        REQUIRE(items.size() == kBatch);
        REQUIRE(engine.finish(std::move(items)));
        engine.seal();
        options.now_ms += 1'000'000;
        engine.advance(options.now_ms);
    };
    run_batch(0);
    for (std::size_t first = kBatch; first <= engine::kIdleKeysMax; first += kBatch) run_batch(first);
    std::size_t known = 0;
    std::string after;
    for (auto page = engine.list_keys("q", after, 1'000); !page->empty();
         page = engine.list_keys("q", after, 1'000)) {
        known += page->size();
        after = page->back().key;
        for (const auto& key : *page) CHECK(std::stoul(key.key.substr(1)) >= kBatch);
    }
    CHECK(known <= engine::kIdleKeysMax);
    CHECK(known > 50 * kBatch);
    CHECK(engine.broken_invariants() == std::vector<std::string>{});
}

TEST_CASE("a job whose key cannot be held any more waits by itself", "[engine][R15][R36]") {
    EngineHarness harness;
    for (std::size_t i = 0; i < engine::kHeldKeysMax; ++i)
        REQUIRE(harness.engine().hold({"q", "k" + std::to_string(i)}, 600'000));
    const JobSeq seq = harness.add("q", keyed("limited"));
    const auto granted = harness.take_one(harness.worker(), "q");
    std::vector<FinishItem> items;
    items.push_back({{"q", harness.id(granted)}, granted.token, Release{}, 0, 30'000});
    auto again = items;
    CHECK(harness.engine().finish(std::move(items))->items[0].code == Code::Ok);
    harness.turn();
    CHECK(harness.state("q", seq) == JobState::Delayed);
    CHECK(harness.view("q", seq).attempts_made == 0);
    CHECK(harness.engine().finish(std::move(again))->items[0].code == Code::Ok);
    harness.pass(29'999);
    CHECK(harness.state("q", seq) == JobState::Delayed);
    harness.pass(1);
    CHECK(harness.state("q", seq) == JobState::Waiting);
}

TEST_CASE("a hold that is longer than a queue is kept for keeps the queue", "[engine][R15]") {
    EngineHarness harness;
    const std::string key = GENERATE("", "a");
    REQUIRE(harness.engine().hold({"q", key}, 60 * kHourMs));
    harness.turn();
    harness.pass(50 * kHourMs);
    harness.add("q", keyed("a"));
    CHECK(harness.take(harness.worker(), "q").empty());
    harness.restart(kHourMs);
    CHECK(harness.take(harness.worker(), "q").empty());
    harness.pass(9 * kHourMs);
    CHECK(harness.take(harness.worker(), "q").size() == 1);
}

TEST_CASE("attempts that are older than every window still take a key's slots after a restart",
          "[engine][R15][R34]") {
    EngineHarness harness;
    limit_keys(harness, {1, {}});
    harness.add("q", keyed("a"));
    const auto opened = harness.engine().open_session("worker", "");
    const auto held = harness.take_one(opened.key, "q", 20 * kHourMs);
    harness.pass(19 * kHourMs);
    CHECK(harness.beat("q", held).code == Code::Ok);
    harness.pass(19 * kHourMs);
    harness.add("q", keyed("a"));
    harness.restart();
    CHECK(harness.engine().list_keys("q", "", 10)->front().is_closed);
    CHECK(harness.take(harness.worker(), "q").empty());
    CHECK(harness.complete("q", held).code == Code::Ok);
    CHECK(harness.take(harness.worker(), "q").size() == 1);
}

TEST_CASE("a window of another length begins with what the longest one saw", "[engine][R15]") {
    EngineHarness harness;
    limit_keys(harness, {0, {{10, 1'000}, {10, 60'000}}});
    run_one(harness, "a");
    run_one(harness, "a");
    limit_keys(harness, {0, {{2, 30'000}}});
    harness.add("q", keyed("a"));
    CHECK(harness.take(harness.worker(), "q").empty());
    harness.pass(31'000);
    CHECK(harness.take(harness.worker(), "q").size() == 1);
}

TEST_CASE("what is refused, or ends a hold that is not there, makes no queue", "[engine][R15][R36]") {
    EngineHarness harness;
    CHECK(harness.engine().resume({"q", ""})->changed == 0);
    QueueSettings settings;
    settings.defaults[""].on_failure_queue = "dead";
    settings.limits.rates = {{0, 1}};
    CHECK(harness.engine().set_settings("q", std::move(settings)).code() == Code::InvalidArgument);
    CHECK(harness.engine().queue_count() == 0);
    CHECK(harness.engine().is_quiet());
}

TEST_CASE("controls of a queue are written when they change, not with its numbers", "[engine][R15]") {
    EngineHarness harness;
    limit_keys(harness, {5, {}});
    CHECK(harness.last().changes.controls.size() == 1);
    harness.add("q", keyed("a"));
    CHECK(harness.last().changes.queues.size() == 1);
    CHECK(harness.last().changes.controls.empty());
    REQUIRE(harness.engine().pause({"q", "a"}));
    CHECK(harness.turn().changes.controls.size() == 1);
    harness.restart();
    CHECK(harness.take(harness.worker(), "q").empty());
    CHECK(harness.engine().queue_view("q")->controls.settings->key_limits.concurrency == 5);
}
