// Deduplication keys: until the job ends, for a window, and as a delay that begins anew.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

JobSpec keyed(DedupMode mode, DurationMs window_ms = 0, std::string payload = "{}") {
    JobSpec spec = job();
    spec.payload = bytes(std::move(payload));
    spec.deduplication = {"k", mode, window_ms};
    return spec;
}

// What one add was answered.
ItemAnswer add(EngineHarness& harness, JobSpec spec) {
    std::vector<JobSpec> specs;
    specs.push_back(std::move(spec));
    auto answer = harness.engine().add_jobs({"q", std::move(specs)});
    REQUIRE(answer);
    harness.turn();
    if (answer->seq_count == 1) return {Code::Ok, 1, answer->first_seq, {}, {}};
    REQUIRE(answer->items.size() == 1);
    return answer->items.front();
}

Code code_of(EngineHarness& harness, JobSpec spec) {
    std::vector<JobSpec> specs;
    specs.push_back(std::move(spec));
    return harness.engine().add_jobs({"q", std::move(specs)}).code();
}

bool stands(EngineHarness& harness) {
    return harness.engine().find_deduplication("q", "k").ok();
}

std::string payload(EngineHarness& harness, JobSeq seq) {
    return *harness.disk().find(seq)->record.payload;
}

}  // namespace

TEST_CASE("while its job has not ended a key stands for every later add", "[engine][dedup][R12]") {
    EngineHarness harness;
    const auto first = add(harness, keyed(DedupMode::UntilEnded));
    CHECK(first.outcome == 1);
    CHECK(add(harness, keyed(DedupMode::UntilEnded)).outcome == 3);
    harness.restart();
    const auto worker = harness.worker();
    const auto again = add(harness, keyed(DedupMode::Throttle, 50));
    CHECK(again.outcome == 3);
    CHECK(again.seq == first.seq);
    const auto granted = harness.take_one(worker, "q");
    CHECK(add(harness, keyed(DedupMode::UntilEnded)).outcome == 3);
    CHECK(harness.engine().find_deduplication("q", "k")->job_id == harness.id(first.seq));
    harness.complete("q", granted);
    CHECK_FALSE(stands(harness));
    CHECK(harness.disk().dedup_rows() == 0);
    CHECK(add(harness, keyed(DedupMode::UntilEnded)).outcome == 1);
    CHECK(harness.count("q", JobState::Waiting) == 1);
}

TEST_CASE("a key survives retries of its job and ends with its last failure",
          "[engine][dedup][R12]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    JobSpec spec = keyed(DedupMode::UntilEnded);
    spec.attempts_max = 2;
    const auto first = add(harness, std::move(spec));
    harness.fail("q", harness.take_one(worker, "q"));
    CHECK(add(harness, keyed(DedupMode::UntilEnded)).outcome == 3);
    harness.fail("q", harness.take_one(worker, "q"));
    CHECK_FALSE(stands(harness));
    const auto second = add(harness, keyed(DedupMode::UntilEnded));
    CHECK(second.outcome == 1);
    // Sent to wait again, the old job does not take the key back.
    REQUIRE(harness.engine().retry_jobs({"q", {harness.id(first.seq)}, false, 0}));
    harness.turn();
    harness.restart();
    CHECK(harness.engine().find_deduplication("q", "k")->job_id == harness.id(second.seq));
    harness.engine().remove_jobs("q", {harness.id(first.seq)}).value();
    harness.turn();
    CHECK(stands(harness));
}

