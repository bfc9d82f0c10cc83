// Who works on what: the list that operators see.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

TEST_CASE("workers are listed with what they take, may be given and hold, oldest first",
          "[engine][R30]") {
    EngineHarness harness;
    harness.worker("idle");
    const auto first = harness.worker("first");
    const auto second = harness.worker("second");
    REQUIRE(harness.engine().subscribe(first, {1, {"q", "another"}, 0}));
    REQUIRE(harness.engine().subscribe(first, {2, {"q"}, 0}));
    harness.engine().grant(first, 1, 5);
    harness.turn();
    harness.add_all("q", {job(), job()});
    const auto page = harness.engine().list_workers({});
    REQUIRE(page);
    CHECK(page->next == 0);
    REQUIRE(page->workers.size() == 1);
    CHECK(page->workers[0].session == first);
    CHECK(page->workers[0].name == "first");
    CHECK(page->workers[0].queues == std::vector<std::string>{"another", "q"});
    CHECK(page->workers[0].credit == 3);
    CHECK(page->workers[0].leases == 2);

    harness.add("elsewhere");
    harness.take_one(second, "elsewhere");
    const auto holders = harness.engine().list_workers({"elsewhere", 0, 0});
    REQUIRE(holders->workers.size() == 1);
    CHECK(holders->workers[0].session == second);
    CHECK(holders->workers[0].queues.empty());
    CHECK(holders->workers[0].leases == 1);
    CHECK(harness.engine().list_workers({"another", 0, 0})->workers.size() == 1);
    CHECK(harness.engine().list_workers({"nothing", 0, 0}).code() == Code::NotFound);
    CHECK(harness.engine().list_workers({"", 0, 1'001}).code() == Code::InvalidArgument);
}

TEST_CASE(
    "the list of workers comes in pages, and those that are lost are in it while they hold jobs",
    "[engine][R30]") {
    EngineHarness harness;
    std::vector<SessionKey> workers;
    harness.add_all("q", std::vector<JobSpec>(5, job()));
    for (int i = 0; i < 5; ++i) {
        workers.push_back(harness.worker("w" + std::to_string(i)));
        harness.take_one(workers.back(), "q");
    }
    harness.engine().lose_session(workers[1]);
    harness.engine().close_session(workers[2]);
    harness.turn();
    std::vector<std::string> names;
    std::uint64_t after = 0;
    do {
        const auto page = harness.engine().list_workers({"", after, 2});
        REQUIRE(page);
        for (const auto& worker : page->workers) names.push_back(worker.name);
        after = page->next;
    } while (after != 0);
    CHECK(names == std::vector<std::string>{"w0", "w1", "w3", "w4"});
    harness.pass(kSessionGraceMs);
    CHECK(harness.engine().list_workers({})->workers.size() == 3);
}

TEST_CASE("a worker of very many queues shows the first of them and how many more",
          "[engine][R30]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    for (std::uint32_t subscription = 1; subscription <= 2; ++subscription) {
        std::vector<std::string> queues;
        for (int i = 0; i < 60; ++i) queues.push_back("q" + std::to_string(100 * subscription + i));
        REQUIRE(harness.engine().subscribe(worker, {subscription, queues, 0}));
    }
    harness.turn();
    const auto page = harness.engine().list_workers({});
    REQUIRE(page->workers.size() == 1);
    CHECK(page->workers[0].queues.size() == kWorkerQueuesShownMax);
    CHECK(page->workers[0].queues.front() == "q100");
    CHECK(page->workers[0].queues_more == 120 - kWorkerQueuesShownMax);
}
