// Deduplication that keeps the newest data while a job runs: one successor, and it is always the latest.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

JobSpec latest(std::string payload, DurationMs delay_ms = 0) {
    JobSpec spec = job();
    spec.payload = bytes(std::move(payload));
    spec.deduplication = {"k", DedupMode::KeepLatest, 0};
    spec.delay_ms = delay_ms;
    return spec;
}

JobSeq add(EngineHarness& harness, JobSpec spec, int outcome) {
    auto answer = harness.engine().add_jobs({"q", {std::move(spec)}});
    REQUIRE(answer);
    harness.turn();
    CHECK((answer->seq_count == 1 ? 1 : answer->items.front().outcome) == outcome);
    return answer->seq_count == 1 ? answer->first_seq : answer->items.front().seq;
}

std::string payload(EngineHarness& harness, JobSeq seq) {
    return *harness.disk().find(seq)->record.payload;
}

DedupView key(EngineHarness& harness) {
    const auto found = harness.engine().find_deduplication("q", "k");
    return found ? *found : DedupView{};
}

// A running job of the key, and a successor.
struct Running {
    EngineHarness harness;
    SessionKey worker = harness.worker();
    JobSeq first = add(harness, latest("1"), 1);
    Granted granted = harness.take_one(worker, "q");
    JobSeq second = add(harness, latest("2"), 3);
};

}  // namespace

TEST_CASE("while the job waits the newest data takes its place in the order",
          "[engine][dedup][R12]") {
    EngineHarness harness;
    const auto first = add(harness, latest("1"), 1);
    const auto other = harness.add("q");
    const auto again = add(harness, latest("2"), 3);
    CHECK(again == first);
    CHECK(payload(harness, first) == "2");
    harness.restart();
    const auto taken = harness.take(harness.worker(), "q", 2);
    REQUIRE(taken.size() == 2);
    CHECK(taken[0].seq == first);
    CHECK(taken[1].seq == other);
}

