// Jobs whose worker is lost.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a stalled job returns to the head in its former order and counts no attempt",
          "[engine][R21][R3]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    harness.add_all("q", {job("a"), job("b"), job("c")});
    const auto held = harness.take(worker, "q", 2);
    REQUIRE(held.size() == 2);
    harness.add("q", job("d"));
    harness.beat("q", held[0]);
    harness.pass(kLeaseDefaultMs);
    CHECK(harness.last().notices.size() == 2);
    CHECK(harness.last().notices[0].kind == NoticeKind::LeaseLost);
    CHECK(harness.view("q", held[0].seq).stalls == 1);
    CHECK(harness.view("q", held[0].seq).attempts_made == 0);
    CHECK(harness.engine().queue_view("q")->record.stalled_total == 2);
    CHECK(harness.drain_names(worker, "q") == Names{"a", "b", "c", "d"});
}

TEST_CASE("the second loss fails a job by default", "[engine][R21]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto seq = harness.add("q");
    harness.take_one(worker, "q");
    harness.pass(kLeaseDefaultMs);
    CHECK(harness.take_one(worker, "q").stalls == 1);
    harness.pass(kLeaseDefaultMs);
    CHECK(harness.state("q", seq) == JobState::Failed);
    CHECK(harness.view("q", seq).failure_kind == FailureKind::Stalled);
    CHECK(harness.view("q", seq).attempts_made == 0);
    CHECK(harness.disk().find(seq)->attempts.size() == 2);
}

TEST_CASE("max_stalled is the job's own, and stalls count over restarts", "[engine][R21][R34]") {
    EngineHarness harness;
    JobSpec spec = job();
    spec.max_stalled = 3;
    const auto seq = harness.add("q", spec);
    for (int i = 0; i < 3; ++i) {
        harness.take_one(harness.worker(), "q");
        harness.restart();
        harness.pass(kLeaseDefaultMs);
        CHECK(harness.state("q", seq) == JobState::Waiting);
    }
    harness.take_one(harness.worker(), "q");
    harness.pass(kLeaseDefaultMs);
    CHECK(harness.state("q", seq) == JobState::Failed);
    JobSpec never = job();
    never.max_stalled = 0;
    const auto once = harness.add("q", never);
    harness.take_one(harness.worker(), "q");
    harness.pass(kLeaseDefaultMs);
    CHECK(harness.state("q", once) == JobState::Failed);
}

TEST_CASE("leases of different lengths end each in its time", "[engine][R21]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    harness.add_all("q", {job("a"), job("b")});
    const auto long_lease = harness.take_one(worker, "q", 9'000);
    const auto short_lease = harness.take_one(worker, "q", 1'000);
    harness.pass(1'000);
    CHECK(harness.state("q", short_lease.seq) == JobState::Waiting);
    CHECK(harness.state("q", long_lease.seq) == JobState::Active);
    harness.pass(8'000);
    CHECK(harness.state("q", long_lease.seq) == JobState::Waiting);
}

TEST_CASE("a storm of ended leases is done in bounded steps and all of it", "[engine][R21][R36]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    for (int i = 0; i < 3; ++i) {
        harness.add_all("q", std::vector<JobSpec>(1'000, job()));
        CHECK(harness.take(worker, "q", 1'000).size() == 1'000);
    }
    CHECK(harness.engine().advance(harness.now() + kLeaseDefaultMs));
    harness.turn();
    CHECK(harness.count("q", JobState::Active) >= 1'000);
    harness.pass(kLeaseDefaultMs);
    CHECK(harness.count("q", JobState::Active) == 0);
    CHECK(harness.count("q", JobState::Waiting) == 3'000);
}

TEST_CASE("only the newest attempts are stored", "[engine][R7][R36]") {
    EngineHarness harness;
    JobSpec spec = job();
    spec.attempts_max = 1'000;
    const auto seq = harness.add("q", spec);
    const auto worker = harness.worker();
    for (std::uint32_t i = 0; i < kAttemptRowsMax + 5; ++i)
        harness.fail("q", harness.take_one(worker, "q"));
    const auto* const stored = harness.disk().find(seq);
    REQUIRE(stored);
    CHECK(stored->attempts.size() == kAttemptRowsMax);
    CHECK(stored->attempts.at(4).number == kAttemptRowsMax + 5);
}
