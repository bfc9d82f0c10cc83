// Parents and children: who waits for whom, and what follows from each end.
#include "flow_harness.h"

using namespace swarmq;
using namespace swarmq::engine;
using namespace swarmq::test;

TEST_CASE("a parent runs when all of its children have completed, and their results stay with it",
          "[engine][flow][R13]") {
    Flows flows;
    const auto jobs = flows.family({OnChildFailure::None, OnChildFailure::None});
    CHECK(flows.state("p", jobs[0]) == kWaitingChildren);
    CHECK(flows.count("p", kWaitingChildren) == 1);
    CHECK(flows.take(flows.workers, "p").empty());

    flows.complete("c", flows.next("c"), "one");
    CHECK(flows.state("p", jobs[0]) == kWaitingChildren);
    CHECK(flows.counts("p", jobs[0]).pending == 1);
    flows.complete("c", flows.next("c"), "two");
    CHECK(flows.state("p", jobs[0]) == JobState::Waiting);

    const auto parent = flows.next("p");
    CHECK(parent.seq == jobs[0]);
    CHECK(parent.children_ended == 2);
    CHECK(parent.children_pending == 0);
    CHECK(flows.outcomes(jobs[0]) == Texts{"completed one", "completed two"});
    CHECK(flows.complete("p", parent).code == Code::Ok);
    CHECK(flows.state("p", jobs[0]) == JobState::Completed);
}

TEST_CASE("a child that fails for good fails its parent, and so on upwards",
          "[engine][flow][R13]") {
    Flows flows;
    const auto jobs = flows.add({flows.in("a", "top"), flows.in("b", "middle", 0),
                                 flows.in("c", "bottom", 1), flows.in("c", "other", 1)});
    flows.fail("c", flows.next("c"), "no such file");
    CHECK(flows.state("b", jobs[1]) == JobState::Failed);
    CHECK(flows.view("b", jobs[1]).failure_kind == FailureKind::Dependency);
    CHECK(flows.reason(jobs[1]) == "child \"" + flows.id(jobs[2]) + "\" of queue \"c\" failed");
    CHECK(flows.state("a", jobs[0]) == JobState::Failed);
    CHECK(flows.reason(jobs[0]) == "child \"" + flows.id(jobs[1]) + "\" of queue \"b\" failed");
    CHECK(flows.outcomes(jobs[1]) == Texts{"failed no such file"});
    CHECK(flows.state("c", jobs[3]) == JobState::Waiting);  // It goes on by itself.
}

TEST_CASE("a child with continue-parent that fails lets its parent run at once",
          "[engine][flow][R13]") {
    Flows flows;
    const auto jobs = flows.family({OnChildFailure::ContinueParent, OnChildFailure::None});
    flows.fail("c", flows.next("c"), "broke");
    const auto parent = flows.next("p");
    CHECK(parent.children_ended == 1);
    CHECK(parent.children_pending == 1);
    CHECK(flows.outcomes(jobs[0]) == Texts{"failed broke"});
    // It has seen the failure: if it waits now, it waits for the other one.
    flows.finish("p", parent, WaitForChildren{});
    CHECK(flows.state("p", jobs[0]) == kWaitingChildren);
    flows.complete("c", flows.next("c"), "late");
    CHECK(flows.next("p").children_ended == 2);
}

TEST_CASE("a failed child that is ignored counts as ended, and a removed dependency as never there",
          "[engine][flow][R13]") {
    Flows flows;
    const auto policy = GENERATE(OnChildFailure::Ignore, OnChildFailure::RemoveDependency);
    const auto jobs = flows.family({policy, OnChildFailure::None});
    flows.fail("c", flows.next("c"), "broke");
    CHECK(flows.state("p", jobs[0]) == kWaitingChildren);
    flows.complete("c", flows.next("c"), "well");
    CHECK(flows.state("p", jobs[0]) == JobState::Waiting);
    const bool is_ignored = policy == OnChildFailure::Ignore;
    CHECK(flows.counts("p", jobs[0]).failed == (is_ignored ? 1 : 0));
    CHECK(flows.counts("p", jobs[0]).removed == (is_ignored ? 0 : 1));
    CHECK(flows.outcomes(jobs[0]) ==
          Texts{is_ignored ? "failed broke" : "removed broke", "completed well"});
}

