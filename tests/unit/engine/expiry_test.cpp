// Attempts that run for too long and jobs that wait for too long.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

JobSpec with_timeout(DurationMs timeout_ms, std::uint32_t attempts_max) {
    JobSpec spec = job();
    spec.timeout_ms = timeout_ms;
    spec.attempts_max = attempts_max;
    return spec;
}

JobSpec with_ttl(DurationMs ttl_ms) {
    JobSpec spec = job();
    spec.ttl_ms = ttl_ms;
    return spec;
}

}  // namespace

TEST_CASE("a timeout ends the lease, tells the worker and counts a failed attempt",
          "[engine][R16]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto seq = harness.add("q", with_timeout(500, 2));
    const auto held = harness.take_one(worker, "q");
    harness.pass(499);
    CHECK(harness.state("q", seq) == JobState::Active);
    harness.pass(1);
    CHECK(harness.state("q", seq) == JobState::Waiting);
    CHECK(harness.view("q", seq).attempts_made == 1);
    REQUIRE(harness.last().notices.size() == 1);
    CHECK(harness.last().notices[0].kind == NoticeKind::TimedOut);
    CHECK(harness.last().notices[0].token == held.token);
    CHECK(harness.last().notices[0].session == worker);
    CHECK(harness.complete("q", held).code == Code::StaleLease);
    CHECK(harness.fail("q", held).code == Code::StaleLease);
    harness.take_one(worker, "q");
    harness.pass(500);
    CHECK(harness.state("q", seq) == JobState::Failed);
    CHECK(harness.view("q", seq).failure_kind == FailureKind::Timeout);
}

TEST_CASE("heartbeats do not move a timeout", "[engine][R16]") {
    EngineHarness harness;
    const auto seq = harness.add("q", with_timeout(500, 1));
    const auto held = harness.take_one(harness.worker(), "q");
    harness.pass(400);
    CHECK(harness.beat("q", held).code == Code::Ok);
    harness.pass(100);
    CHECK(harness.state("q", seq) == JobState::Failed);
}

