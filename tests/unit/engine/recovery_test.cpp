// The same state and the same order before and after a restart.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

// Everything a listing shows of a queue, as text.
std::string describe(EngineHarness& harness, const std::string& queue) {
    std::string text;
    for (const auto state : {JobState::Waiting, JobState::Delayed, JobState::Active,
                             JobState::Completed, JobState::Failed}) {
        const auto page = harness.engine().list_jobs({queue, state, 1'000, ""});
        REQUIRE(page);
        text += "state " + std::to_string(static_cast<int>(state)) + ":\n";
        for (const auto& view : page->jobs)
            text +=
                harness.id(view.seq) + " " + view.chosen_id + " " + view.job_class->name + " p" +
                std::to_string(view.priority) + " due " + std::to_string(view.due_ms) + " made " +
                std::to_string(view.attempts_made) + " stalls " + std::to_string(view.stalls) +
                " kind " + std::to_string(static_cast<int>(view.failure_kind)) + " started " +
                std::to_string(view.started_ms) + " finished " + std::to_string(view.finished_ms) +
                " by " + view.worker + " rows " + std::to_string(view.rows) + "\n";
    }
    const auto record = harness.engine().queue_view(queue)->record;
    return text + std::to_string(record.added_total) + " " +
           std::to_string(record.completed_total) + " " + std::to_string(record.failed_total) +
           " " + std::to_string(record.retried_total) + " " + std::to_string(record.stalled_total);
}

// Some of everything, by a fixed pattern.
void live(EngineHarness& harness, SessionKey worker, std::uint32_t rounds) {
    for (std::uint32_t round = 0; round < rounds; ++round) {
        std::vector<JobSpec> specs;
        for (std::uint32_t i = 0; i < 10; ++i) {
            JobSpec spec = job("n" + std::to_string(i % 3));
            spec.priority = i % 3;
            spec.lifo = i == 4;
            spec.delay_ms = i == 5 ? 700 : 0;
            spec.run_at_ms = i == 6 ? harness.now() + 900 : 0;
            spec.attempts_max = 2 + i % 2;
            spec.backoff = {BackoffType::Exponential, 300, 0, 0.5};
            spec.max_stalled = 1;
            if (i == 7) spec.id = "chosen-" + std::to_string(round);
            if (i == 8) spec.payload = bytes(std::string(5'000, 'x'));
            specs.push_back(std::move(spec));
        }
        harness.add_all("q", std::move(specs));
        const auto held = harness.take(worker, "q", 6, 1'000 + 500 * (round % 2));
        for (std::size_t i = 0; i < held.size(); ++i) {
            if (i == 0) harness.complete("q", held[i], "r");
            if (i == 1) harness.fail("q", held[i], "e");
            if (i == 2) harness.finish("q", held[i], Release{});
            if (i == 3) harness.finish("q", held[i], engine::Delay{400});
            if (i == 4) harness.beat("q", held[i], "10");
        }
        harness.pass(250);
    }
}

}  // namespace

TEST_CASE("everything is the same after a restart", "[engine][R34][R35]") {
    EngineHarness harness;
    for (std::uint32_t boot = 0; boot < 6; ++boot) {
        live(harness, harness.worker(), 5);
        harness.pass(0);
        const std::string before = describe(harness, "q");
        harness.restart();
        CHECK(describe(harness, "q") == before);
    }
}

TEST_CASE("the order among waiting jobs is the same after a restart", "[engine][R34][R3]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    live(harness, worker, 8);
    harness.pass(5'000);
    const auto listed = harness.engine().list_jobs({"q", JobState::Waiting, 1'000, ""});
    REQUIRE(listed);
    harness.restart();
    harness.add("q", job("last"));
    std::vector<JobSeq> wanted;
    for (const auto& view : listed->jobs)
        if (view.priority < 2) wanted.push_back(view.seq);
    std::vector<JobSeq> given;
    for (const auto& granted : harness.take(harness.worker(), "q", 1'000))
        if (granted.priority < 2) given.push_back(granted.seq);
    CHECK(wanted.size() > 5);
    CHECK(given == wanted);
}

TEST_CASE("attempts and the time of the next one are kept", "[engine][R34][R5]") {
    EngineHarness harness;
    JobSpec spec = job();
    spec.attempts_max = 3;
    spec.backoff = {BackoffType::Fixed, 5'000, 0, 0};
    const auto seq = harness.add("q", spec);
    harness.fail("q", harness.take_one(harness.worker(), "q"));
    harness.restart(2'000);
    CHECK(harness.view("q", seq).attempts_made == 1);
    harness.pass(2'999);
    CHECK(harness.take(harness.worker(), "q").empty());
    harness.pass(1);
    CHECK(harness.take_one(harness.worker(), "q").attempt == 2);
}

TEST_CASE("a completed job is never given out again", "[engine][R34][R35]") {
    EngineHarness harness;
    const auto seq = harness.add("q");
    harness.complete("q", harness.take_one(harness.worker(), "q"));
    harness.restart(100'000);
    harness.pass(0);
    CHECK(harness.take(harness.worker(), "q").empty());
    CHECK(harness.state("q", seq) == JobState::Completed);
}

TEST_CASE("numbers of jobs and queues are not used twice", "[engine][R34]") {
    EngineHarness harness;
    std::set<JobSeq> seqs;
    for (int boot = 0; boot < 3; ++boot) {
        CHECK(seqs.insert(harness.add("q" + std::to_string(boot))).second);
        harness.restart();
    }
    std::set<QueueId> ids;
    for (const auto& [id, record] : harness.disk().queues()) ids.insert(id);
    CHECK(ids.size() == 3);
}

TEST_CASE("jobs whose queue was lost by damage do not turn up in a queue that is made later", "[engine][R34]") {
    EngineOptions options;
    options.epoch = Epoch{2};
    Engine engine(options);
    auto job_class = std::make_shared<JobClass>();
    job_class->queue = QueueId{7};
    job_class->name = "work";
    JobRecord orphan;
    orphan.seq = JobSeq{with_epoch(Epoch{1}, 1)};
    orphan.job_class = job_class;
    engine.recovery().job(orphan);
    engine.recovery().finish();
    REQUIRE(engine.add_jobs({"q", {job()}}));
    const Effects effects = engine.seal();
    REQUIRE(effects.changes.queues.size() == 1);
    CHECK(raw(effects.changes.queues.front().id) > 7);
}

TEST_CASE("a job that returns after a restart with the clock set back keeps its place",
          "[engine][R34][R3]") {
    EngineHarness harness;
    harness.add("q", job("first"));
    const auto opened = harness.engine().open_session("worker", "");
    harness.take_one(opened.key, "q");
    harness.restart(-50'000);
    harness.add("q", job("second"));
    harness.engine().open_session("worker", opened.id);
    harness.engine().close_session(harness.engine().open_session("worker", opened.id).key);
    harness.turn();
    CHECK(harness.drain_names(harness.worker(), "q") ==
          std::vector<std::string>{"first", "second"});
}

TEST_CASE("two restarts in a row lose nothing", "[engine][R34]") {
    EngineHarness harness;
    live(harness, harness.worker(), 5);
    const std::string before = describe(harness, "q");
    harness.restart();
    harness.turn();
    harness.restart();
    CHECK(describe(harness, "q") == before);
}
