// What the metrics of a queue say of its last minutes: counts, times, names, and the minutes one by one.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

QueueActivity activity(EngineHarness& harness, const ActivityQuery& query = {true, true, 120}) {
    const auto found = harness.engine().activity("q", query);
    REQUIRE(found);
    return *found;
}

const NameActivity* find_name(const QueueActivity& activity, const std::string& name) {
    for (const auto& entry : activity.by_name)
        if (entry.name == name) return &entry;
    return nullptr;
}

}  // namespace

TEST_CASE("adds, completions, failures and retries are counted per queue and per name",
          "[engine][history][R8]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    JobSpec failing = job("pdf");
    failing.attempts_max = 2;
    harness.add_all("q", {job("embed"), job("embed"), job("embed"), failing});
    harness.pass(1'000);
    for (int round = 0; round < 2; ++round)
        for (const auto& held : harness.take(worker, "q", 10)) {
            if (held.job_class->name == "pdf")
                harness.fail("q", held);
            else
                harness.complete("q", held);
        }
    const auto told = activity(harness);
    CHECK(told.since_ms == EngineHarness::kStart);
    CHECK(told.recent.happened.added == 4);
    CHECK(told.recent.happened.completed == 3);
    CHECK(told.recent.happened.failed == 1);
    CHECK(told.recent.happened.retried == 1);
    CHECK(told.recent.span_ms == 1'000);
    REQUIRE(told.by_name.size() == 2);
    CHECK(find_name(told, "embed")->recent.happened.completed == 3);
    CHECK(find_name(told, "embed")->total.added == 3);
    CHECK(find_name(told, "pdf")->total.failed == 1);
    CHECK(find_name(told, "pdf")->recent.happened.retried == 1);
    CHECK(find_name(told, "pdf")->recent.processing_time.count == 2);
}

TEST_CASE("time in queue runs from when a job could first run until it is given out",
          "[engine][history][R8]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    JobSpec spec = job();
    DurationMs waited_ms = 700;
    SECTION("a plain job") {}
    SECTION("a job at the head") { spec.lifo = true; }
    SECTION("a delayed job") {
        spec.delay_ms = 300;
        waited_ms = 400;
    }
    harness.add("q", spec);
    harness.pass(spec.delay_ms);
    harness.pass(700 - spec.delay_ms);
    const auto held = harness.take_one(worker, "q");
    harness.pass(50);
    // A return to its place and another start are no wait in the queue.
    harness.finish("q", held, Release{});
    harness.pass(5'000);
    const auto again = harness.take_one(worker, "q");
    harness.pass(40);
    harness.complete("q", again);
    const auto recent = activity(harness).recent;
    CHECK(recent.time_in_queue.count == 1);
    CHECK(recent.time_in_queue.average_ms == Approx(waited_ms));
    CHECK(recent.time_in_queue.max_ms == waited_ms);
    CHECK(recent.time_in_queue.p50_ms == Approx(waited_ms).epsilon(0.05));
    CHECK(recent.processing_time.count == 1);
    CHECK(recent.processing_time.average_ms == Approx(40));
}

TEST_CASE("a lifo job goes before earlier ones, also after a restart with the clock set back",
          "[engine][order][R3]") {
    EngineHarness harness;
    JobSpec spec = job("first");
    spec.lifo = true;
    harness.add("q", spec);
    harness.pass(10);
    spec.name = "second";
    harness.add("q", spec);
    harness.restart(-60'000);
    spec.name = "third";
    harness.add("q", spec);
    harness.add("q", job("last"));
    CHECK(harness.drain_names(harness.worker(), "q") ==
          std::vector<std::string>{"third", "second", "first", "last"});
}

TEST_CASE("percentiles of a queue are those of its jobs, within five percent", "[engine][history][R8]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    std::vector<DurationMs> exact;
    for (DurationMs i = 1; i <= 200; ++i) {
        harness.add("q");
        const auto held = harness.take_one(worker, "q");
        harness.pass(i * 20);
        REQUIRE(harness.complete("q", held).code == Code::Ok);
        exact.push_back(i * 20);
    }
    const auto told = activity(harness);
    // All that ended within the last five minutes, the running one among them.
    const std::size_t count = told.recent.processing_time.count;
    REQUIRE(count > 50);
    REQUIRE(count < 200);
    const std::vector<DurationMs> newest(exact.end() - static_cast<std::ptrdiff_t>(count), exact.end());
    CHECK(told.recent.processing_time.p50_ms == Approx(newest[(count + 1) / 2 - 1]).epsilon(0.05));
    CHECK(told.recent.processing_time.p99_ms == Approx(newest[(count * 99 + 99) / 100 - 1]).epsilon(0.05));
    CHECK(told.recent.processing_time.max_ms == 4'000);
    std::uint64_t of_minutes = 0;
    for (const auto& minute : told.history) of_minutes += minute.processing_time.count;
    CHECK(of_minutes == 200);
}

TEST_CASE("minutes are told one by one, and the oldest go after two hours", "[engine][history][R8][R36]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    for (int minute = 0; minute < 300; ++minute) {
        for (int i = 0; i <= minute % 3; ++i) harness.add("q");
        for (const auto& held : harness.take(worker, "q", 10)) {
            harness.pass(20);
            harness.complete("q", held);
        }
        const auto told = activity(harness, {false, false, 120});
        REQUIRE(told.history.size() == static_cast<std::size_t>(std::min(minute + 1, 120)));
        const auto& newest = told.history.back();
        REQUIRE(newest.happened.added == static_cast<std::uint64_t>(minute % 3 + 1));
        REQUIRE(newest.happened.completed == newest.happened.added);
        REQUIRE(newest.begin_ms == harness.now() / 60'000 * 60'000);
        REQUIRE(told.history.front().happened.added ==
                static_cast<std::uint64_t>(std::max(0, minute - 119) % 3 + 1));
        for (std::size_t i = 1; i < told.history.size(); ++i)
            REQUIRE(told.history[i].begin_ms == told.history[i - 1].begin_ms + 60'000);
        harness.pass(60'000 - harness.now() % 60'000);
    }
    const auto some = activity(harness, {false, false, 10});
    CHECK(some.history.size() == 9);  // The running minute is empty.
    const auto old = activity(harness, {false, false, 120}).history.front();
    CHECK(old.processing_time.count == old.happened.completed);
    CHECK(old.processing_time.p50_ms >= 19);
}

TEST_CASE("five idle minutes leave nothing recent, and the minutes before are still told",
          "[engine][history][R8]") {
    EngineHarness harness;
    harness.add("q");
    harness.pass(6 * 60'000);
    const auto told = activity(harness);
    CHECK(told.recent.happened.added == 0);
    CHECK(told.recent.span_ms > 4 * 60'000);
    CHECK(told.recent.span_ms <= 5 * 60'000);
    REQUIRE(told.history.size() == 1);
    CHECK(told.history.front().happened.added == 1);
}

TEST_CASE("the history begins anew with each boot, totals go on", "[engine][history][R8]") {
    EngineHarness harness;
    harness.add("q");
    harness.pass(1'000);
    harness.restart(2'000);
    CHECK(activity(harness).since_ms == 0);
    CHECK(harness.engine().queue_view("q")->record.added_total == 1);
    const auto held = harness.take_one(harness.worker(), "q");
    CHECK(activity(harness).since_ms == harness.now());
    CHECK(activity(harness).recent.happened.added == 0);
    // It could first run before the restart.
    CHECK(activity(harness).recent.time_in_queue.max_ms == 3'000);
    CHECK(harness.complete("q", held).code == Code::Ok);
    CHECK(activity(harness).recent.happened.completed == 1);
}

TEST_CASE("the oldest waiting job is told for the queue and for each name", "[engine][history][R8]") {
    EngineHarness harness;
    CHECK(harness.engine().activity("q", {}).error().code == Code::NotFound);
    harness.add("q", job("a"));
    harness.pass(500);
    harness.add("q", job("b"));
    harness.pass(500);
    const auto told = activity(harness);
    CHECK(told.oldest_waiting_ms == EngineHarness::kStart);
    CHECK(find_name(told, "a")->oldest_waiting_ms == EngineHarness::kStart);
    CHECK(find_name(told, "b")->oldest_waiting_ms == EngineHarness::kStart + 500);
    harness.take_one(harness.worker(), "q");
    CHECK(activity(harness).oldest_waiting_ms == EngineHarness::kStart + 500);
    CHECK(find_name(activity(harness), "a")->oldest_waiting_ms == 0);
}

TEST_CASE("more minutes than are kept are refused with the bound", "[engine][history][R8]") {
    EngineHarness harness;
    harness.add("q");
    const auto refused = harness.engine().activity("q", {true, false, 121});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::InvalidArgument);
    CHECK(refused.error().detail == "history_minutes: 121 is not in 0..120");
}

TEST_CASE("a queue made under the name of a forgotten one has a history of its own",
          "[engine][history][R8]") {
    EngineHarness harness;
    JobSpec spec = job();
    spec.keep_completed = {0, {}};
    harness.add("q", spec);
    harness.complete("q", harness.take_one(harness.worker(), "q"));
    harness.pass(2 * kQueueForgottenAfterMs);
    REQUIRE_FALSE(harness.engine().queue_view("q"));
    harness.add("q", spec);
    const auto told = activity(harness);
    CHECK(told.since_ms == harness.now());
    REQUIRE(told.by_name.size() == 1);
    CHECK(told.by_name.front().total.added == 1);
}
