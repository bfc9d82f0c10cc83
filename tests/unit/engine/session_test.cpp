// Workers that come, go, and come back.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

TEST_CASE("a lost connection returns its jobs after its grace, as stalled", "[engine][R21]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto seq = harness.add("q");
    harness.take_one(worker, "q");
    harness.engine().lose_session(worker);
    harness.pass(kSessionGraceMs - 1);
    CHECK(harness.state("q", seq) == JobState::Active);
    harness.pass(1);
    CHECK(harness.state("q", seq) == JobState::Waiting);
    CHECK(harness.view("q", seq).stalls == 1);
}

TEST_CASE("a goodbye returns its jobs at once and counts nothing", "[engine][R23]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    harness.add_all("q", {job("a"), job("b"), job("c")});
    const auto held = harness.take(worker, "q", 2);
    harness.engine().close_session(worker);
    harness.turn();
    for (const auto& granted : held) {
        CHECK(harness.view("q", granted.seq).stalls == 0);
        CHECK(harness.view("q", granted.seq).attempts_made == 0);
        CHECK(harness.complete("q", granted).code == Code::StaleLease);
    }
    CHECK(harness.drain_names(harness.worker(), "q") == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("a goodbye of a session whose connection was lost returns its jobs", "[engine][R23]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    harness.add_all("q", {job(), job()});
    CHECK(harness.take(worker, "q", 2).size() == 2);
    harness.engine().lose_session(worker);
    harness.engine().close_session(worker);
    harness.turn();
    CHECK(harness.count("q", JobState::Waiting) == 2);
    harness.pass(60'000);
    CHECK(harness.engine().queue_view("q")->record.stalled_total == 0);
}

TEST_CASE("a session that resumes within its grace keeps its leases in full", "[engine][R21]") {
    EngineHarness harness;
    const auto opened = harness.engine().open_session("worker", "");
    harness.add_all("q", {job(), job()});
    const auto held = harness.take(opened.key, "q", 2, 2'000);
    harness.pass(1'500);
    harness.engine().lose_session(opened.key);
    harness.pass(400);
    const auto resumed = harness.engine().open_session("worker", opened.id);
    CHECK(resumed.was_resumed);
    CHECK_FALSE(resumed.was_connected);
    CHECK(resumed.key == opened.key);
    REQUIRE(resumed.held.size() == 2);
    CHECK(resumed.held[0].token == held[0].token);
    CHECK(resumed.held[1].token == held[1].token);
    CHECK(resumed.held[1].job.queue == "q");
    CHECK_FALSE(resumed.held[1].job.id.empty());
    harness.pass(1'999);
    CHECK(harness.count("q", JobState::Active) == 2);
    CHECK(harness.complete("q", held[0]).code == Code::Ok);
    harness.pass(1);
    CHECK(harness.count("q", JobState::Waiting) == 1);
}

TEST_CASE("a session that resumes too late is a new one", "[engine][R21]") {
    EngineHarness harness;
    const auto opened = harness.engine().open_session("worker", "");
    harness.add("q");
    harness.take_one(opened.key, "q");
    harness.engine().lose_session(opened.key);
    harness.pass(kSessionGraceMs);
    const auto second = harness.engine().open_session("worker", opened.id);
    CHECK_FALSE(second.was_resumed);
    CHECK(second.id != opened.id);
    CHECK(second.held.empty());
}

TEST_CASE("a second connection takes a session over from the first", "[engine][R21]") {
    EngineHarness harness;
    const auto opened = harness.engine().open_session("worker", "");
    REQUIRE(harness.engine().subscribe(opened.key, {1, {"q"}, 0}));
    harness.engine().grant(opened.key, 1, 10);
    const auto resumed = harness.engine().open_session("worker", opened.id);
    CHECK(resumed.was_resumed);
    CHECK(resumed.was_connected);
    harness.add("q");
    CHECK(harness.last().deliveries.empty());  // The old subscription went with the old connection.
}

TEST_CASE("live workers attach again after a restart, with no redelivery", "[engine][R21][R34]") {
    EngineHarness harness;
    const auto opened = harness.engine().open_session("worker", "");
    const auto seq = harness.add("q");
    const auto held = harness.take_one(opened.key, "q");
    harness.restart(20'000);
    CHECK(harness.state("q", seq) == JobState::Active);
    const auto resumed = harness.engine().open_session("worker", opened.id);
    CHECK(resumed.was_resumed);
    REQUIRE(resumed.held.size() == 1);
    CHECK(resumed.held[0].token == held.token);
    harness.pass(20'000);
    CHECK(harness.complete("q", held, "done").code == Code::Ok);
    CHECK(harness.state("q", seq) == JobState::Completed);
}

TEST_CASE("a worker that does not come back after a restart loses its leases",
          "[engine][R21][R34]") {
    EngineHarness harness;
    const auto seq = harness.add("q");
    harness.take_one(harness.worker(), "q", 5'000);
    harness.restart(100'000);
    harness.pass(4'999);
    CHECK(harness.state("q", seq) == JobState::Active);
    harness.pass(1);
    CHECK(harness.state("q", seq) == JobState::Waiting);
    CHECK(harness.view("q", seq).stalls == 1);
}

TEST_CASE("a lost session's subscriptions get nothing more", "[engine][R21]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    REQUIRE(harness.engine().subscribe(worker, {1, {"q"}, 0}));
    harness.engine().grant(worker, 1, 5);
    harness.engine().lose_session(worker);
    const auto seq = harness.add("q");
    CHECK(harness.last().deliveries.empty());
    CHECK(harness.state("q", seq) == JobState::Waiting);
}

TEST_CASE("a quiet worker takes no more and may finish what it has", "[engine][R23]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    REQUIRE(harness.engine().subscribe(worker, {1, {"q"}, 0}));
    CHECK(harness.engine().subscribe(worker, {1, {"q"}, 0}).code() == Code::AlreadyExists);
    harness.engine().grant(worker, 1, 5);
    harness.add("q");
    REQUIRE(harness.last().deliveries.size() == 1);
    const auto held = harness.last().deliveries[0].jobs[0];
    REQUIRE(harness.engine().quiet(worker, 1));
    CHECK(harness.engine().quiet(worker, 1).code() == Code::NotFound);
    harness.add("q");
    CHECK(harness.last().deliveries.empty());
    CHECK(harness.complete("q", held).code == Code::Ok);
}

TEST_CASE("subscriptions with wrong queues or leases are refused in words", "[engine][R36]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto subscribe = [&](std::vector<std::string> queues, DurationMs lease_ms) {
        return harness.engine().subscribe(worker, {1, std::move(queues), lease_ms}).code();
    };
    CHECK(subscribe({}, 0) == Code::InvalidArgument);
    CHECK(subscribe({"q", "q"}, 0) == Code::InvalidArgument);
    CHECK(subscribe({"no spaces"}, 0) == Code::InvalidArgument);
    CHECK(subscribe({"q"}, kLeaseMinMs - 1) == Code::InvalidArgument);
    CHECK(subscribe({"q"}, kLeaseMaxMs + 1) == Code::InvalidArgument);
    CHECK(subscribe(std::vector<std::string>(kQueuesPerSubscriptionMax + 1, "q"), 0) ==
          Code::InvalidArgument);
    CHECK_FALSE(harness.engine().queue_view("q"));
}
