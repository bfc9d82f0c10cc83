// How long ended jobs stay.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

JobSpec kept(Keep keep) {
    JobSpec spec = job();
    spec.keep_completed = keep;
    spec.keep_failed = keep;
    return spec;
}

JobSeq complete_one(EngineHarness& harness, SessionKey worker, Keep keep) {
    const auto seq = harness.add("q", kept(keep));
    CHECK(harness.complete("q", harness.take_one(worker, "q")).code == Code::Ok);
    return seq;
}

}  // namespace

TEST_CASE("keep the newest N: a job goes once N later ones have ended", "[engine][R6]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    std::vector<JobSeq> done;
    for (int i = 0; i < 5; ++i) {
        done.push_back(complete_one(harness, worker, {3, {}}));
        CHECK(harness.count("q", JobState::Completed) == std::min<std::uint64_t>(done.size(), 3));
    }
    CHECK(harness.state("q", done[1]) == JobState::None);
    CHECK(harness.state("q", done[2]) == JobState::Completed);
    CHECK(harness.engine().queue_view("q")->record.completed_total == 5);
}

TEST_CASE("each job is kept by its own rule", "[engine][R6]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto one = complete_one(harness, worker, {1, {}});
    const auto four = complete_one(harness, worker, {4, {}});
    CHECK(harness.state("q", one) == JobState::None);
    complete_one(harness, worker, {0, {}});
    complete_one(harness, worker, {1, {}});
    complete_one(harness, worker, {1, {}});
    CHECK(harness.state("q", four) == JobState::Completed);
    complete_one(harness, worker, {0, {}});
    CHECK(harness.state("q", four) == JobState::None);
    CHECK(harness.count("q", JobState::Completed) == 0);
}

TEST_CASE("keep for an age is honoured on an idle queue to the millisecond", "[engine][R6]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto first = complete_one(harness, worker, {{}, 10'000});
    harness.pass(4'000);
    const auto second = complete_one(harness, worker, {{}, 10'000});
    harness.pass(5'999);
    CHECK(harness.state("q", first) == JobState::Completed);
    harness.pass(1);
    CHECK(harness.state("q", first) == JobState::None);
    CHECK(harness.state("q", second) == JobState::Completed);
    CHECK(harness.engine().next_deadline() == harness.now() + 4'000);
    harness.pass(4'000);
    CHECK(harness.state("q", second) == JobState::None);
}

TEST_CASE("keep everything keeps everything", "[engine][R6]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    for (int i = 0; i < 5; ++i) complete_one(harness, worker, {});
    harness.pass(100 * kDayMs);
    CHECK(harness.count("q", JobState::Completed) == 5);
}

TEST_CASE("completed jobs are kept bounded by default", "[engine][R6]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    REQUIRE(harness.engine().subscribe(worker, {1, {"q"}, 0}));
    harness.engine().grant(worker, 1, 10'000);
    std::uint64_t done = 0;
    for (int batch = 0; batch < 2; ++batch) {
        harness.add_all("q", std::vector<JobSpec>(750, job()));
        std::vector<FinishItem> items;
        for (const auto& granted : harness.last().deliveries.at(0).jobs)
            items.push_back({{"q", harness.id(granted)}, granted.token, Complete{}});
        const auto answer = harness.engine().finish(std::move(items));
        REQUIRE(answer);
        done += answer->changed;
        harness.turn();
    }
    CHECK(done == 1'500);
    CHECK(harness.count("q", JobState::Completed) == 1'000);
    harness.pass(7 * kDayMs);
    CHECK(harness.count("q", JobState::Completed) == 0);
}

TEST_CASE("failed jobs are counted apart from completed ones", "[engine][R6]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto done = complete_one(harness, worker, {1, {}});
    const auto failed = harness.add("q", kept({1, {}}));
    harness.fail("q", harness.take_one(worker, "q"));
    CHECK(harness.state("q", done) == JobState::Completed);
    CHECK(harness.state("q", failed) == JobState::Failed);
    harness.add("q", kept({1, {}}));
    harness.fail("q", harness.take_one(worker, "q"));
    CHECK(harness.state("q", failed) == JobState::None);
}

TEST_CASE("retention goes on where it was after a restart", "[engine][R6][R34]") {
    EngineHarness harness;
    std::vector<JobSeq> done;
    for (int i = 0; i < 3; ++i)
        done.push_back(complete_one(harness, harness.worker(), {3, 10'000}));
    harness.restart(1'000);
    done.push_back(complete_one(harness, harness.worker(), {3, 10'000}));
    CHECK(harness.state("q", done[0]) == JobState::None);
    CHECK(harness.state("q", done[1]) == JobState::Completed);
    harness.pass(9'000);
    CHECK(harness.state("q", done[2]) == JobState::None);
    CHECK(harness.state("q", done[3]) == JobState::Completed);
}