TEST_CASE("a job finished in time is never timed out", "[engine][R16]") {
    EngineHarness harness;
    const auto seq = harness.add("q", with_timeout(500, 1));
    CHECK(harness.complete("q", harness.take_one(harness.worker(), "q")).code == Code::Ok);
    harness.pass(10'000);
    CHECK(harness.state("q", seq) == JobState::Completed);
    CHECK(harness.last().notices.empty());
}

TEST_CASE("a job not started within its ttl expires", "[engine][R16]") {
    EngineHarness harness;
    const auto seq = harness.add("q", with_ttl(1'000));
    harness.pass(999);
    CHECK(harness.state("q", seq) == JobState::Waiting);
    harness.pass(1);
    const auto view = harness.view("q", seq);
    CHECK(view.state == JobState::Failed);
    CHECK(view.failure_kind == FailureKind::Expired);
    CHECK(view.attempts_made == 0);
    REQUIRE(harness.last().ended.size() == 1);
    CHECK(harness.last().ended[0].failure_kind == FailureKind::Expired);
}

TEST_CASE("a ttl counts from when the job could first run", "[engine][R16]") {
    EngineHarness harness;
    JobSpec spec = with_ttl(1'000);
    spec.delay_ms = 5'000;
    const auto seq = harness.add("q", spec);
    harness.pass(5'999);
    CHECK(harness.state("q", seq) == JobState::Waiting);
    harness.pass(1);
    CHECK(harness.state("q", seq) == JobState::Failed);
}

TEST_CASE("a job that was started once has no ttl any more", "[engine][R16]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto seq = harness.add("q", with_ttl(1'000));
    harness.pass(900);
    harness.finish("q", harness.take_one(worker, "q"), Release{});
    harness.pass(60'000);
    CHECK(harness.state("q", seq) == JobState::Waiting);
}

TEST_CASE("a ttl goes on over a restart, also for a job at the head", "[engine][R16][R34]") {
    EngineHarness harness;
    const auto plain = harness.add("q", with_ttl(1'000));
    JobSpec head = with_ttl(1'000);
    head.lifo = true;
    const auto lifo = harness.add("q", head);
    harness.restart(999);
    harness.pass(0);
    CHECK(harness.state("q", plain) == JobState::Waiting);
    CHECK(harness.state("q", lifo) == JobState::Waiting);
    harness.pass(1);
    CHECK(harness.state("q", plain) == JobState::Failed);
    CHECK(harness.state("q", lifo) == JobState::Failed);
}

TEST_CASE("an expired job is not given out even when its expiry is still to be done",
          "[engine][R16][R36]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    for (int i = 0; i < 3; ++i) harness.add_all("q", std::vector<JobSpec>(1'000, with_ttl(1'000)));
    REQUIRE(harness.engine().subscribe(worker, {1, {"q"}, 0}));
    CHECK(harness.engine().advance(harness.now() + 1'000));
    harness.engine().grant(worker, 1, 10);
    harness.turn();
    CHECK(harness.last().deliveries.empty());
    CHECK(harness.count("q", JobState::Active) == 0);
}

TEST_CASE("timeouts go on over a restart", "[engine][R16][R34]") {
    EngineHarness harness;
    const auto seq = harness.add("q", with_timeout(2'000, 1));
    harness.take_one(harness.worker(), "q");
    harness.restart(1'500);
    harness.pass(499);
    CHECK(harness.state("q", seq) == JobState::Active);
    harness.pass(1);
    CHECK(harness.state("q", seq) == JobState::Failed);
}

namespace {

// A subscription whose worker says when its handlers begin, with room for 10 jobs.
SessionKey telling_worker(EngineHarness& harness) {
    const auto worker = harness.worker();
    REQUIRE(harness.engine().subscribe(worker, {1, {"q"}, 10'000, true}));
    harness.engine().grant(worker, 1, 10);
    return worker;
}

Granted next_granted(EngineHarness& harness) {
    harness.turn();
    REQUIRE(harness.last().deliveries.size() == 1);
    REQUIRE(harness.last().deliveries[0].jobs.size() == 1);
    return harness.last().deliveries[0].jobs[0];
}

Code tell_start(EngineHarness& harness, const Granted& granted) {
    std::vector<BeatItem> items;
    items.push_back({{"q", harness.id(granted)}, granted.token, {}, true});
    const auto answer = harness.engine().beat(std::move(items));
    REQUIRE(answer);
    harness.turn();
    return answer->items.front().code;
}

JobSeq add_unsealed(EngineHarness& harness, JobSpec spec) {
    std::vector<JobSpec> specs;
    specs.push_back(std::move(spec));
    const auto answer = harness.engine().add_jobs({"q", std::move(specs)});
    REQUIRE(answer);
    return answer->first_seq;
}

}  // namespace

TEST_CASE("where a worker tells it, a timeout runs from the handler's start", "[engine][R16][R18]") {
    EngineHarness harness;
    telling_worker(harness);
    const auto seq = add_unsealed(harness, with_timeout(500, 1));
    const auto held = next_granted(harness);
    harness.pass(5'000);
    CHECK(harness.state("q", seq) == JobState::Active);
    CHECK(tell_start(harness, held) == Code::Ok);
    CHECK(harness.view("q", seq).started_ms == harness.now());
    harness.pass(400);
    CHECK(tell_start(harness, held) == Code::Ok);  // Again: the first time counts.
    harness.pass(99);
    CHECK(harness.state("q", seq) == JobState::Active);
    harness.pass(1);
    CHECK(harness.state("q", seq) == JobState::Failed);
    CHECK(harness.view("q", seq).failure_kind == FailureKind::Timeout);
    CHECK(tell_start(harness, held) == Code::StaleLease);
}

TEST_CASE("a job whose start is never told still has its lease", "[engine][R16][R21]") {
    EngineHarness harness;
    telling_worker(harness);
    const auto seq = add_unsealed(harness, with_timeout(500, 1));
    next_granted(harness);
    harness.pass(9'999);
    CHECK(harness.state("q", seq) == JobState::Active);
    CHECK(harness.view("q", seq).stalls == 0);
    harness.pass(1);
    CHECK(harness.view("q", seq).stalls == 1);
    CHECK(harness.view("q", seq).attempts_made == 0);
}

TEST_CASE("after a restart a start is told again and the timeout runs from there", "[engine][R16][R34]") {
    EngineHarness harness;
    telling_worker(harness);
    const auto seq = add_unsealed(harness, with_timeout(500, 1));
    const auto held = next_granted(harness);
    CHECK(tell_start(harness, held) == Code::Ok);
    harness.restart(3'000);
    harness.pass(1'000);
    CHECK(harness.state("q", seq) == JobState::Active);
    CHECK(tell_start(harness, held) == Code::Ok);
    harness.pass(499);
    CHECK(harness.state("q", seq) == JobState::Active);
    harness.pass(1);
    CHECK(harness.state("q", seq) == JobState::Failed);
}

TEST_CASE("starts that are told change nothing of other jobs", "[engine][R16]") {
    EngineHarness harness;
    const auto seq = harness.add("q", with_timeout(500, 1));
    const auto held = harness.take_one(harness.worker(), "q");
    harness.pass(300);
    CHECK(tell_start(harness, held) == Code::Ok);
    harness.pass(200);
    CHECK(harness.state("q", seq) == JobState::Failed);
}
