// What a shard does for itself: totals, queues that go, rows that are rewritten, storms in small
// steps.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

TEST_CASE("counters follow every state and totals outlive removals and restarts", "[engine][R8]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    JobSpec late = job();
    late.delay_ms = 1'000;
    JobSpec urgent = job();
    urgent.priority = 0;
    const auto seqs = harness.add_all("q", {job(), job(), late, urgent, job()});
    auto view = harness.engine().queue_view("q");
    CHECK(view->by_state[static_cast<std::size_t>(JobState::Waiting)] == 4);
    CHECK(view->by_state[static_cast<std::size_t>(JobState::Delayed)] == 1);
    const std::vector<std::pair<std::uint8_t, std::uint64_t>> by_priority{{0, 1}, {2, 3}};
    CHECK(view->waiting_by_priority == by_priority);
    const auto held = harness.take(worker, "q", 3);
    harness.complete("q", held[0]);
    harness.fail("q", held[1]);
    for (const auto state : {JobState::Waiting, JobState::Delayed, JobState::Active,
                             JobState::Completed, JobState::Failed})
        CHECK(harness.count("q", state) == 1);
    REQUIRE(harness.engine().remove_jobs("q", {harness.id(held[0]), harness.id(held[1])}));
    harness.turn();
    harness.restart();
    const auto record = harness.engine().queue_view("q")->record;
    CHECK(record.added_total == 5);
    CHECK(record.completed_total == 1);
    CHECK(record.failed_total == 1);
    CHECK(harness.count("q", JobState::Completed) == 0);
    CHECK(harness.count("q", JobState::Active) == 1);
}

TEST_CASE("an empty queue is forgotten after a day without use", "[engine][R36]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    JobSpec spec = job();
    spec.keep_completed = {0, {}};
    harness.add("q", spec);
    harness.pass(kQueueForgottenAfterMs);
    harness.complete("q", harness.take_one(worker, "q"));
    harness.pass(kQueueForgottenAfterMs - 1);
    CHECK(harness.engine().queue_view("q"));
    harness.pass(kQueueForgottenAfterMs);
    CHECK_FALSE(harness.engine().queue_view("q"));
    CHECK(harness.disk().queues().empty());
    harness.add("q");
    CHECK(harness.count("q", JobState::Waiting) == 1);
}

TEST_CASE("a queue with jobs, workers or a pause is not forgotten", "[engine][R36]") {
    EngineHarness harness;
    JobSpec spec = job();
    spec.keep_completed = {};
    harness.add("jobs", spec);
    REQUIRE(harness.engine().pause({"paused", ""}));
    REQUIRE(harness.engine().subscribe(harness.worker(), {1, {"worked"}, 0}));
    for (int day = 0; day < 5; ++day) harness.pass(kDayMs);
    CHECK(harness.engine().queue_views().size() == 3);
    harness.restart();
    for (int day = 0; day < 3; ++day) harness.pass(kDayMs);
    CHECK(harness.engine().queue_views().size() == 2);
}

TEST_CASE("a storm of due jobs is done in bounded steps and all of it", "[engine][R36]") {
    EngineHarness harness;
    JobSpec late = job();
    late.delay_ms = 1'000;
    for (int i = 0; i < 3; ++i) {
        harness.add_all("a", std::vector<JobSpec>(1'000, late));
        harness.add_all("b", std::vector<JobSpec>(1'000, late));
    }
    int steps = 1;
    while (harness.engine().advance(harness.now() + 1'000)) {
        harness.turn();
        ++steps;
        REQUIRE(steps < 100);
    }
    CHECK(steps >= 6);
    harness.pass(1'000);
    CHECK(harness.count("a", JobState::Waiting) == 3'000);
    CHECK(harness.count("b", JobState::Waiting) == 3'000);
}

TEST_CASE("rows of old turns are rewritten so that they do not pile up", "[engine][R36]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    JobSpec kept = job();
    kept.keep_completed = {};
    std::vector<JobSeq> old;
    for (int i = 0; i < 20; ++i) {
        old.push_back(harness.add("kept", kept));
        JobSpec gone = job();
        gone.keep_completed = {0, {}};
        harness.add_all("q", std::vector<JobSpec>(999, gone));
        REQUIRE(harness.engine().take(worker, {{"kept", "q"}, 1'000, 0, 0, 1}));
        const auto jobs = harness.turn().deliveries.at(0).jobs;
        std::vector<FinishItem> items;
        for (const auto& granted : jobs)
            items.push_back(
                {{harness.engine().queue_name(granted.job_class->queue), harness.id(granted)},
                 granted.token,
                 Complete{}});
        CHECK(harness.engine().finish(std::move(items))->changed == 1'000);
        harness.turn();
    }
    CHECK(harness.disk().turn_rows() <= 21);
    CHECK(harness.disk().statuses() <= 4 * 20 + 10'000 + 1'000);
    harness.restart();
    for (const auto seq : old) CHECK(harness.state("kept", seq) == JobState::Completed);
}

TEST_CASE("a quiet engine says so", "[engine][R36]") {
    EngineHarness harness;
    CHECK(harness.engine().is_quiet());
    std::vector<JobSpec> specs(1, job());
    REQUIRE(harness.engine().add_jobs({"q", std::move(specs)}));
    CHECK_FALSE(harness.engine().is_quiet());
    harness.turn();
    CHECK(harness.engine().is_quiet());
}
