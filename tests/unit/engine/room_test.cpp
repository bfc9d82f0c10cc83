// What a worker is given at once has a bound in bytes, and a connection that has no room gets nothing.
#include "engine/limits.h"
#include "engine/size_class.h"
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

JobSpec large_job(std::size_t bytes_size = 1000 * 1000) {
    JobSpec spec = job();
    spec.payload = bytes(std::string(bytes_size, 'x'));
    return spec;
}

std::vector<JobSpec> many(std::size_t count, std::size_t bytes_size) {
    std::vector<JobSpec> specs;
    for (std::size_t i = 0; i < count; ++i) specs.push_back(large_job(bytes_size));
    return specs;
}

std::size_t delivered(const Effects& effects) {
    std::size_t jobs = 0;
    for (const auto& delivery : effects.deliveries) jobs += delivery.jobs.size();
    return jobs;
}

SessionKey subscriber(EngineHarness& harness, std::uint64_t credit, const std::string& queue = "q") {
    const auto worker = harness.worker();
    REQUIRE(harness.engine().subscribe(worker, {1, {queue}, 0}));
    harness.engine().grant(worker, 1, credit);
    return worker;
}

}  // namespace

TEST_CASE("large jobs are given over several turns", "[engine][R36]") {
    EngineHarness harness;
    harness.add_all("q", many(5, 1000 * 1000));
    subscriber(harness, 5);
    for (int turn = 0; turn < 5; ++turn) {
        CHECK_FALSE(harness.engine().is_quiet());
        CHECK(delivered(harness.turn()) == 1);
    }
    CHECK(harness.count("q", JobState::Active) == 5);
    harness.turn();
    CHECK(harness.engine().is_quiet());
}

TEST_CASE("the bound on what a turn gives is one session's, over all it asks with", "[engine][R36]") {
    EngineHarness harness;
    harness.add_all("q", many(20, 200 * 1000));
    const auto worker = subscriber(harness, 3);
    REQUIRE(harness.engine().take(worker, {{"q"}, 10, 1'000, 0, 7}));
    REQUIRE(harness.engine().take(worker, {{"q"}, 10, 1'000, 0, 8}));
    harness.turn();
    std::size_t bytes_given = 0;
    for (const auto& delivery : harness.last().deliveries)
        bytes_given += delivery.jobs.size() * 200 * 1000;
    CHECK(bytes_given > 0);
    CHECK(bytes_given <= engine::kDeliveredBytesPerTurnMax);
    // Another session has a bound of its own.
    subscriber(harness, 1);
    CHECK(delivered(harness.turn()) > 1);
}

TEST_CASE("a take of large jobs gets what fits, and the others stay", "[engine][R26a][R36]") {
    EngineHarness harness;
    harness.add_all("q", many(10, 1000 * 1000));
    CHECK(harness.take(harness.worker(), "q", 10).size() == 1);
    CHECK(harness.count("q", JobState::Waiting) == 9);
}

TEST_CASE("a take whose wait is over gets what there was no room for at once", "[engine][R26a][R36]") {
    EngineHarness harness;
    harness.add_all("q", many(3, 1000 * 1000));
    const auto worker = harness.worker();
    for (std::uint64_t request = 1; request <= 4; ++request)
        REQUIRE(harness.engine().take(worker, {{"q"}, 1, 0, 0, request}));
    std::vector<std::size_t> jobs(5, 99);
    for (int turn = 0; turn < 10; ++turn)
        for (const auto& delivery : harness.pass(0).deliveries)
            jobs[delivery.take_request] = delivery.jobs.size();
    CHECK(jobs == std::vector<std::size_t>{99, 1, 1, 1, 0});
    CHECK(harness.engine().is_quiet());
}

TEST_CASE("a take of a held session ends when the session has room", "[engine][R26a][R36]") {
    EngineHarness harness;
    const bool are_there = GENERATE(true, false);
    const auto worker = harness.worker();
    harness.engine().set_held(worker, true);
    if (are_there) harness.add("q");
    REQUIRE(harness.engine().take(worker, {{"q"}, 1, 1'000, 0, 7}));
    harness.turn();
    CHECK(harness.pass(1'000).deliveries.size() == (are_there ? 0 : 1));
    harness.engine().set_held(worker, false);
    harness.turn();
    harness.pass(0);
    CHECK(harness.count("q", JobState::Active) == (are_there ? 1 : 0));
}

TEST_CASE("small jobs are not held up by the bound", "[engine][R36]") {
    EngineHarness harness;
    harness.add_all("q", many(500, 1'000));
    subscriber(harness, 500);
    CHECK(delivered(harness.turn()) == 500);
}

TEST_CASE("a held session gets nothing, others get its share, and it goes on later", "[engine][R36]") {
    EngineHarness harness;
    const auto slow = subscriber(harness, 100);
    harness.turn();
    harness.engine().set_held(slow, true);
    harness.add_all("q", {job(), job(), job()});
    CHECK(harness.last().deliveries.empty());
    harness.pass(10'000);
    CHECK(harness.last().deliveries.empty());
    CHECK(harness.engine().is_quiet());
    CHECK(harness.take(harness.worker(), "q", 1).size() == 1);
    harness.engine().set_held(slow, false);
    CHECK_FALSE(harness.engine().is_quiet());
    CHECK(delivered(harness.turn()) == 2);
}

TEST_CASE("a session that comes back on another connection is held no more", "[engine][R36]") {
    EngineHarness harness;
    const auto opened = harness.engine().open_session("worker", "");
    REQUIRE(harness.engine().subscribe(opened.key, {1, {"q"}, 0}));
    harness.engine().grant(opened.key, 1, 10);
    harness.engine().set_held(opened.key, true);
    harness.add("q");
    CHECK(harness.last().deliveries.empty());
    harness.engine().lose_session(opened.key);
    harness.turn();
    const auto again = harness.engine().open_session("worker", opened.id);
    REQUIRE(harness.engine().subscribe(again.key, {1, {"q"}, 0}));
    harness.engine().grant(again.key, 1, 10);
    CHECK(delivered(harness.turn()) == 1);
    harness.add_all("q", many(3, 1000 * 1000));
    std::size_t jobs = delivered(harness.last());
    while (!harness.engine().is_quiet()) jobs += delivered(harness.turn());
    CHECK(jobs == 3);
}

TEST_CASE("how large a job is survives a restart and goes over to its dead letter", "[engine][R36]") {
    EngineHarness harness;
    JobSpec failing = large_job();
    failing.on_failure_queue = "dead";
    harness.add("q", std::move(failing));
    harness.fail("q", harness.take_one(harness.worker(), "q"));
    harness.add_all("dead", {large_job(), large_job()});
    harness.restart();
    subscriber(harness, 3, "dead");
    for (int turn = 0; turn < 3; ++turn) CHECK(delivered(harness.turn()) == 1);
}

TEST_CASE("a size class is never smaller than the job", "[engine][R36]") {
    for (std::size_t size = 0; size <= engine::kContentBytesMax; size += 777) {
        const auto bound = engine::kSizeClassBytes[engine::size_class(size)];
        CHECK(size + engine::kDeliveryOverheadBytes <= bound);
    }
    CHECK(engine::kSizeClassBytes[engine::kLargestSizeClass] <= engine::kDeliveredBytesPerTurnMax);
}
