// What follows from a failed attempt.
#include "engine/attempts.h"
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

JobSpec retried(std::uint32_t attempts_max, Backoff backoff) {
    JobSpec spec = job();
    spec.attempts_max = attempts_max;
    spec.backoff = backoff;
    return spec;
}

}  // namespace

TEST_CASE("four attempts with an exponential second retry after 1, 2 and 4 s, then fail",
          "[engine][R5]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto seq = harness.add("q", retried(4, {BackoffType::Exponential, 1'000, 0, 0}));
    for (const DurationMs wait_ms : {1'000, 2'000, 4'000}) {
        harness.fail("q", harness.take_one(worker, "q"));
        CHECK(harness.view("q", seq).due_ms == harness.now() + wait_ms);
        harness.pass(wait_ms - 1);
        CHECK(harness.take(worker, "q").empty());
        harness.pass(1);
    }
    const auto last = harness.take_one(worker, "q");
    CHECK(last.attempt == 4);
    harness.fail("q", last, "gave up");
    const auto view = harness.view("q", seq);
    CHECK(view.state == JobState::Failed);
    CHECK(view.failure_kind == FailureKind::Error);
    CHECK(view.attempts_made == 4);
    const auto* const stored = harness.disk().find(seq);
    REQUIRE(stored);
    CHECK(stored->attempts.size() == 4);
    CHECK(stored->outcome.failed_reason == "gave up");
}

TEST_CASE("one attempt is the default", "[engine][R5]") {
    EngineHarness harness;
    const auto seq = harness.add("q");
    harness.fail("q", harness.take_one(harness.worker(), "q"));
    CHECK(harness.state("q", seq) == JobState::Failed);
}

TEST_CASE("a fixed backoff waits the same time after every failure", "[engine][R5]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto seq = harness.add("q", retried(9, {BackoffType::Fixed, 700, 0, 0}));
    for (int i = 0; i < 3; ++i) {
        harness.fail("q", harness.take_one(worker, "q"));
        CHECK(harness.view("q", seq).due_ms == harness.now() + 700);
        harness.pass(700);
    }
}

TEST_CASE("a backoff stays below max_delay and within its jitter", "[engine][R5]") {
    std::mt19937_64 random(3);
    const Backoff bounded{BackoffType::Exponential, 1'000, 5'000, 0};
    CHECK(backoff_delay_ms(bounded, 3, random) == 4'000);
    CHECK(backoff_delay_ms(bounded, 4, random) == 5'000);
    CHECK(backoff_delay_ms(bounded, 1'000'000, random) == 5'000);
    const Backoff jittered{BackoffType::Fixed, 1'000, 0, 0.25};
    DurationMs least = 1'000;
    DurationMs most = 0;
    for (int i = 0; i < 2'000; ++i) {
        const DurationMs delay = backoff_delay_ms(jittered, 1, random);
        least = std::min(least, delay);
        most = std::max(most, delay);
    }
    CHECK(least >= 750);
    CHECK(least < 760);
    CHECK(most <= 1'000);
    CHECK(most > 990);
}

TEST_CASE("an exponential backoff of nothing stays nothing after any number of failures",
          "[engine][R5]") {
    std::mt19937_64 random(3);
    for (const std::uint32_t failures : {1U, 2U, 1'024U, 1'025U, 1'000'000U})
        CHECK(backoff_delay_ms({BackoffType::Exponential, 0, 0, 0.5}, failures, random) == 0);
    CHECK(backoff_delay_ms({BackoffType::Exponential, 1, 0, 0}, 1'000'000, random) ==
          kDurationMaxMs);
}

TEST_CASE("an unrecoverable failure is not tried again", "[engine][R19]") {
    EngineHarness harness;
    const auto seq = harness.add("q", retried(5, {BackoffType::Fixed, 10, 0, 0}));
    harness.finish("q", harness.take_one(harness.worker(), "q"), Fail{"no such file", true, {}});
    CHECK(harness.state("q", seq) == JobState::Failed);
    CHECK(harness.view("q", seq).attempts_made == 1);
}

TEST_CASE("retry_in goes before the backoff and uses up an attempt", "[engine][R19]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto seq = harness.add("q", retried(2, {BackoffType::Fixed, 10, 0, 0}));
    harness.finish("q", harness.take_one(worker, "q"), Fail{"429", false, 9'000});
    CHECK(harness.view("q", seq).due_ms == harness.now() + 9'000);
    harness.pass(9'000);
    harness.finish("q", harness.take_one(worker, "q"), Fail{"429", false, 9'000});
    CHECK(harness.state("q", seq) == JobState::Failed);
}

TEST_CASE("a handler's delay uses up no attempt and lasts its time", "[engine][R19]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto seq = harness.add("q");
    harness.finish("q", harness.take_one(worker, "q"), engine::Delay{5'000});
    CHECK(harness.state("q", seq) == JobState::Delayed);
    harness.pass(4'999);
    CHECK(harness.take(worker, "q").empty());
    harness.pass(1);
    const auto again = harness.take_one(worker, "q");
    CHECK(again.attempt == 1);
    CHECK(harness.view("q", seq).attempts_made == 0);
}

TEST_CASE("a release and a delay of nothing use up no attempt", "[engine][R19]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto seq = harness.add("q");
    CHECK(harness.finish("q", harness.take_one(worker, "q"), Release{}).code == Code::Ok);
    CHECK(harness.finish("q", harness.take_one(worker, "q"), engine::Delay{0}).code == Code::Ok);
    CHECK(harness.state("q", seq) == JobState::Waiting);
    CHECK(harness.view("q", seq).attempts_made == 0);
}

TEST_CASE("the last failure adds a dead letter with the payload in the same step", "[engine][R5]") {
    EngineHarness harness;
    JobSpec spec = retried(2, {});
    spec.on_failure_queue = "dead";
    spec.on_failure_name = "look";
    spec.priority = 1;
    spec.headers = {{"traceparent", "00-1-2-01"}};
    spec.payload = bytes("the work");
    harness.add("q", spec);
    const auto worker = harness.worker();
    harness.fail("q", harness.take_one(worker, "q"));
    CHECK(harness.count("dead", JobState::Waiting) == 0);
    harness.fail("q", harness.take_one(worker, "q"));
    const Changes& changes = harness.last().changes;
    REQUIRE(changes.added.size() == 1);
    CHECK(harness.count("q", JobState::Failed) == 1);
    const auto letter = harness.take_one(worker, "dead");
    CHECK(letter.job_class->name == "look");
    CHECK(letter.priority == 1);
    const auto* const stored = harness.disk().find(letter.seq);
    REQUIRE(stored);
    CHECK(*stored->record.payload == "the work");
    CHECK(stored->record.headers == spec.headers);
}

TEST_CASE("a failed job that is not kept still leaves its dead letter", "[engine][R5][R6]") {
    EngineHarness harness;
    JobSpec spec = job();
    spec.on_failure_queue = "dead";
    spec.keep_failed = {0, {}};
    harness.add("q", spec);
    const auto worker = harness.worker();
    harness.fail("q", harness.take_one(worker, "q"));
    CHECK(harness.count("q", JobState::Failed) == 0);
    CHECK(harness.take_one(worker, "dead").job_class->name == "work");
}

TEST_CASE("an operator's retry sends a failed job to the tail with its stalls forgotten",
          "[engine][R29]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto seq = harness.add("q", job("again"));
    harness.fail("q", harness.take_one(worker, "q"));
    harness.add("q", job("other"));
    const auto answer = harness.engine().retry_jobs({"q", {}, true, 0});
    REQUIRE(answer);
    CHECK(answer->changed == 1);
    CHECK_FALSE(answer->more);
    harness.turn();
    CHECK(harness.state("q", seq) == JobState::Waiting);
    CHECK(harness.view("q", seq).failure_kind == FailureKind::None);
    CHECK(harness.drain_names(worker, "q") == std::vector<std::string>{"other", "again"});
}

TEST_CASE("a job that succeeds after an operator's retry keeps no word of its failure",
          "[engine][R7][R29]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto seq = harness.add("q");
    harness.fail("q", harness.take_one(worker, "q"), "first time");
    REQUIRE(harness.engine().retry_jobs({"q", {}, true, 0}));
    harness.turn();
    harness.complete("q", harness.take_one(worker, "q"));
    const auto* const stored = harness.disk().find(seq);
    REQUIRE(stored);
    CHECK(stored->outcome.failed_reason.empty());
}