TEST_CASE("however a child ends, its parent hears of it", "[engine][flow][R13]") {
    Flows flows;
    const auto end = GENERATE(0, 1, 2, 3, 4, 5, 6, 7);
    JobSpec spec = job("c");
    if (end == 2) spec.timeout_ms = 100;
    if (end == 3) spec.ttl_ms = 100;
    if (end == 4) spec.max_stalled = 0;
    if (end == 5) spec.keep_completed = {0, {}};
    if (end == 6) spec.keep_failed = {0, {}};
    const auto jobs =
        flows.add({flows.in("p", "p"), {"c", std::move(spec), 0, OnChildFailure::Ignore}});
    if (end == 0) flows.complete("c", flows.next("c"));
    if (end == 1) flows.fail("c", flows.next("c"));
    if (end == 2) flows.next("c");
    if (end == 2 || end == 3) flows.pass(101);
    if (end == 4) flows.take_one(flows.workers, "c", 1'000);
    if (end == 4) flows.pass(1'001);
    if (end == 5) flows.complete("c", flows.next("c"));
    if (end == 6) flows.fail("c", flows.next("c"));
    if (end == 7) REQUIRE(flows.engine().drain({"c", false, 0}));
    flows.turn();
    CHECK(flows.state("p", jobs[0]) == JobState::Waiting);
    const auto counts = flows.counts("p", jobs[0]);
    const bool is_completed = end == 0 || end == 5;
    CHECK(counts.completed == (is_completed ? 1 : 0));
    CHECK(counts.removed == (end == 7 ? 1 : 0));
    CHECK(counts.failed == (is_completed || end == 7 ? 0 : 1));
    CHECK(flows.outcomes(jobs[0]).size() == 1);
}

TEST_CASE("a child that someone removes is a dependency less", "[engine][flow][R9][R13]") {
    Flows flows;
    const auto jobs = flows.family({OnChildFailure::None});
    flows.next("c");
    flows.remove("c", jobs[1]);
    CHECK(flows.state("p", jobs[0]) == JobState::Waiting);
    CHECK(flows.outcomes(jobs[0]) == Texts{"removed "});
}

TEST_CASE("a parent's own delay, ttl, priority and lifo count from when it can run",
          "[engine][flow][R3][R4][R16][R13]") {
    Flows flows;
    JobSpec late = job("late");
    late.delay_ms = 10'000;
    late.ttl_ms = 500;
    JobSpec urgent = job("urgent");
    urgent.priority = 0;
    JobSpec first = job("first");
    first.lifo = true;
    flows.add({{"p", std::move(late), {}},
               flows.in("c", "c", 0),
               {"p", std::move(first), {}},
               flows.in("c", "c", 2),
               {"p", std::move(urgent), {}},
               flows.in("c", "c", 4)});
    flows.EngineHarness::add("p", job("plain"));
    for (int i = 0; i < 3; ++i) flows.complete("c", flows.next("c"));
    if (GENERATE(false, true)) flows.restart();
    CHECK(flows.count("p", JobState::Delayed) == 1);
    CHECK(flows.drain_names(flows.workers, "p") == Texts{"urgent", "first", "plain"});
    flows.pass(10'000);
    CHECK(flows.count("p", JobState::Waiting) == 1);
    flows.pass(500);
    CHECK(flows.count("p", JobState::Failed) == 1);  // Its ttl began with the end of its delay.
}

TEST_CASE("a delay that is over while the children run holds nobody up",
          "[engine][flow][R4][R13]") {
    Flows flows;
    JobSpec late = job("late");
    late.delay_ms = 1'000;
    const auto jobs = flows.add({{"p", std::move(late), {}}, flows.in("c", "c", 0)});
    flows.pass(2'000);
    CHECK(flows.state("p", jobs[0]) == kWaitingChildren);
    if (GENERATE(false, true)) flows.restart(500);
    flows.complete("c", flows.next("c"));
    CHECK(flows.state("p", jobs[0]) == JobState::Waiting);
}

TEST_CASE("a running job adds children, waits for them and sees how they ended, without an attempt",
          "[engine][flow][R13][R19]") {
    Flows flows;
    const auto seq = flows.EngineHarness::add("p", job("p"));
    auto parent = flows.next("p");
    flows.add({flows.in("c", "c0"), flows.in("c", "c1")}, flows.held("p", parent));
    CHECK(flows.counts("p", seq).pending == 2);
    CHECK(flows.finish("p", parent, WaitForChildren{}).code == Code::Ok);
    CHECK(flows.finish("p", parent, WaitForChildren{}).code == Code::Ok);  // The same answer again.
    CHECK(flows.finish("p", parent, Complete{}).code == Code::StaleLease);
    CHECK(flows.state("p", seq) == kWaitingChildren);
    flows.complete("c", flows.next("c"), "a");
    flows.complete("c", flows.next("c"), "b");
    parent = flows.next("p");
    CHECK(parent.attempt == 1);
    CHECK(parent.children_ended == 2);
    flows.add({flows.in("c", "c2")}, flows.held("p", parent));
    CHECK(flows.disk().find(seq)->children.rbegin()->first == 1);
    flows.finish("p", parent, WaitForChildren{});
    flows.complete("c", flows.next("c"), "c");
    CHECK(flows.outcomes(seq) == Texts{"completed a", "completed b", "completed c"});
    CHECK(flows.complete("p", flows.next("p")).code == Code::Ok);
}

TEST_CASE("a job that waits for children it does not have runs again at once",
          "[engine][flow][R19]") {
    Flows flows;
    const auto seq = flows.EngineHarness::add("p", job("p"));
    flows.finish("p", flows.next("p"), WaitForChildren{});
    CHECK(flows.state("p", seq) == JobState::Waiting);
    CHECK(flows.next("p").attempt == 1);
}

TEST_CASE("a child that failed while its parent ran decides when the parent says that it waits",
          "[engine][flow][R13]") {
    Flows flows;
    const auto seq = flows.EngineHarness::add("p", job("p"));
    const auto parent = flows.next("p");
    const auto policy = GENERATE(OnChildFailure::FailParent, OnChildFailure::ContinueParent);
    flows.add({flows.in("c", "c0", {}, policy), flows.in("c", "c1")}, flows.held("p", parent));
    flows.fail("c", flows.next("c"));
    CHECK(flows.state("p", seq) == JobState::Active);
    if (GENERATE(false, true)) {
        CHECK(flows.complete("p", parent).code == Code::Ok);  // It may do without.
        CHECK(flows.state("p", seq) == JobState::Completed);
        return;
    }
    flows.finish("p", parent, WaitForChildren{});
    const bool fails = policy == OnChildFailure::FailParent;
    CHECK(flows.state("p", seq) == (fails ? JobState::Failed : JobState::Waiting));
    CHECK(flows.view("p", seq).attempts_made == 0);
}

TEST_CASE("a failure at the bottom reaches the top of a deep flow in one turn",
          "[engine][flow][R13]") {
    Flows flows;
    std::vector<FlowJob> chain = {flows.in("q", "level")};
    for (std::uint32_t i = 1; i < 64; ++i) chain.push_back(flows.in("q", "level", i - 1));
    flows.add(std::move(chain));
    flows.fail("q", flows.next("q"));
    CHECK(flows.count("q", JobState::Failed) == 64);
}

TEST_CASE("retrying the child that failed its parent lets the parent wait again, up to the top",
          "[engine][flow][R13][R29]") {
    Flows flows;
    const auto jobs =
        flows.add({flows.in("a", "top"), flows.in("b", "middle", 0), flows.in("c", "bottom", 1)});
    flows.fail("c", flows.next("c"));
    CHECK(flows.state("a", jobs[0]) == JobState::Failed);
    if (GENERATE(false, true)) flows.restart();
    CHECK(flows.retry("c", jobs[2]).code == Code::Ok);
    CHECK(flows.state("c", jobs[2]) == JobState::Waiting);
    CHECK(flows.state("b", jobs[1]) == kWaitingChildren);
    CHECK(flows.state("a", jobs[0]) == kWaitingChildren);
    CHECK(flows.outcomes(jobs[1]).empty());
    flows.complete("c", flows.next("c"), "well");
    flows.complete("b", flows.next("b"));
    CHECK(flows.next("a").children_ended == 1);
    CHECK(flows.outcomes(jobs[1]) == Texts{"completed well"});
}

TEST_CASE("a parent waits again only when every child that failed it was retried",
          "[engine][flow][R13][R29]") {
    Flows flows;
    const auto jobs = flows.family({OnChildFailure::None, OnChildFailure::None});
    flows.fail("c", flows.next("c"));
    flows.fail("c", flows.next("c"));
    flows.retry("c", jobs[1]);
    CHECK(flows.state("p", jobs[0]) == JobState::Failed);
    if (GENERATE(false, true)) flows.restart();
    flows.retry("c", jobs[2]);
    CHECK(flows.state("p", jobs[0]) == kWaitingChildren);
    CHECK(flows.counts("p", jobs[0]).pending == 2);
}

TEST_CASE(
    "a failed parent that is retried waits for the children that are pending, and for no failed "
    "one",
    "[engine][flow][R13][R29]") {
    Flows flows;
    const auto jobs = flows.family({OnChildFailure::None, OnChildFailure::None});
    flows.fail("c", flows.next("c"));
    flows.retry("p", jobs[0]);
    CHECK(flows.state("p", jobs[0]) == kWaitingChildren);
    flows.complete("c", flows.next("c"));
    const auto parent = flows.next("p");
    CHECK(parent.children_ended == 2);
    flows.finish("p", parent, WaitForChildren{});  // The old failure is forgiven.
    CHECK(flows.state("p", jobs[0]) == JobState::Waiting);
}