TEST_CASE("three more adds while the job runs make one successor with the newest data",
          "[engine][dedup][R12]") {
    Running it;
    CHECK(it.second != it.first);
    CHECK(it.harness.state("q", it.second) == JobState::Delayed);
    CHECK(it.harness.view("q", it.second).due_ms == 0);
    CHECK(it.harness.view("q", it.second).waits_for == it.harness.id(it.first));
    CHECK(add(it.harness, latest("3"), 3) == it.second);
    CHECK(add(it.harness, latest("4"), 3) == it.second);
    CHECK(key(it.harness).job_id == it.harness.id(it.first));
    CHECK(key(it.harness).successor_id == it.harness.id(it.second));
    it.harness.pass(1'000);
    CHECK(it.harness.count("q", JobState::Waiting) == 0);
    it.harness.complete("q", it.granted);
    CHECK(it.harness.state("q", it.second) == JobState::Waiting);
    CHECK(payload(it.harness, it.second) == "4");
    CHECK(key(it.harness).job_id == it.harness.id(it.second));
    CHECK(key(it.harness).successor_id.empty());
    it.harness.complete("q", it.harness.take_one(it.worker, "q"));
    CHECK(key(it.harness).job_id.empty());
    CHECK(it.harness.disk().dedup_rows() == 0);
}

TEST_CASE("a successor survives a restart and starts with the end of the job before",
          "[engine][dedup][R12]") {
    Running it;
    it.harness.restart();
    CHECK(it.harness.view("q", it.second).waits_for == it.harness.id(it.first));
    CHECK(add(it.harness, latest("3"), 3) == it.second);
    it.harness.restart(1'000);
    CHECK(it.harness.state("q", it.second) == JobState::Delayed);
    // Its lease from before the restarts counts still.
    CHECK(it.harness.complete("q", it.granted).code == Code::Ok);
    it.harness.restart();
    CHECK(it.harness.state("q", it.second) == JobState::Waiting);
    CHECK(payload(it.harness, it.second) == "3");
    CHECK(key(it.harness).job_id == it.harness.id(it.second));
}

TEST_CASE("the delay of a successor counts from the end of the job before",
          "[engine][dedup][R12]") {
    Running it;
    add(it.harness, latest("3", 500), 3);
    it.harness.restart(10'000);
    it.harness.complete("q", it.granted);
    CHECK(it.harness.state("q", it.second) == JobState::Delayed);
    CHECK(it.harness.view("q", it.second).due_ms == it.harness.now() + 500);
    CHECK(it.harness.view("q", it.second).waits_for.empty());
    it.harness.pass(500);
    CHECK(it.harness.state("q", it.second) == JobState::Waiting);
}

TEST_CASE("a job that is retried keeps its successor waiting, and newer data goes to that",
          "[engine][dedup][R12]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    JobSpec spec = latest("1");
    spec.attempts_max = 2;
    const auto first = add(harness, std::move(spec), 1);
    const auto granted = harness.take_one(worker, "q");
    const auto second = add(harness, latest("2"), 3);
    harness.fail("q", granted);
    CHECK(harness.state("q", first) == JobState::Waiting);
    CHECK(harness.state("q", second) == JobState::Delayed);
    CHECK(add(harness, latest("3"), 3) == second);
    CHECK(payload(harness, first) == "1");
    harness.fail("q", harness.take_one(worker, "q"));
    CHECK(harness.state("q", first) == JobState::Failed);
    CHECK(harness.state("q", second) == JobState::Waiting);
}

TEST_CASE("a job that waits for its next attempt gets the newest data and starts over",
          "[engine][dedup][R12]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    JobSpec spec = latest("1");
    spec.attempts_max = 2;
    const auto first = add(harness, std::move(spec), 1);
    const auto granted = harness.take_one(worker, "q");
    std::vector<BeatItem> beat;
    beat.push_back(
        {{"q", harness.id(granted)}, granted.token, "7", false, {"said"}, bytes("saved")});
    REQUIRE(harness.engine().beat(std::move(beat)));
    harness.turn();
    harness.fail("q", granted);
    spec = latest("2");
    spec.attempts_max = 2;
    CHECK(add(harness, std::move(spec), 3) == first);
    CHECK(harness.view("q", first).attempts_made == 0);
    CHECK(harness.view("q", first).checkpoint_bytes == 0);
    CHECK(harness.view("q", first).log_lines == 1);
    harness.fail("q", harness.take_one(worker, "q"));
    CHECK(harness.state("q", first) == JobState::Waiting);
}

TEST_CASE("removing the running job starts its successor", "[engine][dedup][R9][R12]") {
    Running it;
    REQUIRE(it.harness.engine().remove_jobs("q", {it.harness.id(it.first)}));
    it.harness.turn();
    CHECK(it.harness.state("q", it.second) == JobState::Waiting);
    CHECK(key(it.harness).job_id == it.harness.id(it.second));
}

TEST_CASE("a removed successor is forgotten, and the next add makes another",
          "[engine][dedup][R12]") {
    Running it;
    REQUIRE(it.harness.engine().remove_jobs("q", {it.harness.id(it.second)}));
    it.harness.turn();
    CHECK(key(it.harness).successor_id.empty());
    it.harness.restart();
    const auto third = add(it.harness, latest("3"), 3);
    CHECK(third != it.second);
    CHECK(it.harness.view("q", third).waits_for == it.harness.id(it.first));
}

TEST_CASE("a freed key lets its successor run at once", "[engine][dedup][R12]") {
    Running it;
    REQUIRE(it.harness.engine().remove_deduplication("q", "k"));
    it.harness.turn();
    CHECK(it.harness.state("q", it.second) == JobState::Waiting);
    CHECK(it.harness.state("q", it.first) == JobState::Active);
    CHECK(it.harness.disk().dedup_rows() == 0);
    it.harness.restart();
    CHECK(add(it.harness, latest("3"), 1) != it.second);
}

TEST_CASE("a promoted successor runs beside the job; promoting all leaves it alone",
          "[engine][dedup][R12]") {
    Running it;
    CHECK(it.harness.engine().promote_jobs({"q", {}, true, 0})->changed == 0);
    REQUIRE(it.harness.engine().promote_jobs({"q", {it.harness.id(it.second)}, false, 0}));
    it.harness.turn();
    CHECK(it.harness.state("q", it.second) == JobState::Waiting);
    CHECK(key(it.harness).job_id == it.harness.id(it.first));
    CHECK(add(it.harness, latest("3"), 3) != it.second);
}

TEST_CASE("a job that its worker lost goes back before its successor",
          "[engine][dedup][R12][R21]") {
    Running it;
    it.harness.engine().lose_session(it.worker);
    it.harness.pass(1'001);
    CHECK(it.harness.state("q", it.first) == JobState::Waiting);
    CHECK(it.harness.state("q", it.second) == JobState::Delayed);
    const auto worker = it.harness.worker();
    CHECK(it.harness.take_one(worker, "q").seq == it.first);
}

TEST_CASE("large data that small data takes the place of leaves no row behind",
          "[engine][dedup][R12]") {
    EngineHarness harness;
    const auto first = add(harness, latest(std::string(10'000, 'x')), 1);
    CHECK(add(harness, latest("small"), 3) == first);
    harness.restart();
    CHECK(payload(harness, first) == "small");
    REQUIRE(harness.engine().remove_jobs("q", {harness.id(first)}));
    harness.turn();
}
