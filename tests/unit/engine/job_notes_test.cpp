// Log lines and checkpoints: who may write them, how many are kept, and what later attempts are given.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

struct Notes {
    std::vector<std::string> log_lines;
    std::shared_ptr<const std::string> checkpoint;
};

// One Beat with these notes, in a turn of its own.
ItemAnswer leave(EngineHarness& harness, const Granted& granted, Notes notes) {
    BeatItem item;
    item.job = {"q", harness.id(granted)};
    item.token = granted.token;
    item.log_lines = std::move(notes.log_lines);
    item.checkpoint = std::move(notes.checkpoint);
    std::vector<BeatItem> items;
    items.push_back(std::move(item));
    auto answer = harness.engine().beat(std::move(items));
    REQUIRE(answer);
    harness.turn();
    return answer->items.front();
}

std::vector<std::string> log_of(EngineHarness& harness, JobSeq seq) {
    const auto* const stored = harness.disk().find(seq);
    REQUIRE(stored != nullptr);
    std::map<std::uint32_t, std::string> lines;
    for (const auto& [row, line] : stored->log) lines[line.number] = line.text;
    std::vector<std::string> texts;
    for (const auto& [number, text] : lines) texts.push_back(std::to_string(number) + " " + text);
    return texts;
}

JobSpec with_attempts(std::uint32_t attempts) {
    JobSpec spec = job();
    spec.attempts_max = attempts;
    spec.max_stalled = 5;
    return spec;
}

bool has_checkpoint(const Granted& granted) {
    return (granted.rows & (kCheckpointRow | kLargeCheckpointRow)) != 0;
}

}  // namespace

