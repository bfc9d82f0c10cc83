// Changes of stored jobs: what may be changed when, all of it or nothing.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

using Tags = std::vector<std::string>;

Result<Answer> update(EngineHarness& harness, JobSeq seq, UpdateJob command) {
    command.job = {"q", harness.id(seq)};
    auto answer = harness.engine().update_job(std::move(command));
    harness.turn();
    return answer;
}

UpdateJob to_priority(std::uint32_t priority) {
    UpdateJob command;
    command.priority = priority;
    return command;
}

UpdateJob to_delay(DurationMs delay_ms) {
    UpdateJob command;
    command.delay_ms = delay_ms;
    return command;
}

UpdateJob to_payload(std::string text) {
    UpdateJob command;
    command.payload = bytes(std::move(text));
    return command;
}

const JobRecord& record(EngineHarness& harness, JobSeq seq) {
    return harness.disk().find(seq)->record;
}

}  // namespace

TEST_CASE("a waiting job gets another payload and other tags", "[engine][update][R17a]") {
    EngineHarness harness;
    JobSpec spec = job();
    spec.headers = {{"a", "b"}};
    spec.tags = {"old"};
    const auto seq = harness.add("q", std::move(spec));
    UpdateJob command = to_payload("new");
    command.tags = Tags{"x", "y"};
    REQUIRE(update(harness, seq, std::move(command)));
    CHECK(*record(harness, seq).payload == "new");
    CHECK(record(harness, seq).tags == Tags{"x", "y"});
    CHECK(record(harness, seq).headers.size() == 1);
    UpdateJob untagged;
    untagged.tags = Tags{};
    REQUIRE(update(harness, seq, std::move(untagged)));
    CHECK(record(harness, seq).tags.empty());
    CHECK(*record(harness, seq).payload == "new");
}

