// What operators watch: the busiest queues, the sum of the others, the age of what waits.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

TEST_CASE("the busiest queues are shown one by one and the rest as a sum", "[engine][R30]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    for (int i = 0; i < 5; ++i)
        for (int jobs = 0; jobs <= i; ++jobs) harness.add("q" + std::to_string(i));
    harness.complete("q0", harness.take_one(worker, "q0"));
    const Overview seen = harness.engine().overview(2);
    REQUIRE(seen.queues.size() == 2);
    CHECK(seen.queues[0].name == "q3");
    CHECK(seen.queues[1].name == "q4");
    CHECK(seen.queues[1].added_total == 5);
    CHECK(seen.other_queues == 3);
    CHECK(seen.others.added_total == 1 + 2 + 3);
    CHECK(seen.others.completed_total == 1);
    CHECK(seen.others.by_state[static_cast<std::size_t>(JobState::Waiting)] == 5);
    CHECK(seen.sessions == 1);
    CHECK(harness.engine().overview(100).other_queues == 0);
    CHECK(harness.engine().overview(0).others.added_total == 15);
}

TEST_CASE("a glance goes round all queues in bounded steps", "[engine][R30]") {
    EngineHarness harness;
    for (int i = 0; i < 5; ++i) harness.add("q" + std::to_string(i));
    std::size_t cursor = 0;
    std::vector<std::string> names;
    do {
        const auto part = harness.engine().glance(cursor, 2);
        CHECK(part.size() <= 2);
        for (const auto& queue : part) names.push_back(queue.name);
    } while (cursor != 0);
    CHECK(names == std::vector<std::string>{"q0", "q1", "q2", "q3", "q4"});
}

TEST_CASE("the age of what waits is the oldest job's, whatever its priority", "[engine][R8][R30]") {
    EngineHarness harness;
    JobSpec low = job();
    low.priority = 9;
    harness.add("q", low);
    const TimeMs added_ms = harness.now();
    harness.pass(1'000);
    harness.add("q");
    JobSpec first = job();
    first.lifo = true;
    harness.add("q", first);
    CHECK(harness.engine().overview(1).queues[0].oldest_waiting_ms == added_ms);
    const auto worker = harness.worker();
    harness.take(worker, "q", 3);
    CHECK(harness.engine().overview(1).queues[0].oldest_waiting_ms == 0);
}

TEST_CASE("an attempt is near its timeout in the last fifth of it", "[engine][R16][R30]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    JobSpec spec = job();
    spec.timeout_ms = 10'000;
    harness.add("q", spec);
    harness.add("q");
    harness.take(worker, "q", 2, 60'000);
    harness.pass(7'999);
    CHECK(harness.engine().overview(1).queues[0].near_timeout == 0);
    harness.pass(1);
    CHECK(harness.engine().overview(1).queues[0].near_timeout == 1);
    harness.pass(2'000);
    CHECK(harness.engine().overview(1).queues[0].near_timeout == 0);
}