TEST_CASE("log lines are numbered and timed over all attempts", "[engine][log][R7][R20]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto seq = harness.add("q", with_attempts(2));
    const auto first = harness.take_one(worker, "q");
    CHECK(leave(harness, first, {{"one", "two"}, {}}).code == Code::Ok);
    harness.pass(1'000);
    std::vector<FinishItem> items;
    items.push_back({{"q", harness.id(seq)}, first.token, Fail{"broke", false, {}}});
    items.back().log_lines = {"three"};
    REQUIRE(harness.engine().finish(std::move(items)));
    harness.turn();
    const auto second = harness.take_one(worker, "q");
    CHECK(leave(harness, second, {{"", "five"}, {}}).code == Code::Ok);
    CHECK(log_of(harness, seq) ==
          std::vector<std::string>{"1 one", "2 two", "3 three", "4 ", "5 five"});
    CHECK(harness.disk().find(seq)->log.at(1).time_ms == EngineHarness::kStart);
    CHECK(harness.disk().find(seq)->log.at(3).time_ms == EngineHarness::kStart + 1'000);
    CHECK(harness.view("q", seq).log_lines == 5);
}

TEST_CASE("the newest hundred lines of a log are kept, also over a restart", "[engine][log][R20][R36]") {
    EngineHarness harness;
    const auto seq = harness.add("q");
    const auto held = harness.take_one(harness.worker(), "q");
    std::uint32_t number = 0;
    for (int part = 0; part < 5; ++part) {
        if (part == 3) harness.restart();
        std::vector<std::string> lines;
        for (int i = 0; i < 47; ++i) lines.push_back("line " + std::to_string(++number));
        REQUIRE(leave(harness, held, {lines, {}}).code == Code::Ok);
    }
    const auto kept = log_of(harness, seq);
    REQUIRE(kept.size() == 100);
    CHECK(kept.front() == "136 line 136");
    CHECK(kept.back() == "235 line 235");
    CHECK(harness.view("q", seq).log_lines == 235);
}

TEST_CASE("lines and checkpoints of a stale holder are refused and change nothing",
          "[engine][log][lease][R20][R22]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto seq = harness.add("q", with_attempts(3));
    const auto lost = harness.take_one(worker, "q");
    REQUIRE(leave(harness, lost, {{"mine"}, bytes("first")}).code == Code::Ok);
    harness.pass(kLeaseDefaultMs);
    const auto held = harness.take_one(worker, "q");
    REQUIRE(held.seq == seq);
    CHECK(leave(harness, lost, {{"late"}, {}}).code == Code::StaleLease);
    CHECK(leave(harness, lost, {{}, bytes("late")}).code == Code::StaleLease);
    CHECK(harness.last().changes.empty());
    std::vector<FinishItem> items;
    items.push_back({{"q", harness.id(seq)}, lost.token, Complete{}});
    items.back().log_lines = {"late"};
    const auto answer = harness.engine().finish(std::move(items));
    REQUIRE(answer);
    CHECK(answer->items.front().code == Code::StaleLease);
    harness.turn();
    CHECK(log_of(harness, seq) == std::vector<std::string>{"1 mine"});
    CHECK(*harness.disk().find(seq)->checkpoint == "first");
}

TEST_CASE("what is too long is refused with its bound and changes nothing", "[engine][log][R20][R36]") {
    EngineHarness harness;
    const auto seq = harness.add("q");
    const auto held = harness.take_one(harness.worker(), "q");
    CHECK(leave(harness, held, {{std::string(4'096, 'x')}, {}}).code == Code::Ok);
    const auto long_line = leave(harness, held, {{"good", std::string(4'097, 'x')}, {}});
    CHECK(long_line.code == Code::TooLarge);
    CHECK(long_line.detail == "log_lines: 4097 bytes, at most 4096 are accepted");
    CHECK(leave(harness, held, {std::vector<std::string>(101, "x"), {}}).detail ==
          "log_lines: 101 in one item, at most 100 are accepted and kept");
    CHECK(leave(harness, held, {{}, bytes(std::string(kCheckpointBytesMax + 1, 'x'))}).detail ==
          "checkpoint: 1048577 bytes, at most 1048576 are accepted");
    CHECK(harness.last().changes.empty());
    CHECK(harness.view("q", seq).log_lines == 1);
}

TEST_CASE("a later attempt is given the newest checkpoint, whatever ended the one before",
          "[engine][checkpoint][R20]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto seq = harness.add("q", with_attempts(10));
    auto held = harness.take_one(worker, "q");
    CHECK_FALSE(has_checkpoint(held));
    REQUIRE(leave(harness, held, {{}, bytes("a")}).code == Code::Ok);
    REQUIRE(leave(harness, held, {{}, bytes("ab")}).code == Code::Ok);
    SECTION("a failure") { harness.fail("q", held); }
    SECTION("a release") { harness.finish("q", held, Release{}); }
    SECTION("a lost worker") { harness.pass(kLeaseDefaultMs); }
    SECTION("a crash of the broker and of the worker") {
        harness.restart();
        harness.pass(kLeaseDefaultMs);
    }
    held = harness.take_one(harness.worker(), "q");
    CHECK(held.seq == seq);
    CHECK(has_checkpoint(held));
    CHECK(*harness.disk().find(seq)->checkpoint == "ab");
    CHECK(harness.view("q", seq).checkpoint_bytes == 2);
}

TEST_CASE("a completed job has no checkpoint, a failed one keeps it for its retry",
          "[engine][checkpoint][R20]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto failed = harness.add("q");
    auto held = harness.take_one(worker, "q");
    REQUIRE(leave(harness, held, {{}, bytes(std::string(10'000, 'x'))}).code == Code::Ok);
    harness.fail("q", held);
    CHECK(harness.disk().find(failed)->checkpoint != nullptr);
    harness.restart();
    BulkSelection all;
    all.queue = "q";
    all.all = true;
    REQUIRE(harness.engine().retry_jobs(all));
    held = harness.take_one(harness.worker(), "q");
    CHECK(has_checkpoint(held));
    harness.complete("q", held);
    CHECK(harness.disk().find(failed)->checkpoint == nullptr);
    CHECK(harness.view("q", failed).checkpoint_bytes == 0);
    CHECK((harness.view("q", failed).rows & (kCheckpointRow | kLargeCheckpointRow)) == 0);
}

TEST_CASE("log and checkpoint go with their job", "[engine][log][checkpoint][R9][R20]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto kept = harness.add("q");
    JobSpec spec = job();
    spec.keep_completed = {0, {}};
    const auto not_kept = harness.add("q", spec);
    for (const auto& held : harness.take(worker, "q", 2)) {
        REQUIRE(leave(harness, held, {{"said"}, bytes("small")}).code == Code::Ok);
        REQUIRE(leave(harness, held, {{}, bytes(std::string(5'000, 'x'))}).code == Code::Ok);
        REQUIRE(leave(harness, held, {{}, bytes("small again")}).code == Code::Ok);
        if (held.seq == not_kept) harness.complete("q", held);
    }
    CHECK(harness.disk().find(not_kept) == nullptr);
    REQUIRE(harness.engine().remove_jobs("q", {harness.id(kept)}));
    harness.turn();  // The disk notes a row that is left behind.
    CHECK(harness.disk().find(kept) == nullptr);
}

TEST_CASE("a checkpoint counts in what one turn delivers, and the largest job goes alone",
          "[engine][checkpoint][R36]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    std::vector<JobSpec> specs(3, with_attempts(2));
    for (auto& spec : specs) spec.payload = bytes(std::string(kPayloadBytesMax, 'p'));
    harness.add_all("q", specs);
    for (int i = 0; i < 3; ++i) {
        const auto held = harness.take_one(worker, "q");
        REQUIRE(leave(harness, held, {{}, bytes(std::string(kCheckpointBytesMax, 'c'))}).code == Code::Ok);
        REQUIRE(harness.fail("q", held).code == Code::Ok);
        harness.pass(1);
        // The one that has failed is behind the others now.
    }
    REQUIRE(harness.count("q", JobState::Waiting) == 3);
    REQUIRE(harness.engine().subscribe(worker, {1, {"q"}, 0}));
    harness.engine().grant(worker, 1, 3);
    for (int turn = 0; turn < 3; ++turn) {
        REQUIRE(harness.turn().deliveries.size() == 1);
        CHECK(harness.last().deliveries.front().jobs.size() == 1);
    }
    CHECK(harness.turn().deliveries.empty());
}
