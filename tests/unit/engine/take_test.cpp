// Pulling jobs with a wait, and queues that are paused.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

const Delivery* answer_to(const Effects& effects, std::uint64_t request) {
    for (const auto& delivery : effects.deliveries)
        if (delivery.take_request == request) return &delivery;
    return nullptr;
}

}  // namespace

TEST_CASE("a take is answered with what is there, up to what it asked for", "[engine][R26a]") {
    EngineHarness harness;
    harness.add_all("q", {job(), job(), job()});
    CHECK(harness.take(harness.worker(), "q", 2).size() == 2);
    CHECK(harness.count("q", JobState::Waiting) == 1);
}

TEST_CASE("a take waits for a job and is answered once", "[engine][R26a]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    REQUIRE(harness.engine().take(worker, {{"q"}, 5, 10'000, 0, 77}));
    CHECK(answer_to(harness.turn(), 77) == nullptr);
    harness.pass(9'999);
    harness.add("q");
    REQUIRE(answer_to(harness.last(), 77));
    CHECK(answer_to(harness.last(), 77)->jobs.size() == 1);
    harness.add("q");
    CHECK(harness.last().deliveries.empty());
}

TEST_CASE("a take whose wait is over is answered with no jobs", "[engine][R26a]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    REQUIRE(harness.engine().take(worker, {{"q"}, 5, 1'000, 0, 77}));
    harness.turn();
    harness.pass(999);
    CHECK(answer_to(harness.last(), 77) == nullptr);
    harness.pass(1);
    REQUIRE(answer_to(harness.last(), 77));
    CHECK(answer_to(harness.last(), 77)->jobs.empty());
    harness.add("q");
    CHECK(harness.last().deliveries.empty());
}

TEST_CASE("a take over several queues gets one answer", "[engine][R26a]") {
    EngineHarness harness;
    harness.add("a");
    harness.add("b");
    const auto worker = harness.worker();
    REQUIRE(harness.engine().take(worker, {{"a", "b", "c"}, 9, 0, 0, 5}));
    harness.turn();
    REQUIRE(harness.last().deliveries.size() == 1);
    CHECK(harness.last().deliveries[0].jobs.size() == 2);
}

TEST_CASE("a take that asks for nothing or too much is refused", "[engine][R26a]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    CHECK(harness.engine().take(worker, {{"q"}, 0, 0, 0, 1}).code() == Code::InvalidArgument);
    CHECK(harness.engine().take(worker, {{"q"}, 1'001, 0, 0, 1}).code() == Code::InvalidArgument);
    CHECK(harness.engine().take(worker, {{"q"}, 1, -1, 0, 1}).code() == Code::InvalidArgument);
    CHECK(harness.engine().take(worker, {{"q"}, 1, kTakeWaitMaxMs + 1, 0, 1}).code() ==
          Code::InvalidArgument);
}

TEST_CASE("a take that ends in the turn in which its session changes connections answers neither",
          "[engine][R21][R26a]") {
    EngineHarness harness;
    const auto opened = harness.engine().open_session("worker", "");
    REQUIRE(harness.engine().take(opened.key, {{"q"}, 1, 1'000, 0, 77}));
    harness.turn();
    const bool has_job = GENERATE(false, true);
    const bool is_lost_first = has_job && GENERATE(false, true);  // Else the session would be over.
    if (has_job) REQUIRE(harness.engine().add_jobs({"q", {job()}}));
    harness.engine().advance(harness.now() + 1'000);
    if (is_lost_first) harness.engine().lose_session(opened.key);
    const auto resumed = harness.engine().open_session("worker", opened.id);
    REQUIRE(resumed.held.size() == (has_job ? 1 : 0));
    REQUIRE(harness.engine().take(resumed.key, {{"q"}, 1, 1'000, 0, 77}));
    CHECK(harness.turn().deliveries.empty());
    // The job is told of as a lease, and given back as one that was never heard of.
    if (has_job) {
        std::vector<FinishItem> items;
        items.push_back({resumed.held[0].job, resumed.held[0].token, Release{}});
        CHECK(harness.engine().finish(std::move(items))->changed == 1);
    } else {
        REQUIRE(harness.engine().add_jobs({"q", {job()}}));
    }
    harness.turn();
    REQUIRE(answer_to(harness.last(), 77));
    CHECK(answer_to(harness.last(), 77)->jobs.size() == 1);
}

TEST_CASE("a paused queue gives nothing out until it is resumed", "[engine][R15]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    REQUIRE(harness.engine().subscribe(worker, {1, {"q"}, 0}));
    harness.engine().grant(worker, 1, 10);
    CHECK(harness.engine().pause({"q", ""})->changed == 1);
    CHECK(harness.engine().pause({"q", ""})->changed == 0);
    const auto seq = harness.add("q");
    CHECK(harness.last().deliveries.empty());
    CHECK(harness.state("q", seq) == JobState::Waiting);
    CHECK(harness.engine().resume({"q", ""})->changed == 1);
    harness.turn();
    REQUIRE(harness.last().deliveries.size() == 1);
    CHECK(harness.last().deliveries[0].jobs[0].seq == seq);
}

TEST_CASE("jobs of a paused queue may still be finished", "[engine][R15]") {
    EngineHarness harness;
    harness.add("q");
    const auto held = harness.take_one(harness.worker(), "q");
    REQUIRE(harness.engine().pause({"q", ""}));
    CHECK(harness.complete("q", held).code == Code::Ok);
}

TEST_CASE("a pause holds over a restart", "[engine][R15][R34]") {
    EngineHarness harness;
    harness.add("q");
    REQUIRE(harness.engine().pause({"q", ""}));
    harness.turn();
    harness.restart();
    CHECK(harness.engine().queue_view("q")->controls.hold.is_paused);
    CHECK(harness.take(harness.worker(), "q").empty());
}
