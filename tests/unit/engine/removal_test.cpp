// Removing jobs from every state, one by one and many at once.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

// Those who wait hear of it unless the job had ended: then they heard of that.
void check_removed(EngineHarness& harness, JobSeq seq) {
    const bool had_ended = is_ended(harness.state("q", seq));
    const auto answer = harness.engine().remove_jobs("q", {harness.id(seq)});
    REQUIRE(answer);
    CHECK(answer->changed == 1);
    harness.turn();
    CHECK(harness.state("q", seq) == JobState::None);
    CHECK(harness.disk().find(seq) == nullptr);
    REQUIRE(harness.last().ended.size() == (had_ended ? 0 : 1));
    if (had_ended) return;
    CHECK(harness.last().ended[0].seq == seq);
    CHECK(harness.last().ended[0].state == JobState::None);
    CHECK_FALSE(harness.last().ended[0].is_stored);
}

}  // namespace

TEST_CASE("a job is removed from waiting and from delayed", "[engine][R9]") {
    EngineHarness harness;
    JobSpec late = job();
    late.delay_ms = 1'000;
    const auto seqs = harness.add_all("q", {job(), late});
    for (const auto seq : seqs) check_removed(harness, seq);
    harness.pass(5'000);
    CHECK(harness.take(harness.worker(), "q").empty());
}

TEST_CASE("removing an active job tells its worker and refuses its completion", "[engine][R9]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto seq = harness.add("q");
    const auto held = harness.take_one(worker, "q");
    check_removed(harness, seq);
    REQUIRE(harness.last().notices.size() == 1);
    CHECK(harness.last().notices[0].kind == NoticeKind::Cancelled);
    CHECK(harness.last().notices[0].session == worker);
    CHECK(harness.complete("q", held).code == Code::NotFound);
    CHECK(harness.beat("q", held).code == Code::NotFound);
    harness.pass(60'000);
    CHECK(harness.count("q", JobState::Failed) == 0);
}

TEST_CASE("a job is removed from completed and from failed with all its rows", "[engine][R9]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto done = harness.add("q");
    const auto held = harness.take_one(worker, "q");
    harness.beat("q", held, "50");
    harness.complete("q", held, "result");
    const auto failed = harness.add("q");
    harness.fail("q", harness.take_one(worker, "q"));
    check_removed(harness, done);
    check_removed(harness, failed);
}

TEST_CASE("a job that is cancelled and kept ends as failed, from every state before an end",
          "[engine][R9]") {
    EngineHarness harness;
    JobSpec late = job();
    late.delay_ms = 1'000;
    late.attempts_max = 5;
    late.on_failure_queue = "dead";
    const auto seqs = harness.add_all("q", {job(), late});
    for (const auto seq : seqs) {
        REQUIRE(harness.engine().cancel_jobs("q", {harness.id(seq)})->changed == 1);
        harness.turn();
        REQUIRE(harness.last().ended.size() == 1);
        CHECK(harness.last().ended[0].failure_kind == FailureKind::Cancelled);
        CHECK(harness.last().ended[0].is_stored);
        CHECK(harness.state("q", seq) == JobState::Failed);
        CHECK(harness.view("q", seq).attempts_made == 0);
    }
    CHECK(harness.count("dead", JobState::Waiting) == 0);
    harness.restart();
    CHECK(harness.view("q", seqs[1]).failure_kind == FailureKind::Cancelled);
    CHECK(harness.count("q", JobState::Failed) == 2);
    harness.pass(5'000);
    CHECK(harness.take(harness.worker(), "q").empty());
}

TEST_CASE("cancelling an active job tells its worker, refuses its answer and counts the attempt",
          "[engine][R9]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto seq = harness.add("q");
    const auto held = harness.take_one(worker, "q");
    REQUIRE(harness.engine().cancel_jobs("q", {harness.id(seq)})->changed == 1);
    harness.turn();
    REQUIRE(harness.last().notices.size() == 1);
    CHECK(harness.last().notices[0].kind == NoticeKind::Cancelled);
    CHECK(harness.complete("q", held).code == Code::StaleLease);
    CHECK(harness.fail("q", held).code == Code::StaleLease);
    CHECK(harness.view("q", seq).attempts_made == 1);
    const auto* const stored = harness.disk().find(seq);
    REQUIRE(stored->attempts.size() == 1);
    CHECK(stored->attempts.begin()->second.kind == FailureKind::Cancelled);
    CHECK(harness.engine().cancel_jobs("q", {harness.id(seq)})->items[0].code == Code::WrongState);
    REQUIRE(harness.engine().retry_jobs({"q", {harness.id(seq)}, false, 0})->changed == 1);
    CHECK(harness.take_one(worker, "q").seq == seq);
}

TEST_CASE("removing what is not there says so by item and changes nothing", "[engine][R9]") {
    EngineHarness harness;
    const auto seq = harness.add("q");
    harness.add("other");
    const auto answer =
        harness.engine().remove_jobs("q", {"nothing", harness.id(seq), harness.id(seq)});
    REQUIRE(answer);
    CHECK(answer->changed == 1);
    CHECK(answer->items[0].code == Code::NotFound);
    CHECK(answer->items[2].code == Code::NotFound);
    CHECK(harness.engine().remove_jobs("other", {harness.id(seq)})->changed == 0);
    CHECK(harness.engine().remove_jobs("no-queue", {"x"}).code() == Code::NotFound);
    CHECK(harness.engine().remove_jobs("q", {}).code() == Code::InvalidArgument);
}

TEST_CASE("drain removes what waits, delayed jobs only when asked", "[engine][R28]") {
    EngineHarness harness;
    JobSpec late = job();
    late.delay_ms = 1'000;
    harness.add_all("q", {job(), late, job(), job()});
    const auto held = harness.take_one(harness.worker(), "q");
    auto answer = harness.engine().drain({"q", false, 1});
    REQUIRE(answer);
    CHECK(answer->changed == 1);
    CHECK(answer->more);
    answer = harness.engine().drain({"q", false, 0});
    CHECK(answer->changed == 1);
    CHECK_FALSE(answer->more);
    harness.turn();
    CHECK(harness.count("q", JobState::Delayed) == 1);
    answer = harness.engine().drain({"q", true, 0});
    CHECK(answer->changed == 1);
    harness.turn();
    CHECK(harness.complete("q", held).code == Code::Ok);
}

TEST_CASE("clean removes ended jobs older than asked, the oldest first", "[engine][R27]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    std::vector<JobSeq> done;
    for (int i = 0; i < 3; ++i) {
        done.push_back(harness.add("q"));
        harness.complete("q", harness.take_one(worker, "q"));
        harness.pass(1'000);
    }
    auto answer = harness.engine().clean({"q", JobState::Completed, 2'000, 0});
    REQUIRE(answer);
    CHECK(answer->changed == 2);
    harness.turn();
    CHECK(harness.state("q", done[2]) == JobState::Completed);
    CHECK(harness.engine().clean({"q", JobState::Failed, 0, 0})->changed == 0);
    CHECK(harness.engine().clean({"q", JobState::Waiting, 0, 0}).code() == Code::InvalidArgument);
}

TEST_CASE("whoever waits for a job hears of every kind of end", "[engine][R10]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    JobSpec unkept = job();
    unkept.keep_completed = {0, {}};
    harness.add("q", unkept);
    harness.complete("q", harness.take_one(worker, "q"), "answer");
    REQUIRE(harness.last().ended.size() == 1);
    CHECK(harness.last().ended[0].state == JobState::Completed);
    CHECK_FALSE(harness.last().ended[0].is_stored);
    CHECK(*harness.last().ended[0].result == "answer");
    CHECK(harness.count("q", JobState::Completed) == 0);
    harness.add("q");
    harness.fail("q", harness.take_one(worker, "q"), "no luck");
    REQUIRE(harness.last().ended.size() == 1);
    CHECK(harness.last().ended[0].is_stored);
    CHECK(harness.last().ended[0].failed_reason == "no luck");
}
