// Who may answer for a job, and what happens to those who may not.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

std::uint64_t attempts_made(EngineHarness& harness, JobSeq seq) {
    return harness.view("q", seq).attempts_made;
}

}  // namespace

TEST_CASE("tokens only rise, over jobs, queues and restarts", "[engine][R22]") {
    EngineHarness harness;
    std::uint64_t last = 0;
    for (int boot = 0; boot < 3; ++boot) {
        const auto worker = harness.worker();
        for (const char* queue : {"a", "b"}) {
            harness.add(queue);
            const auto held = harness.take_one(worker, queue);
            CHECK(raw(held.token) > last);
            last = raw(held.token);
        }
        harness.restart();
    }
}

TEST_CASE("a late completion is refused and changes nothing", "[engine][lease][R22]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto seq = harness.add("q");
    const auto first = harness.take_one(worker, "q");
    harness.pass(kLeaseDefaultMs);
    const auto second = harness.take_one(worker, "q");
    CHECK(second.seq == seq);
    CHECK(harness.complete("q", first).code == Code::StaleLease);
    CHECK(harness.last().changes.empty());
    CHECK(harness.fail("q", first).code == Code::StaleLease);
    CHECK(harness.finish("q", first, Release{}).code == Code::StaleLease);
    CHECK(harness.beat("q", first, "99").code == Code::StaleLease);
    CHECK(harness.state("q", seq) == JobState::Active);
    CHECK(harness.complete("q", second).code == Code::Ok);
}

TEST_CASE("a wrong token is refused", "[engine][lease][R22]") {
    EngineHarness harness;
    const auto seq = harness.add("q");
    auto held = harness.take_one(harness.worker(), "q");
    const auto right = held.token;
    for (const auto wrong : {std::uint64_t{0}, raw(right) - 1, raw(right) + 1}) {
        held.token = LeaseToken{wrong};
        CHECK(harness.complete("q", held).code == Code::StaleLease);
    }
    CHECK(harness.state("q", seq) == JobState::Active);
}

TEST_CASE("the same answer sent again is a success and counts once", "[engine][lease][R22]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto done = harness.add("q");
    const auto held = harness.take_one(worker, "q");
    CHECK(harness.complete("q", held, "1").code == Code::Ok);
    CHECK(harness.complete("q", held, "1").code == Code::Ok);
    CHECK(harness.fail("q", held).code == Code::StaleLease);
    CHECK(attempts_made(harness, done) == 1);
    CHECK(harness.engine().queue_view("q")->record.completed_total == 1);

    JobSpec spec = job();
    spec.attempts_max = 3;
    const auto retried = harness.add("q", spec);
    const auto failing = harness.take_one(worker, "q");
    CHECK(harness.fail("q", failing).code == Code::Ok);
    CHECK(harness.fail("q", failing).code == Code::Ok);
    CHECK(attempts_made(harness, retried) == 1);
}

TEST_CASE("a repeated completion of a job that is not kept is a success", "[engine][lease][R22]") {
    EngineHarness harness;
    JobSpec spec = job();
    spec.keep_completed = {0, {}};
    harness.add("q", spec);
    const auto held = harness.take_one(harness.worker(), "q");
    CHECK(harness.complete("q", held).code == Code::Ok);
    CHECK(harness.complete("q", held).code == Code::Ok);
    CHECK(harness.fail("q", held).code == Code::NotFound);
}

TEST_CASE("a repeated answer is a success after a restart, too", "[engine][lease][R22][R34]") {
    EngineHarness harness;
    harness.add("q");
    const auto held = harness.take_one(harness.worker(), "q");
    CHECK(harness.complete("q", held).code == Code::Ok);
    harness.restart();
    CHECK(harness.complete("q", held).code == Code::Ok);
    CHECK(harness.fail("q", held).code == Code::StaleLease);
    CHECK(harness.engine().queue_view("q")->record.completed_total == 1);
}

TEST_CASE("a heartbeat moves the deadline by the lease's full length", "[engine][R21]") {
    EngineHarness harness;
    const auto seq = harness.add("q");
    const auto held = harness.take_one(harness.worker(), "q", 1'000);
    for (int i = 0; i < 5; ++i) {
        harness.pass(999);
        CHECK(harness.beat("q", held).code == Code::Ok);
    }
    harness.pass(999);
    CHECK(harness.state("q", seq) == JobState::Active);
    harness.pass(1);
    CHECK(harness.state("q", seq) == JobState::Waiting);
}

TEST_CASE("progress is stored with its latest value", "[engine][R7]") {
    EngineHarness harness;
    const auto seq = harness.add("q");
    const auto held = harness.take_one(harness.worker(), "q");
    harness.beat("q", held, "25");
    harness.beat("q", held, "{\"page\":3}");
    REQUIRE(harness.disk().find(seq));
    CHECK(harness.disk().find(seq)->progress == "{\"page\":3}");
    CHECK(harness.beat("q", held, std::string(kProgressBytesMax + 1, 'x')).code == Code::TooLarge);
}

TEST_CASE("an attempt's worker, times and error are stored", "[engine][R7]") {
    EngineHarness harness;
    const auto worker = harness.worker("host-7");
    const auto seq = harness.add("q");
    const TimeMs started_ms = harness.now();
    const auto held = harness.take_one(worker, "q");
    CHECK(harness.view("q", seq).worker == "host-7");
    harness.pass(40);
    harness.fail("q", held, "no such page");
    const auto* const stored = harness.disk().find(seq);
    REQUIRE(stored);
    REQUIRE(stored->attempts.size() == 1);
    const AttemptRecord& attempt = stored->attempts.begin()->second;
    CHECK(attempt.number == 1);
    CHECK(attempt.worker == "host-7");
    CHECK(attempt.started_ms == started_ms);
    CHECK(attempt.ended_ms == started_ms + 40);
    CHECK(attempt.error == "no such page");
    CHECK(harness.view("q", seq).finished_ms == started_ms + 40);
}

TEST_CASE("answers that are too large are refused and leave the job held", "[engine][R22]") {
    EngineHarness harness;
    const auto seq = harness.add("q");
    const auto held = harness.take_one(harness.worker(), "q");
    CHECK(harness.complete("q", held, std::string(kPayloadBytesMax + 1, 'x')).code ==
          Code::TooLarge);
    CHECK(harness.fail("q", held, std::string(kErrorBytesMax + 1, 'x')).code == Code::TooLarge);
    CHECK(harness.finish("q", held, Fail{"x", false, -1}).code == Code::InvalidArgument);
    CHECK(harness.state("q", seq) == JobState::Active);
    CHECK(harness.engine().finish({}).code() == Code::InvalidArgument);
}

TEST_CASE("no lease ends while the broker itself was late", "[engine][R21]") {
    EngineHarness harness;
    const auto seq = harness.add("q");
    harness.take_one(harness.worker(), "q", 1'000);
    harness.engine().hold_leases(harness.now() + 5'000);
    harness.pass(4'999);
    CHECK(harness.state("q", seq) == JobState::Active);
    harness.pass(1);
    CHECK(harness.state("q", seq) == JobState::Waiting);
}