TEST_CASE("a job that was added in the same turn is changed as one that is stored",
          "[engine][update][R17a]") {
    EngineHarness harness;
    auto added = harness.engine().add_jobs({"q", {job()}});
    REQUIRE(added);
    UpdateJob command = to_payload(std::string(5'000, 'x'));
    command.tags = Tags{"x"};
    REQUIRE(update(harness, added->first_seq, std::move(command)));
    CHECK(record(harness, added->first_seq).payload->size() == 5'000);
    CHECK(record(harness, added->first_seq).tags == Tags{"x"});
    harness.restart();
    REQUIRE(harness.engine().remove_jobs("q", {harness.id(added->first_seq)}));
    harness.turn();
}

TEST_CASE("a payload that grew large goes with its job, over a restart too",
          "[engine][update][R17a]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto seq = harness.add("q");
    harness.finish("q", harness.take_one(worker, "q"), Release{});
    REQUIRE(update(harness, seq, to_payload(std::string(5'000, 'x'))));
    harness.restart();
    REQUIRE(update(harness, seq, to_payload("small again")));
    harness.restart();
    CHECK(*record(harness, seq).payload == "small again");
    REQUIRE(harness.engine().remove_jobs("q", {harness.id(seq)}));
    harness.turn();
}

TEST_CASE("a failed job runs with its new payload when it is retried", "[engine][update][R17a]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto seq = harness.add("q");
    harness.fail("q", harness.take_one(worker, "q"));
    REQUIRE(update(harness, seq, to_payload("fixed")));
    CHECK(update(harness, seq, to_priority(1)).code() == Code::WrongState);
    REQUIRE(harness.engine().retry_jobs({"q", {}, true, 0}));
    harness.turn();
    harness.restart();
    CHECK(*record(harness, seq).payload == "fixed");
    CHECK(harness.state("q", seq) == JobState::Waiting);
}

TEST_CASE("another priority puts a waiting job among those by the time since which it could run",
          "[engine][update][R3][R17a]") {
    EngineHarness harness;
    JobSpec urgent = job("before");
    urgent.priority = 0;
    harness.add("q", urgent);
    const auto seq = harness.add("q", job("moved"));
    harness.pass(1'000);
    urgent.name = "after";
    harness.add("q", urgent);
    harness.add("q", job("normal"));
    REQUIRE(update(harness, seq, to_priority(0)));
    CHECK(harness.view("q", seq).priority == 0);
    if (GENERATE(false, true)) harness.restart();
    CHECK(harness.drain_names(harness.worker(), "q") ==
          std::vector<std::string>{"before", "moved", "after", "normal"});
}

TEST_CASE("another priority gives a waiting job no more time to live", "[engine][update][R16][R17a]") {
    EngineHarness harness;
    JobSpec spec = job();
    spec.ttl_ms = 10'000;
    spec.lifo = GENERATE(false, true);
    const auto seq = harness.add("q", spec);
    harness.pass(6'000);
    REQUIRE(update(harness, seq, to_priority(0)));
    harness.turn();
    if (GENERATE(false, true)) harness.restart();
    harness.pass(3'000);
    CHECK(harness.state("q", seq) == JobState::Waiting);
    harness.pass(1'001);
    CHECK(harness.view("q", seq).failure_kind == FailureKind::Expired);
}

TEST_CASE("a parent that waits for children gets another payload, priority and tags",
          "[engine][update][flow][R13][R17a]") {
    EngineHarness harness;
    const auto answer = harness.engine().add_flow(
        {{{"q", job("parent"), {}, OnChildFailure::None}, {"c", job("child"), 0, OnChildFailure::None}},
         {}});
    REQUIRE(answer);
    harness.turn();
    const JobSeq parent = answer->first_seq;
    UpdateJob command = to_priority(0);
    command.payload = std::make_shared<const std::string>("fixed");
    command.tags = {{"changed"}};
    REQUIRE(update(harness, parent, std::move(command)));
    CHECK(update(harness, parent, to_delay(10)).code() == Code::WrongState);
    harness.turn();
    if (GENERATE(false, true)) harness.restart();
    CHECK(harness.view("q", parent).priority == 0);
    CHECK(*record(harness, parent).payload == "fixed");
    CHECK(harness.state("q", parent) == JobState::WaitingChildren);
}

TEST_CASE("the same priority leaves a waiting job where it is", "[engine][update][R17a]") {
    EngineHarness harness;
    const auto seq = harness.add("q", job("first"));
    harness.add("q", job("second"));
    REQUIRE(update(harness, seq, to_priority(2)));
    REQUIRE(update(harness, seq, to_delay(0)));
    CHECK(harness.drain_names(harness.worker(), "q") ==
          std::vector<std::string>{"first", "second"});
}

TEST_CASE("a delay is set, moved and taken away", "[engine][update][R4][R17a]") {
    EngineHarness harness;
    REQUIRE(harness.engine().watch("q"));
    const auto seq = harness.add("q");
    UpdateJob command = to_delay(1'000);
    command.priority = 1;
    REQUIRE(update(harness, seq, std::move(command)));
    CHECK(harness.state("q", seq) == JobState::Delayed);
    CHECK(harness.view("q", seq).due_ms == harness.now() + 1'000);
    CHECK(harness.last().events.back().kind == EventKind::Delayed);
    harness.pass(500);
    REQUIRE(update(harness, seq, to_delay(2'000)));
    harness.restart();
    CHECK(harness.view("q", seq).due_ms == harness.now() + 2'000);
    CHECK(harness.view("q", seq).priority == 1);
    REQUIRE(update(harness, seq, to_priority(3)));
    CHECK(harness.view("q", seq).due_ms == harness.now() + 2'000);
    harness.restart();
    REQUIRE(harness.engine().watch("q"));
    CHECK(harness.view("q", seq).priority == 3);
    REQUIRE(update(harness, seq, to_delay(0)));
    CHECK(harness.state("q", seq) == JobState::Waiting);
    CHECK(harness.view("q", seq).priority == 3);
    CHECK(harness.last().events.back().kind == EventKind::Promoted);
}

TEST_CASE("a change that cannot be made changes nothing and says why", "[engine][update][R17a]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto seq = harness.add("q");
    CHECK(update(harness, seq, {}).code() == Code::InvalidArgument);
    CHECK(update(harness, seq, to_priority(256)).code() == Code::InvalidArgument);
    CHECK(update(harness, seq, to_delay(-1)).code() == Code::InvalidArgument);
    CHECK(update(harness, seq, to_payload(std::string(kPayloadBytesMax + 1, 'x'))).code() ==
          Code::TooLarge);
    UpdateJob tags;
    tags.tags = Tags(17, "t");
    CHECK(update(harness, seq, tags).code() == Code::InvalidArgument);
    tags.tags = Tags{"not a tag"};
    tags.priority = 0;
    CHECK(update(harness, seq, tags).code() == Code::InvalidArgument);
    CHECK(harness.view("q", seq).priority == 2);
    CHECK(update(harness, JobSeq{1}, to_priority(1)).code() == Code::NotFound);
    const auto granted = harness.take_one(worker, "q");
    UpdateJob both = to_payload("x");
    both.priority = 0;
    const auto refused = update(harness, seq, both);
    REQUIRE(refused.code() == Code::WrongState);
    CHECK(refused.error().detail.find("active") != std::string::npos);
    harness.complete("q", granted);
    CHECK(update(harness, seq, to_payload("x")).code() == Code::WrongState);
    CHECK(*record(harness, seq).payload == "{}");
}

TEST_CASE("a delayed job whose priority was changed is not early after a restart",
          "[engine][update][R4][R17a][R34]") {
    EngineHarness harness;
    JobSpec spec = job();
    spec.delay_ms = 10'000;
    const auto seq = harness.add("q", spec);
    harness.pass(4'000);
    const TimeMs due_ms = harness.view("q", seq).due_ms;
    REQUIRE(update(harness, seq, to_priority(0)));
    harness.restart(1'000);
    CHECK(harness.state("q", seq) == JobState::Delayed);
    CHECK(harness.view("q", seq).due_ms == due_ms);
    harness.pass(4'900);
    CHECK(harness.take(harness.worker(), "q").empty());
    harness.pass(200);
    CHECK(harness.take(harness.worker(), "q").size() == 1);
}

TEST_CASE("a successor's data can be changed, but not the time of its start",
          "[engine][update][dedup][R12][R17a]") {
    EngineHarness harness;
    JobSpec spec = job();
    spec.deduplication = {"k", DedupMode::KeepLatest, 0};
    harness.add("q", spec);
    const auto granted = harness.take_one(harness.worker(), "q");
    const auto successor = harness.add("q", spec);
    CHECK(update(harness, successor, to_delay(5)).code() == Code::WrongState);
    REQUIRE(update(harness, successor, to_payload("new")));
    REQUIRE(update(harness, successor, to_priority(0)));
    harness.restart();
    CHECK(harness.state("q", successor) == JobState::Delayed);
    harness.complete("q", granted);
    CHECK(harness.state("q", successor) == JobState::Waiting);
    CHECK(harness.view("q", successor).priority == 0);
    CHECK(*record(harness, successor).payload == "new");
}

TEST_CASE("a debounced job whose delay someone moves keeps its key until then",
          "[engine][update][dedup][R12][R17a]") {
    EngineHarness harness;
    JobSpec spec = job();
    spec.deduplication = {"k", DedupMode::Debounce, 100};
    const auto seq = harness.add("q", spec);
    REQUIRE(update(harness, seq, to_delay(1'000)));
    CHECK(harness.engine().find_deduplication("q", "k")->remaining_ms == 1'000);
    harness.pass(500);
    CHECK(harness.add("q", spec) == seq);
    CHECK(harness.view("q", seq).due_ms == harness.now() + 100);
    REQUIRE(update(harness, seq, to_delay(0)));
    CHECK_FALSE(harness.engine().find_deduplication("q", "k"));
}