TEST_CASE("a removed, drained or expired job frees its key", "[engine][dedup][R12]") {
    EngineHarness harness;
    const auto added = add(harness, keyed(DedupMode::UntilEnded));
    REQUIRE(harness.engine().remove_jobs("q", {harness.id(added.seq)}));
    harness.turn();
    CHECK_FALSE(stands(harness));
    JobSpec delayed = keyed(DedupMode::UntilEnded);
    delayed.delay_ms = 1'000;
    CHECK(add(harness, std::move(delayed)).outcome == 1);
    REQUIRE(harness.engine().drain({"q", true, 0}));
    harness.turn();
    CHECK_FALSE(stands(harness));
    JobSpec short_lived = keyed(DedupMode::UntilEnded);
    short_lived.ttl_ms = 10;
    CHECK(add(harness, std::move(short_lived)).outcome == 1);
    harness.pass(11);
    CHECK_FALSE(stands(harness));
    JobSpec kept_by_none = keyed(DedupMode::UntilEnded);
    kept_by_none.keep_completed = {0, {}};
    CHECK(add(harness, std::move(kept_by_none)).outcome == 1);
    harness.complete("q", harness.take_one(harness.worker(), "q"));
    CHECK_FALSE(stands(harness));
    CHECK(harness.disk().dedup_rows() == 0);
}

