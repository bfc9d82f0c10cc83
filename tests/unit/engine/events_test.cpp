// What those who watch are told: one event for each change of a job, and nothing where nobody watches.
#include "support/engine_harness.h"

#include <algorithm>

using namespace swarmq;
using namespace swarmq::test;

namespace {

using Kinds = std::vector<EventKind>;

Kinds kinds(const Effects& effects) {
    Kinds told;
    for (const Event& event : effects.events) told.push_back(event.kind);
    return told;
}

// The only event of that kind in the turn; an empty one when there is none or more.
Event only(const Effects& effects, EventKind kind) {
    const auto is_it = [&](const Event& event) { return event.kind == kind; };
    if (std::count_if(effects.events.begin(), effects.events.end(), is_it) != 1) return {};
    return *std::find_if(effects.events.begin(), effects.events.end(), is_it);
}

// A harness with somebody who watches "q", and a worker.
struct Watching {
    EngineHarness harness;
    SessionKey worker = harness.worker("w1");
    Watching() { REQUIRE(harness.engine().watch("q")); }
};

}  // namespace

TEST_CASE("nothing is collected of a queue that nobody watches", "[engine][events][R11]") {
    EngineHarness harness;
    REQUIRE(harness.engine().watch("other"));
    harness.add("q");
    CHECK(harness.last().events.empty());
    const auto granted = harness.take_one(harness.worker(), "q");
    CHECK(harness.last().events.empty());
    harness.complete("q", granted);
    CHECK(harness.last().events.empty());
    harness.engine().unwatch("other");
    harness.add("other");
    CHECK(harness.last().events.empty());
}

TEST_CASE("a job's way is told in order: added, active, completed", "[engine][events][R11]") {
    Watching it;
    const auto seq = it.harness.add("q", job("resize"));
    const Event added = only(it.harness.last(), EventKind::Added);
    CHECK(added.id == it.harness.id(seq));
    CHECK(added.seq == seq);
    CHECK(added.queue == "q");
    CHECK(added.name == "resize");
    CHECK(added.delay_ms == 0);
    CHECK(added.at_ms == it.harness.now());
    const auto granted = it.harness.take_one(it.worker, "q");
    CHECK(kinds(it.harness.last()) == Kinds{EventKind::Active, EventKind::Drained});
    CHECK(it.harness.last().events[0].attempt == 1);
    CHECK(it.harness.last().events[0].worker == "w1");
    it.harness.complete("q", granted, "result");
    CHECK(kinds(it.harness.last()) == Kinds{EventKind::Completed});
    CHECK(it.harness.last().events[0].attempt == 1);
    CHECK(it.harness.last().events[0].text.empty());
}

TEST_CASE("a delayed job is added with its delay, and tells when it waits", "[engine][events][R11]") {
    Watching it;
    JobSpec spec = job();
    spec.delay_ms = 500;
    it.harness.add("q", spec);
    CHECK(kinds(it.harness.last()) == Kinds{EventKind::Added});
    CHECK(it.harness.last().events[0].delay_ms == 500);
    it.harness.pass(499);
    CHECK(it.harness.last().events.empty());
    it.harness.pass(1);
    CHECK(kinds(it.harness.last()) == Kinds{EventKind::Waiting});
}

