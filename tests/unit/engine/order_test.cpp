// The order in which waiting jobs are given out.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

JobSpec prioritised(std::string name, std::uint32_t priority) {
    JobSpec spec = job(std::move(name));
    spec.priority = priority;
    return spec;
}

JobSpec at_the_head(std::string name) {
    JobSpec spec = job(std::move(name));
    spec.lifo = true;
    return spec;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a smaller priority number always runs first", "[engine][R3]") {
    EngineHarness harness;
    harness.add_all("q", {prioritised("low", 3), prioritised("odd", 255), prioritised("urgent", 0),
                          prioritised("normal", 2), prioritised("high", 1)});
    CHECK(harness.drain_names(harness.worker(), "q") ==
          Names{"urgent", "high", "normal", "low", "odd"});
}

TEST_CASE("jobs of one priority run in the order of their adding", "[engine][R3]") {
    EngineHarness harness;
    harness.add("q", job("a"));
    harness.add_all("q", {job("b"), job("c")});
    harness.pass(5);
    harness.add("q", job("d"));
    CHECK(harness.drain_names(harness.worker(), "q") == Names{"a", "b", "c", "d"});
}

TEST_CASE("a lifo job goes to the head of its priority, the last one first", "[engine][R3]") {
    EngineHarness harness;
    harness.add_all(
        "q", {job("a"), at_the_head("b"), prioritised("urgent", 0), at_the_head("c"), job("d")});
    CHECK(harness.drain_names(harness.worker(), "q") == Names{"urgent", "c", "b", "a", "d"});
}

TEST_CASE("released jobs return to the head of their priority in their former order",
          "[engine][R3]") {
    EngineHarness harness;
    harness.add_all("q", {job("a"), job("b"), job("c"), job("d")});
    const auto worker = harness.worker();
    const auto held = harness.take(worker, "q", 3);
    REQUIRE(held.size() == 3);
    for (const std::size_t i : {1U, 2U, 0U})
        CHECK(harness.finish("q", held[i], Release{}).code == Code::Ok);
    CHECK(harness.drain_names(worker, "q") == Names{"a", "b", "c", "d"});
}

TEST_CASE("retries at once join the tail of their priority", "[engine][R3]") {
    EngineHarness harness;
    JobSpec twice = job("a");
    twice.attempts_max = 2;
    harness.add_all("q", {twice, job("b"), job("c")});
    const auto worker = harness.worker();
    CHECK(harness.fail("q", harness.take_one(worker, "q")).code == Code::Ok);
    CHECK(harness.drain_names(worker, "q") == Names{"b", "c", "a"});
}

TEST_CASE("promoted jobs join the tail, due ones by their due time", "[engine][R3]") {
    EngineHarness harness;
    JobSpec later = job("later");
    later.delay_ms = 200;
    JobSpec sooner = job("sooner");
    sooner.delay_ms = 100;
    JobSpec promoted = job("promoted");
    promoted.delay_ms = 9'000;
    const auto seqs = harness.add_all("q", {later, sooner, promoted, job("first")});
    REQUIRE(harness.engine().promote_jobs({"q", {harness.id(seqs[2])}, false, 0}));
    harness.turn();
    harness.pass(300);
    harness.add("q", job("last"));
    CHECK(harness.drain_names(harness.worker(), "q") ==
          Names{"first", "promoted", "sooner", "later", "last"});
}

TEST_CASE("subscriptions of one queue get its jobs in turns", "[engine][R3]") {
    EngineHarness harness;
    const auto one = harness.worker("one");
    const auto two = harness.worker("two");
    for (const auto session : {one, two}) {
        REQUIRE(harness.engine().subscribe(session, {1, {"q"}, 0}));
        harness.engine().grant(session, 1, 2);
    }
    harness.add_all("q", {job("a"), job("b"), job("c"), job("d"), job("e")});
    REQUIRE(harness.last().deliveries.size() == 2);
    for (const auto& delivery : harness.last().deliveries) CHECK(delivery.jobs.size() == 2);
    CHECK(harness.count("q", JobState::Waiting) == 1);
}

TEST_CASE("credit is a cumulative limit that never shrinks", "[engine][R18]") {
    EngineHarness harness;
    const auto session = harness.worker();
    REQUIRE(harness.engine().subscribe(session, {1, {"q"}, 0}));
    harness.engine().grant(session, 1, 2);
    harness.engine().grant(session, 1, 2);
    harness.engine().grant(session, 1, 1);
    harness.add_all("q", {job(), job(), job(), job()});
    CHECK(harness.count("q", JobState::Active) == 2);
    harness.engine().grant(session, 1, 3);
    harness.turn();
    CHECK(harness.count("q", JobState::Active) == 3);
    CHECK(harness.engine().quiet(session, 1).ok());
    harness.engine().grant(session, 1, 9);
    harness.turn();
    CHECK(harness.count("q", JobState::Active) == 3);
}
