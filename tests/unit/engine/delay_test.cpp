// Delays, their order, and clocks that jump.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

JobSpec delayed(std::string name, DurationMs delay_ms) {
    JobSpec spec = job(std::move(name));
    spec.delay_ms = delay_ms;
    return spec;
}

JobSpec at_time(std::string name, TimeMs run_at_ms) {
    JobSpec spec = job(std::move(name));
    spec.run_at_ms = run_at_ms;
    return spec;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a delayed job is never given out early and at once when due", "[engine][R4]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto seq = harness.add("q", delayed("a", 1'000));
    CHECK(harness.state("q", seq) == JobState::Delayed);
    CHECK(harness.view("q", seq).due_ms == harness.now() + 1'000);
    CHECK(harness.engine().next_deadline() == harness.now() + 1'000);
    harness.pass(999);
    CHECK(harness.take(worker, "q").empty());
    harness.pass(1);
    CHECK(harness.take_one(worker, "q").seq == seq);
}

TEST_CASE("delayed jobs of one time keep their add order", "[engine][R4]") {
    EngineHarness harness;
    harness.add_all("q",
                    {delayed("a", 500), delayed("b", 400), delayed("c", 500), delayed("d", 400)});
    harness.pass(100);
    harness.add_all("q", {delayed("e", 300), delayed("f", 400)});
    harness.pass(1'000);
    CHECK(harness.drain_names(harness.worker(), "q") == Names{"b", "d", "e", "a", "c", "f"});
}

TEST_CASE("a thousand years of delay are accepted and a day more is refused", "[engine][R4]") {
    EngineHarness harness;
    const auto seq = harness.add("q", delayed("a", kDurationMaxMs));
    CHECK(harness.view("q", seq).due_ms == harness.now() + kDurationMaxMs);
    const auto refused = harness.engine().add_jobs({"q", {delayed("b", kDurationMaxMs + kDayMs)}});
    CHECK(refused.code() == Code::InvalidArgument);
}

TEST_CASE("run_at follows the wall clock when it jumps, delays do not", "[engine][R4]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    harness.add_all("q", {at_time("wall", harness.now() + 10'000), delayed("plain", 10'000)});
    harness.engine().set_wall_offset(6'000);
    harness.pass(3'999);
    CHECK(harness.drain_names(worker, "q").empty());
    harness.pass(1);
    CHECK(harness.drain_names(worker, "q") == Names{"wall"});
    harness.pass(6'000);
    CHECK(harness.drain_names(worker, "q") == Names{"plain"});
}

TEST_CASE("a wall clock set back holds run_at back", "[engine][R4]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    harness.add("q", at_time("wall", harness.now() + 1'000));
    harness.engine().set_wall_offset(-500);
    harness.pass(1'499);
    CHECK(harness.drain_names(worker, "q").empty());
    harness.pass(1);
    CHECK(harness.drain_names(worker, "q") == Names{"wall"});
}

TEST_CASE("run_at in the past runs now", "[engine][R4]") {
    EngineHarness harness;
    const auto seq = harness.add("q", at_time("a", harness.now() - 5));
    CHECK(harness.state("q", seq) == JobState::Waiting);
}

TEST_CASE("promoted jobs run now, others named are refused by item", "[engine][R17a]") {
    EngineHarness harness;
    const auto late = harness.add("q", delayed("late", 60'000));
    const auto now = harness.add("q", job("now"));
    const auto answer = harness.engine().promote_jobs(
        {"q", {harness.id(late), harness.id(now), "nothing"}, false, 0});
    REQUIRE(answer);
    CHECK(answer->changed == 1);
    CHECK(answer->items[0].code == Code::Ok);
    CHECK(answer->items[1].code == Code::WrongState);
    CHECK(answer->items[2].code == Code::NotFound);
    harness.turn();
    CHECK(harness.state("q", late) == JobState::Waiting);
}

TEST_CASE("a delay passes while the broker is down", "[engine][R4][R34]") {
    EngineHarness harness;
    harness.add_all("q", {delayed("b", 2'000), delayed("a", 1'000), delayed("c", 9'000)});
    harness.restart(5'000);
    harness.pass(0);
    CHECK(harness.drain_names(harness.worker(), "q") == Names{"a", "b"});
    CHECK(harness.count("q", JobState::Delayed) == 1);
}

TEST_CASE("a clock set back over a restart makes no delay longer than it was",
          "[engine][R4][R34]") {
    EngineHarness harness;
    const auto seq = harness.add("q", delayed("a", 1'000));
    harness.restart(-50'000);
    CHECK(harness.view("q", seq).due_ms == harness.now() + 1'000);
}

TEST_CASE("with times that are cut off a delay ends a step later, over restarts too, and so never early",
          "[engine][R4][R5][R34]") {
    EngineHarness harness(kQueuesMax, nullptr, 1);
    const auto worker = harness.worker();
    JobSpec retried = job("retried");
    retried.attempts_max = 2;
    retried.backoff = {BackoffType::Fixed, 1'000, 0, 0.0};
    harness.add("q", std::move(retried));
    const auto put_off = harness.add("q", job("put-off"));
    harness.fail("q", harness.take_one(worker, "q"));
    harness.finish("q", harness.take_one(worker, "q"), Delay{1'000});
    harness.add_all("q", {delayed("added", 1'000), at_time("wall", harness.now() + 1'000)});
    CHECK(harness.view("q", put_off).due_ms == harness.now() + 1'001);
    // Recovery bounds what is left of a delay by the whole of it, which has the step, too.
    harness.restart();
    CHECK(harness.view("q", put_off).due_ms == harness.now() + 1'001);
    harness.pass(1'000);
    CHECK(harness.drain_names(harness.worker(), "q") == Names{"wall"});
    harness.pass(1);
    CHECK(harness.drain_names(harness.worker(), "q") == Names{"retried", "put-off", "added"});
}
