// Jobs that come with the end of another one.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::engine;
using namespace swarmq::test;

namespace {

FollowUp then(const std::string& queue, std::string name = "next") { return {queue, job(std::move(name))}; }

template <class Outcome>
ItemAnswer finish(EngineHarness& harness, const Granted& granted, Outcome outcome,
                  std::vector<FollowUp> follow_ups, const Error* add_refusal = nullptr) {
    std::vector<FinishItem> items(1);
    items[0].job = {"q", harness.id(granted)};
    items[0].token = granted.token;
    items[0].outcome = std::move(outcome);
    items[0].follow_ups = std::move(follow_ups);
    auto answer = harness.engine().finish(std::move(items), add_refusal);
    REQUIRE(answer);
    harness.turn();
    return answer->items.front();
}

}  // namespace

TEST_CASE("a job completes and its follow-ups are added in one step", "[engine][flow][R13]") {
    EngineHarness harness;
    harness.add("q");
    const auto granted = harness.take_one(harness.worker(), "q");
    CHECK(finish(harness, granted, Complete{bytes("done"), ""}, {then("a"), then("b")}).code == Code::Ok);
    CHECK(harness.last().changes.added.size() == 2);
    CHECK(harness.last().changes.outcomes.size() == 1);
    CHECK(harness.count("a", JobState::Waiting) == 1);
    CHECK(harness.count("b", JobState::Waiting) == 1);
    // The same answer again is a success and adds nothing.
    CHECK(finish(harness, granted, Complete{bytes("done"), ""}, {then("a"), then("b")}).code == Code::Ok);
    CHECK(harness.count("a", JobState::Waiting) == 1);
}

TEST_CASE("follow-ups of a failure are added only when it is the last one", "[engine][flow][R13]") {
    EngineHarness harness;
    JobSpec spec = job();
    spec.attempts_max = 2;
    harness.add("q", spec);
    const auto worker = harness.worker();
    CHECK(finish(harness, harness.take_one(worker, "q"), Fail{"broke", false, {}}, {then("a")}).code ==
          Code::Ok);
    CHECK(harness.count("a", JobState::Waiting) == 0);
    CHECK(finish(harness, harness.take_one(worker, "q"), Fail{"broke", false, {}}, {then("a")}).code ==
          Code::Ok);
    CHECK(harness.count("a", JobState::Waiting) == 1);
    harness.add("q", spec);
    finish(harness, harness.take_one(worker, "q"), Fail{"broke", true, {}}, {then("a")});
    CHECK(harness.count("a", JobState::Waiting) == 2);
    harness.add("q");
    finish(harness, harness.take_one(worker, "q"), Release{}, {then("a")});
    CHECK(harness.count("a", JobState::Waiting) == 2);
}

TEST_CASE("one refused follow-up refuses the whole answer, and the job is still held", "[engine][flow][R13]") {
    EngineHarness harness;
    const auto seq = harness.add("q");
    const auto granted = harness.take_one(harness.worker(), "q");
    QueueSettings settings;
    settings.waiting_max = 1;
    REQUIRE(harness.engine().set_settings("full", settings));
    harness.turn();
    const auto check = [&](std::vector<FollowUp> jobs, Code code, const std::string& part,
                           const Error* add_refusal = nullptr) {
        const auto answer = finish(harness, granted, Complete{}, std::move(jobs), add_refusal);
        CHECK(answer.code == code);
        CHECK_THAT(answer.detail, Catch::Contains(part));
        CHECK(harness.state("q", seq) == JobState::Active);
        CHECK(harness.last().changes.empty());
    };
    check({then("a"), then("full"), then("full")}, Code::QueueFull, "follow_ups[2]: queue \"full\"");
    check({then("a"), then("a", "b d")}, Code::InvalidArgument, "follow_ups[1]: name");
    check(std::vector<FollowUp>(101, then("a")), Code::TooLarge, "101 in one item");
    const Error low{Code::DiskLow, "the disk is nearly full"};
    check({then("a")}, Code::DiskLow, "nearly full", &low);
    CHECK(finish(harness, granted, Complete{}, {then("a"), then("full")}).code == Code::Ok);
}

TEST_CASE("a follow-up with an id that is stored already adds nothing", "[engine][flow][R12][R13]") {
    EngineHarness harness;
    harness.add("q");
    FollowUp known = then("a");
    known.job.id = "known";
    const auto granted = harness.take_one(harness.worker(), "q");
    CHECK(finish(harness, granted, Complete{}, {known, known}).code == Code::Ok);
    CHECK(harness.count("a", JobState::Waiting) == 1);
}

TEST_CASE("follow-ups that would make one queue too many are refused", "[engine][flow][R36]") {
    EngineHarness harness(2);
    harness.add("q");
    const auto granted = harness.take_one(harness.worker(), "q");
    CHECK(finish(harness, granted, Complete{}, {then("a"), then("b")}).code == Code::MemoryLimit);
    CHECK(harness.view("q", granted.seq).state == JobState::Active);
}
