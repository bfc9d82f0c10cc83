// Jobs that come with the end of another one.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::engine;
using namespace swarmq::test;

namespace {

FollowUp then(const std::string& queue, std::string name = "next") { return {queue, job(std::move(name))}; }

FollowUp keyed(const std::string& queue, DedupMode mode, const std::string& key,
               DurationMs window_ms = 0) {
    FollowUp made = then(queue);
    made.job.deduplication = {key, mode, window_ms};
    return made;
}

void bound(EngineHarness& harness, const std::string& queue, std::uint64_t waiting_max) {
    QueueSettings settings;
    settings.waiting_max = waiting_max;
    REQUIRE(harness.engine().set_settings(queue, settings));
    harness.turn();
}

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
    bound(harness, "full", 1);
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

TEST_CASE("follow-ups that make no job need no room in a full queue",
          "[engine][flow][dedup][R12][R13]") {
    EngineHarness harness;
    const auto mode = GENERATE(DedupMode::UntilEnded, DedupMode::Throttle, DedupMode::Debounce,
                               DedupMode::KeepLatest);
    const bool has_window = mode == DedupMode::Throttle || mode == DedupMode::Debounce;
    const FollowUp known = keyed("full", mode, "k", has_window ? 60'000 : 0);
    FollowUp stored = then("full");
    stored.job.id = "stored";
    harness.add("full", known.job);
    harness.add("full", stored.job);
    harness.add("full");
    // What came back, or came before the bound, may exceed it.
    bound(harness, "full", GENERATE(3u, 2u));
    harness.add("q");
    const auto granted = harness.take_one(harness.worker(), "q");
    CHECK(finish(harness, granted, Complete{}, {known, stored, then("full")}).code ==
          Code::QueueFull);
    CHECK(finish(harness, granted, Complete{}, {known, stored, known, stored}).code == Code::Ok);
    CHECK(harness.count("full", JobState::Waiting) + harness.count("full", JobState::Delayed) == 3);
    CHECK(harness.count("q", JobState::Completed) == 1);
}

TEST_CASE("follow-ups with one key or id need room for one job",
          "[engine][flow][dedup][R12][R13]") {
    EngineHarness harness;
    bound(harness, "full", 2);
    FollowUp with_id = then("full");
    with_id.job.id = "a";
    harness.add("q");
    const auto granted = harness.take_one(harness.worker(), "q");
    const auto latest = keyed("full", DedupMode::KeepLatest, "k");
    CHECK(finish(harness, granted, Complete{}, {latest, latest, with_id, with_id}).code ==
          Code::Ok);
    CHECK(harness.count("full", JobState::Waiting) == 2);
}

TEST_CASE("a follow-up with the key of the job that ends needs room like others",
          "[engine][flow][dedup][R12][R13]") {
    EngineHarness harness;
    const auto mode = GENERATE(DedupMode::UntilEnded, DedupMode::KeepLatest);
    const FollowUp again = keyed("q", mode, "k");
    const auto seq = harness.add("q", again.job);
    const auto granted = harness.take_one(harness.worker(), "q");
    harness.add("q");
    bound(harness, "q", 1);
    const auto refused = finish(harness, granted, Complete{}, {again});
    CHECK(refused.code == Code::QueueFull);
    CHECK_THAT(refused.detail,
               Catch::Contains("follow_ups[0]: queue \"q\" holds 1 jobs that wait"));
    // Nothing was changed: the key stands for the job, which is still held.
    CHECK(harness.state("q", seq) == JobState::Active);
    CHECK(harness.engine().find_deduplication("q", "k")->job_id == harness.id(seq));
    bound(harness, "q", 2);
    CHECK(finish(harness, granted, Complete{}, {again, again}).code == Code::Ok);
    CHECK(harness.count("q", JobState::Waiting) == 2);
    CHECK(harness.engine().find_deduplication("q", "k")->job_id != harness.id(seq));
}

TEST_CASE("a throttled follow-up needs a window only where none stands",
          "[engine][flow][dedup][R13][R36]") {
    EngineHarness harness(kQueuesMax, nullptr, 0, 2);
    const auto throttled = [](const std::string& queue, const std::string& key) {
        return keyed(queue, DedupMode::Throttle, key, 1'000);
    };
    harness.add("a", throttled("a", "k").job);
    harness.add("q");
    const auto granted = harness.take_one(harness.worker(), "q");
    const auto end = [&](std::vector<FollowUp> jobs) {
        return finish(harness, granted, Complete{}, std::move(jobs));
    };
    // The same key in another queue is another one.
    CHECK(end({throttled("a", "k"), throttled("b", "k"), throttled("c", "k")}).code ==
          Code::MemoryLimit);
    CHECK(harness.state("q", granted.seq) == JobState::Active);
    CHECK(end({throttled("a", "k"), throttled("b", "k"), throttled("b", "k")}).code == Code::Ok);
    CHECK(harness.count("a", JobState::Waiting) == 1);
    CHECK(harness.count("b", JobState::Waiting) == 1);
}

TEST_CASE("a queue that is obliterated takes follow-ups as a new one", "[engine][flow][R13][R28]") {
    EngineHarness harness;
    bound(harness, "gone", 1);
    harness.add("gone");
    harness.add("q");
    const auto granted = harness.take_one(harness.worker(), "q");
    CHECK(finish(harness, granted, Complete{}, {then("new"), then("gone")}).code ==
          Code::QueueFull);
    CHECK(harness.count("new", JobState::Waiting) == 0);
    REQUIRE(harness.engine().obliterate({"gone", true, 0}));
    CHECK(finish(harness, granted, Complete{}, {then("gone"), then("gone")}).code == Code::Ok);
    CHECK(harness.count("gone", JobState::Waiting) == 2);
}