TEST_CASE("failures tell of the retry, then of the end, with kind and reason",
          "[engine][events][R11]") {
    Watching it;
    JobSpec spec = job();
    spec.attempts_max = 2;
    spec.backoff = {BackoffType::Fixed, 1'000, 0, 0};
    it.harness.add("q", spec);
    const std::string reason = std::string(255, 'x') + "\xc3\xa4 and more";
    it.harness.fail("q", it.harness.take_one(it.worker, "q"), reason);
    const Event retrying = only(it.harness.last(), EventKind::Retrying);
    CHECK(retrying.attempt == 1);
    CHECK(retrying.delay_ms == 1'000);
    CHECK(retrying.failure_kind == FailureKind::Error);
    CHECK(retrying.text == std::string(255, 'x'));
    CHECK(kinds(it.harness.last()) == Kinds{EventKind::Retrying});
    it.harness.pass(1'000);
    CHECK(kinds(it.harness.last()) == Kinds{EventKind::Waiting});
    it.harness.fail("q", it.harness.take_one(it.worker, "q"), "broke");
    const Event failed = only(it.harness.last(), EventKind::Failed);
    CHECK(failed.attempt == 2);
    CHECK(failed.text == "broke");
    CHECK(it.harness.last().events.size() == 1);
}

TEST_CASE("a lost worker, a timeout and an end of the ttl are told apart", "[engine][events][R11]") {
    Watching it;
    JobSpec spec = job();
    spec.attempts_max = 2;
    spec.timeout_ms = 1'000;
    spec.ttl_ms = 60'000;
    it.harness.add("q", spec);
    it.harness.take_one(it.worker, "q");
    it.harness.pass(1'000);
    CHECK(only(it.harness.last(), EventKind::Retrying).failure_kind == FailureKind::Timeout);

    it.harness.add("q", job("stalls"));
    it.harness.take(it.worker, "q", 2, 1'500);
    it.harness.pass(1'000);  // The other one times out for good.
    CHECK(only(it.harness.last(), EventKind::Failed).failure_kind == FailureKind::Timeout);
    it.harness.pass(500);
    CHECK(kinds(it.harness.last()) == Kinds{EventKind::Stalled});
    it.harness.take_one(it.worker, "q", 1'000);
    it.harness.pass(1'000);
    CHECK(kinds(it.harness.last()) == Kinds{EventKind::Failed});
    CHECK(it.harness.last().events[0].failure_kind == FailureKind::Stalled);

    spec.ttl_ms = 10;
    it.harness.add("q", spec);
    it.harness.pass(10);
    CHECK(kinds(it.harness.last()) == Kinds{EventKind::Failed, EventKind::Drained});
    CHECK(it.harness.last().events[0].failure_kind == FailureKind::Expired);
}

TEST_CASE("what a handler says is told: progress, delay, release, hold", "[engine][events][R11]") {
    Watching it;
    it.harness.add("q");
    auto granted = it.harness.take_one(it.worker, "q");
    it.harness.beat("q", granted, "42");
    CHECK(kinds(it.harness.last()) == Kinds{EventKind::Progress});
    CHECK(it.harness.last().events[0].text == "42");
    it.harness.beat("q", granted);
    CHECK(it.harness.last().events.empty());
    it.harness.finish("q", granted, Release{});
    CHECK(kinds(it.harness.last()) == Kinds{EventKind::Waiting});
    granted = it.harness.take_one(it.worker, "q");
    it.harness.finish("q", granted, Delay{700});
    CHECK(kinds(it.harness.last()) == Kinds{EventKind::Delayed});
    CHECK(it.harness.last().events[0].delay_ms == 700);
    it.harness.pass(700);
    granted = it.harness.take_one(it.worker, "q");
    std::vector<FinishItem> items;
    items.push_back({{"q", it.harness.id(granted)}, granted.token, Release{}, 9'000, 0});
    REQUIRE(it.harness.engine().finish(std::move(items)));
    it.harness.turn();
    CHECK(kinds(it.harness.last()) == Kinds{EventKind::Held, EventKind::Waiting});
    CHECK(it.harness.last().events[0].delay_ms == 9'000);
    CHECK(it.harness.last().events[0].id.empty());
}

TEST_CASE("a worker that says goodbye gives its jobs back, and that is told", "[engine][events][R11]") {
    Watching it;
    it.harness.add("q");
    it.harness.take_one(it.worker, "q");
    it.harness.engine().close_session(it.worker);
    it.harness.turn();
    CHECK(kinds(it.harness.last()) == Kinds{EventKind::Waiting});
}

TEST_CASE("what operators do is told: pause, hold, resume, retry, promote, remove",
          "[engine][events][R11]") {
    Watching it;
    Engine& engine = it.harness.engine();
    REQUIRE(engine.pause({"q", ""}));
    REQUIRE(engine.pause({"q", ""}));
    REQUIRE(engine.hold({"q", "tenant"}, 5'000));
    REQUIRE(engine.resume({"q", "tenant"}));
    REQUIRE(engine.resume({"q", ""}));
    it.harness.turn();
    CHECK(kinds(it.harness.last()) ==
          Kinds{EventKind::Paused, EventKind::Held, EventKind::Resumed, EventKind::Resumed});
    CHECK(it.harness.last().events[1].text == "tenant");
    CHECK(it.harness.last().events[3].text.empty());

    const auto failed = it.harness.add("q");
    it.harness.fail("q", it.harness.take_one(it.worker, "q"));
    REQUIRE(engine.retry_jobs({"q", {it.harness.id(failed)}, false, 0}));
    it.harness.turn();
    CHECK(kinds(it.harness.last()) == Kinds{EventKind::Retried});
    JobSpec spec = job();
    spec.delay_ms = 60'000;
    const auto delayed = it.harness.add("q", spec);
    REQUIRE(engine.promote_jobs({"q", {it.harness.id(delayed)}, false, 0}));
    it.harness.turn();
    CHECK(kinds(it.harness.last()) == Kinds{EventKind::Promoted});
    REQUIRE(engine.remove_jobs("q", {it.harness.id(failed), it.harness.id(delayed)}));
    it.harness.turn();
    CHECK(kinds(it.harness.last()) ==
          Kinds{EventKind::Removed, EventKind::Removed, EventKind::Drained});
}

TEST_CASE("a queue has drained once its last waiting job is given out, and once only",
          "[engine][events][R11]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    harness.add_all("q", {job("a"), job("b")});
    REQUIRE(harness.engine().watch("q"));
    const auto first = harness.take_one(worker, "q");
    CHECK(kinds(harness.last()) == Kinds{EventKind::Active});
    const auto second = harness.take_one(worker, "q");
    CHECK(kinds(harness.last()) == Kinds{EventKind::Active, EventKind::Drained});
    harness.complete("q", first);
    harness.complete("q", second);
    CHECK(kinds(harness.last()) == Kinds{EventKind::Completed});
    JobSpec delayed = job();
    delayed.delay_ms = 1'000;
    harness.add("q", delayed);
    harness.add("q");
    harness.take_one(worker, "q");
    CHECK(kinds(harness.last()) == Kinds{EventKind::Active});  // One is delayed yet.
}

TEST_CASE("a queue that ran empty while nobody watched does not drain when all are watched",
          "[engine][events][R11]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    harness.add("q");
    REQUIRE(harness.engine().watch("q"));
    harness.engine().unwatch("q");
    const auto granted = harness.take_one(worker, "q");
    REQUIRE(harness.engine().watch(""));
    harness.beat("q", granted, "42");
    CHECK(kinds(harness.last()) == Kinds{EventKind::Progress});
}

TEST_CASE("who watches all queues hears of those that are made later", "[engine][events][R11]") {
    EngineHarness harness;
    REQUIRE(harness.engine().watch("later"));
    REQUIRE(harness.engine().watch(""));
    harness.add("a");
    CHECK(harness.last().events.size() == 1);
    harness.engine().unwatch("");
    harness.add("a");
    CHECK(harness.last().events.empty());
    harness.add("later");
    CHECK(harness.last().events.size() == 1);
}

TEST_CASE("a dead letter is told in its own queue", "[engine][events][R11]") {
    EngineHarness harness;
    REQUIRE(harness.engine().watch("dead"));
    JobSpec spec = job();
    spec.on_failure_queue = "dead";
    harness.add("q", spec);
    harness.fail("q", harness.take_one(harness.worker(), "q"));
    CHECK(kinds(harness.last()) == Kinds{EventKind::Added});
    CHECK(harness.last().events[0].queue == "dead");
}

TEST_CASE("names of queues to watch are checked, and their number has a bound",
          "[engine][events][R11][R36]") {
    EngineHarness harness;
    const auto bad = harness.engine().watch("no spaces");
    REQUIRE_FALSE(bad);
    CHECK(bad.error().code == Code::InvalidArgument);
    for (std::size_t i = 0; i < kWatchedQueuesMax; ++i)
        REQUIRE(harness.engine().watch("q" + std::to_string(i)));
    CHECK(harness.engine().watch("q1"));
    const auto refused = harness.engine().watch("more");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::MemoryLimit);
    harness.engine().unwatch("q1");
    CHECK(harness.engine().watch("more"));
}