TEST_CASE("a throttle drops adds for its window, whatever becomes of the job",
          "[engine][dedup][R12]") {
    EngineHarness harness;
    JobSpec spec = keyed(DedupMode::Throttle, 1'000);
    spec.id = "mine";
    const auto first = add(harness, std::move(spec));
    harness.pass(400);
    REQUIRE(harness.engine().remove_jobs("q", {"mine"}));
    harness.turn();
    harness.restart(100);
    const auto again = add(harness, keyed(DedupMode::Throttle, 1'000));
    CHECK(again.outcome == 3);
    CHECK(again.seq == first.seq);
    CHECK(again.id == "mine");
    CHECK(harness.engine().find_deduplication("q", "k")->remaining_ms == 500);
    harness.pass(500);
    CHECK_FALSE(stands(harness));
    CHECK(harness.disk().dedup_rows() == 0);
    CHECK(add(harness, keyed(DedupMode::Throttle, 1'000)).outcome == 1);
}

TEST_CASE("a clock that was set back does not make a window longer than it was",
          "[engine][dedup][R12]") {
    EngineHarness harness;
    add(harness, keyed(DedupMode::Throttle, 1'000));
    harness.restart(-60'000);
    CHECK(harness.engine().find_deduplication("q", "k")->remaining_ms == 1'000);
    harness.pass(1'000);
    CHECK_FALSE(stands(harness));
}

TEST_CASE("a window that ended while the daemon was down is over", "[engine][dedup][R12]") {
    EngineHarness harness;
    add(harness, keyed(DedupMode::Throttle, 1'000));
    harness.restart(5'000);
    CHECK(add(harness, keyed(DedupMode::Throttle, 1'000)).outcome == 1);
}

TEST_CASE("a queue with a window is not forgotten", "[engine][dedup][R12]") {
    EngineHarness harness;
    const auto added = add(harness, keyed(DedupMode::Throttle, 3 * kDayMs));
    REQUIRE(harness.engine().remove_jobs("q", {harness.id(added.seq)}));
    harness.pass(2 * kDayMs + 1);
    CHECK(add(harness, keyed(DedupMode::Throttle, 3 * kDayMs)).outcome == 3);
    harness.pass(kDayMs);
    harness.pass(2 * kDayMs);
    CHECK(harness.engine().queue_count() == 0);
}

TEST_CASE("an obliterated queue has no keys any more", "[engine][dedup][R12][R28]") {
    EngineHarness harness;
    const auto added = add(harness, keyed(DedupMode::Throttle, kDayMs));
    REQUIRE(harness.engine().remove_jobs("q", {harness.id(added.seq)}));
    JobSpec running = keyed(DedupMode::KeepLatest);
    running.deduplication.key = "other";
    add(harness, running);
    harness.take_one(harness.worker(), "q");
    add(harness, running);
    REQUIRE(harness.engine().obliterate({"q", true, 0}));
    harness.turn();
    CHECK_FALSE(stands(harness));
    CHECK(harness.disk().dedup_rows() == 0);
    CHECK(harness.disk().jobs().empty());
}

TEST_CASE("windows are bounded, and a request that would go over adds nothing",
          "[engine][dedup][R12][R36]") {
    EngineHarness harness(kQueuesMax, nullptr, 0, 2);
    std::vector<JobSpec> specs;
    for (const char* key : {"a", "b", "c"}) {
        specs.push_back(keyed(DedupMode::Throttle, 100));
        specs.back().deduplication.key = key;
    }
    const auto refused = harness.engine().add_jobs({"q", specs});
    REQUIRE(refused.code() == Code::MemoryLimit);
    CHECK(refused.error().detail.find("at most 2") != std::string::npos);
    CHECK(harness.count("q", JobState::Waiting) == 0);
    specs.back().deduplication.key = "a";
    harness.add_all("q", specs);
    CHECK(harness.count("q", JobState::Waiting) == 2);
    CHECK(code_of(harness, keyed(DedupMode::Throttle, 100)) == Code::MemoryLimit);
    CHECK(code_of(harness, keyed(DedupMode::UntilEnded)) == Code::Ok);
    harness.pass(100);
    REQUIRE(harness.engine().remove_deduplication("q", "k"));
    CHECK(code_of(harness, keyed(DedupMode::Throttle, 100)) == Code::Ok);
    harness.turn();
}

TEST_CASE("a debounced job gets the newest data, and its delay begins anew with each add",
          "[engine][dedup][R12]") {
    EngineHarness harness;
    const auto first = add(harness, keyed(DedupMode::Debounce, 100, "1"));
    CHECK(harness.state("q", first.seq) == JobState::Delayed);
    harness.pass(90);
    JobSpec second = keyed(DedupMode::Debounce, 100, "2");
    second.name = "other";
    second.priority = 0;
    second.tags = {"new"};
    const auto again = add(harness, std::move(second));
    CHECK(again.outcome == 3);
    CHECK(again.seq == first.seq);
    harness.restart();
    harness.pass(90);
    CHECK(harness.state("q", first.seq) == JobState::Delayed);
    CHECK(harness.engine().find_deduplication("q", "k")->remaining_ms == 10);
    harness.pass(10);
    CHECK(harness.state("q", first.seq) == JobState::Waiting);
    CHECK_FALSE(stands(harness));
    CHECK(harness.view("q", first.seq).job_class->name == "other");
    CHECK(harness.view("q", first.seq).priority == 0);
    CHECK(payload(harness, first.seq) == "2");
    CHECK(harness.disk().find(first.seq)->record.tags == std::vector<std::string>{"new"});
    CHECK(add(harness, keyed(DedupMode::Debounce, 100)).outcome == 1);
    CHECK(harness.engine().queue_view("q")->record.added_total == 2);
}

TEST_CASE("a debounced job that fell due while the daemon was down has no key any more",
          "[engine][dedup][R12]") {
    EngineHarness harness;
    const auto first = add(harness, keyed(DedupMode::Debounce, 100));
    harness.restart(200);
    CHECK(harness.state("q", first.seq) == JobState::Waiting);
    CHECK_FALSE(stands(harness));
    harness.turn();
    CHECK(harness.disk().dedup_rows() == 0);
}

TEST_CASE("a debounced job that someone promotes frees its key", "[engine][dedup][R12]") {
    EngineHarness harness;
    const auto first = add(harness, keyed(DedupMode::Debounce, 100));
    REQUIRE(harness.engine().promote_jobs({"q", {harness.id(first.seq)}, false, 0}));
    harness.turn();
    CHECK_FALSE(stands(harness));
}

TEST_CASE("duplicates inside one request are found, and stored ids come before keys",
          "[engine][dedup][R2][R12]") {
    EngineHarness harness;
    std::vector<JobSpec> specs = {keyed(DedupMode::UntilEnded), keyed(DedupMode::UntilEnded), job(),
                                  keyed(DedupMode::UntilEnded)};
    specs[1].id = "mine";
    auto answer = harness.engine().add_jobs({"q", std::move(specs)});
    REQUIRE(answer);
    harness.turn();
    REQUIRE(answer->items.size() == 4);
    CHECK(answer->items[0].outcome == 1);
    CHECK(answer->items[1].outcome == 3);
    CHECK(answer->items[1].seq == answer->items[0].seq);
    CHECK(answer->items[2].outcome == 1);
    CHECK(answer->items[3].outcome == 3);
    CHECK(harness.count("q", JobState::Waiting) == 2);
    // The id was not used, for its add made no job.
    JobSpec other = job();
    other.id = "mine";
    CHECK(add(harness, other).outcome == 1);
    JobSpec existing = keyed(DedupMode::UntilEnded);
    existing.id = "mine";
    existing.deduplication.key = "another";
    CHECK(add(harness, existing).outcome == 2);
    CHECK_FALSE(harness.engine().find_deduplication("q", "another"));
}

TEST_CASE("a job that replaces the one before it in its request takes the old class along",
          "[engine][dedup][R12]") {
    EngineHarness harness;
    std::vector<JobSpec> specs;
    for (const std::uint32_t attempts : {7U, 8U, 7U, 9U}) {
        specs.push_back(job());
        specs.back().attempts_max = attempts;
    }
    specs[0].deduplication = specs[1].deduplication = {"k", DedupMode::KeepLatest, 0};
    REQUIRE(harness.engine().add_jobs({"q", std::move(specs)}));
    harness.turn();
    const auto jobs = harness.take(harness.worker(), "q", 10);
    REQUIRE(jobs.size() == 3);
    CHECK(jobs[0].job_class->attempts_max == 8);
    CHECK(jobs[1].job_class->attempts_max == 7);
    CHECK(jobs[2].job_class->attempts_max == 9);
}

TEST_CASE("adds that make no job need no room in a full queue", "[engine][dedup][R8][R12]") {
    EngineHarness harness;
    QueueSettings settings;
    settings.waiting_max = 1;
    REQUIRE(harness.engine().set_settings("q", settings));
    CHECK(add(harness, keyed(DedupMode::UntilEnded)).outcome == 1);
    CHECK(add(harness, keyed(DedupMode::UntilEnded)).outcome == 3);
    CHECK(code_of(harness, job()) == Code::QueueFull);
    // A lost worker's job comes back over the bound.
    const auto worker = harness.worker();
    CHECK(harness.take(worker, "q").size() == 1);
    CHECK(code_of(harness, job()) == Code::Ok);
    harness.engine().close_session(worker);
    harness.turn();
    CHECK(harness.count("q", JobState::Waiting) == 2);
    CHECK(add(harness, keyed(DedupMode::UntilEnded)).outcome == 3);
}

TEST_CASE("a key that is freed makes the next add a job", "[engine][dedup][R12]") {
    EngineHarness harness;
    CHECK(harness.engine().remove_deduplication("q", "k").code() == Code::NotFound);
    const auto first = add(harness, keyed(DedupMode::UntilEnded));
    REQUIRE(harness.engine().remove_deduplication("q", "k"));
    harness.turn();
    CHECK(harness.engine().remove_deduplication("q", "k").code() == Code::NotFound);
    const auto second = add(harness, keyed(DedupMode::UntilEnded));
    CHECK(second.outcome == 1);
    REQUIRE(harness.engine().remove_jobs("q", {harness.id(first.seq)}));
    harness.turn();
    CHECK(harness.engine().find_deduplication("q", "k")->job_id == harness.id(second.seq));
}

TEST_CASE("a deduplication that cannot be is refused with what would be right",
          "[engine][dedup][R12]") {
    EngineHarness harness;
    const auto refuses = [&](const JobSpec& spec, const std::string& word) {
        const auto refused = harness.engine().add_jobs({"q", {spec}});
        return refused.code() == Code::InvalidArgument &&
               refused.error().detail.find(word) != std::string::npos;
    };
    JobSpec spec = keyed(DedupMode::UntilEnded);
    spec.deduplication.key = "";
    CHECK(refuses(spec, "deduplication.key"));
    CHECK(refuses(keyed(static_cast<DedupMode>(9)), "deduplication.mode"));
    CHECK(refuses(keyed(DedupMode::Throttle), "deduplication.window_ms"));
    CHECK(refuses(keyed(DedupMode::UntilEnded, 5), "deduplication.window_ms"));
    spec = keyed(DedupMode::Debounce, 5);
    spec.delay_ms = 1;
    CHECK(refuses(spec, "debounce"));
    spec = keyed(DedupMode::KeepLatest);
    spec.run_at_ms = 1;
    CHECK(refuses(spec, "run_at_ms"));
    UpsertScheduler scheduler;
    scheduler.queue = "q";
    scheduler.key = "s";
    scheduler.job = keyed(DedupMode::UntilEnded);
    scheduler.repeat.every_ms = 1'000;
    CHECK(harness.engine().upsert_scheduler(std::move(scheduler)).code() == Code::InvalidArgument);
}

TEST_CASE("a follow-up with the key of the job that ends is a job", "[engine][dedup][R12][R13]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    for (const DedupMode mode : {DedupMode::UntilEnded, DedupMode::KeepLatest}) {
        add(harness, keyed(mode));
        const auto granted = harness.take_one(worker, "q");
        std::vector<FinishItem> items;
        items.push_back({{"q", harness.id(granted)}, granted.token, Complete{}});
        items.back().follow_ups.push_back({"q", keyed(mode, 0, "next")});
        CHECK(harness.engine().finish(std::move(items))->items.front().code == Code::Ok);
        harness.turn();
        const auto next = harness.take_one(worker, "q");
        CHECK(payload(harness, next.seq) == "next");
        CHECK(harness.engine().find_deduplication("q", "k")->job_id == harness.id(next));
        harness.complete("q", next);
        CHECK_FALSE(stands(harness));
    }
}

TEST_CASE("a job of a flow has no key", "[engine][dedup][R12][R13]") {
    EngineHarness harness;
    AddFlow flow;
    flow.jobs.emplace_back();
    flow.jobs.back().queue = "q";
    flow.jobs.back().job = keyed(DedupMode::UntilEnded);
    CHECK(harness.engine().add_flow(std::move(flow)).code() == Code::InvalidArgument);
}

TEST_CASE("a dead letter does not inherit the key", "[engine][dedup][R12]") {
    EngineHarness harness;
    JobSpec spec = keyed(DedupMode::UntilEnded);
    spec.on_failure_queue = "dead";
    add(harness, std::move(spec));
    harness.fail("q", harness.take_one(harness.worker(), "q"));
    CHECK(harness.count("dead", JobState::Waiting) == 1);
    CHECK_FALSE(stands(harness));
    CHECK_FALSE(harness.engine().find_deduplication("dead", "k"));
}

TEST_CASE("those who watch are told of adds that found a key",
          "[engine][dedup][events][R11][R12]") {
    EngineHarness harness;
    REQUIRE(harness.engine().watch("q"));
    const auto first = add(harness, keyed(DedupMode::Throttle, 1'000));
    add(harness, keyed(DedupMode::Throttle, 1'000));
    REQUIRE(harness.last().events.size() == 1);
    CHECK(harness.last().events.front().kind == EventKind::Deduplicated);
    CHECK(harness.last().events.front().id == harness.id(first.seq));
    CHECK(harness.last().events.front().text == "k");
    REQUIRE(harness.engine().remove_jobs("q", {harness.id(first.seq)}));
    harness.turn();
    add(harness, keyed(DedupMode::Throttle, 1'000));
    REQUIRE(harness.last().events.size() == 1);
    CHECK(harness.last().events.front().id == harness.id(first.seq));
}
