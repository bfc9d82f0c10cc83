// A queue goes with everything in it, step by step and over restarts.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

void fill(EngineHarness& harness, SessionKey worker) {
    JobSpec late = job();
    late.delay_ms = 60'000;
    JobSpec keyed = job();
    keyed.key = "tenant";
    harness.add_all("q", {job(), job(), job()});
    harness.complete("q", harness.take_one(worker, "q"));
    harness.fail("q", harness.take_one(worker, "q"));
    harness.add_all("q", {late, keyed});
    Repeat hourly;
    hourly.every_ms = 3'600'000;
    REQUIRE(harness.engine().upsert_scheduler({"q", "hourly", hourly, job()}));
    QueueSettings settings;
    settings.waiting_max = 50;
    settings.limits.rates = {{10, 1'000}};
    REQUIRE(harness.engine().set_settings("q", settings));
    REQUIRE(harness.engine().pause({"q", "tenant"}));
    harness.turn();
}

bool has_queue(EngineHarness& harness, const std::string& name = "q") {
    return harness.engine().queue_view(name).ok();
}

}  // namespace

TEST_CASE("an obliterated queue is gone with all it had, and its name begins anew",
          "[engine][R28]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    fill(harness, worker);
    const auto answer = harness.engine().obliterate({"q", false, 0});
    REQUIRE(answer);
    CHECK(answer->changed == 6);
    CHECK_FALSE(answer->more);
    harness.turn();
    CHECK_FALSE(has_queue(harness));
    CHECK(harness.engine().obliterate({"q", false, 0}).code() == Code::NotFound);
    harness.restart();
    CHECK_FALSE(has_queue(harness));
    CHECK(harness.engine().job_count() == 0);
    // Nothing of what it was comes back.
    harness.pass(2 * 86'400'000);
    harness.add("q");
    const auto view = harness.engine().queue_view("q");
    REQUIRE(view);
    CHECK(view->record.added_total == 1);
    CHECK(view->record.completed_total == 0);
    CHECK_FALSE(view->controls.settings);
    CHECK(harness.take(harness.worker(), "q").size() == 1);
}

TEST_CASE("a queue is obliterated in bounded steps, paused from the first on, over a restart",
          "[engine][R28]") {
    EngineHarness harness;
    harness.add_all("q", std::vector<JobSpec>(7, job()));
    auto answer = harness.engine().obliterate({"q", false, 3});
    REQUIRE(answer);
    CHECK(answer->changed == 3);
    CHECK(answer->more);
    harness.turn();
    CHECK(harness.engine().queue_view("q")->controls.hold.is_paused);
    CHECK(harness.take(harness.worker(), "q").empty());
    harness.restart();
    CHECK(harness.engine().queue_view("q")->controls.hold.is_paused);
    CHECK(harness.count("q", JobState::Waiting) == 4);
    CHECK(harness.engine().obliterate({"q", false, 3})->more);
    harness.turn();
    answer = harness.engine().obliterate({"q", false, 3});
    CHECK(answer->changed == 1);
    CHECK_FALSE(answer->more);
    harness.turn();
    CHECK_FALSE(has_queue(harness));
    CHECK(harness.engine().obliterate({"q", false, 1'001}).code() == Code::InvalidArgument);
}

TEST_CASE("active jobs hold an obliteration up until it is forced; then their worker is told",
          "[engine][R28][R9]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    harness.add_all("q", {job(), job()});
    const auto held = harness.take_one(worker, "q");
    CHECK(harness.engine().obliterate({"q", false, 0}).code() == Code::WrongState);
    harness.turn();
    CHECK_FALSE(harness.engine().queue_view("q")->controls.hold.is_paused);
    CHECK(harness.count("q", JobState::Waiting) == 1);
    CHECK(harness.engine().obliterate({"q", true, 0})->changed == 2);
    harness.turn();
    REQUIRE(harness.last().notices.size() == 1);
    CHECK(harness.last().notices[0].kind == NoticeKind::Cancelled);
    // The notice leaves later than the queue went, and still says which one it was.
    CHECK(harness.engine().queue_name(harness.last().notices[0].queue) == "q");
    CHECK(harness.complete("q", held).code == Code::NotFound);
    CHECK_FALSE(has_queue(harness));
}

TEST_CASE(
    "an obliterated queue that workers take from, or dead letters go to, stays as if it were new",
    "[engine][R28]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    fill(harness, worker);
    REQUIRE(harness.engine().subscribe(worker, {1, {"q"}, 0}));
    harness.engine().grant(worker, 1, 10);
    harness.turn();
    REQUIRE(harness.engine().obliterate({"q", true, 0}));
    harness.turn();
    auto view = harness.engine().queue_view("q");
    REQUIRE(view);
    CHECK(view->record.added_total == 0);
    CHECK(view->record.failed_total == 0);
    CHECK(view->record.created_ms == harness.now());
    CHECK(view->controls.says_nothing());
    CHECK(harness.engine().list_keys("q", "", 10)->empty());
    harness.add("q");
    CHECK(harness.last().deliveries.size() == 1);

    JobSpec feeds = job();
    feeds.on_failure_queue = "letters";
    harness.add("other", feeds);
    harness.add("letters");
    REQUIRE(harness.engine().obliterate({"letters", false, 0}));
    harness.turn();
    harness.restart();
    view = harness.engine().queue_view("letters");
    REQUIRE(view);
    CHECK(view->record.added_total == 0);
}

TEST_CASE("a queue whose own settings name it goes, and those they name stay no longer for them",
          "[engine][R28]") {
    EngineHarness harness;
    QueueSettings settings;
    settings.defaults[""].on_failure_queue = "q";
    settings.defaults["other"].on_failure_queue = "letters";
    REQUIRE(harness.engine().set_settings("q", settings));
    harness.turn();
    REQUIRE(harness.engine().obliterate({"q", false, 0}));
    harness.turn();
    CHECK_FALSE(has_queue(harness));
    REQUIRE(harness.engine().obliterate({"letters", false, 0}));
    harness.turn();
    CHECK_FALSE(has_queue(harness, "letters"));
}
