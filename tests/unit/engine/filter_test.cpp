// Listings with filters: what memory can tell of a job, within bounds of work.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

Page page_of(EngineHarness& harness, JobState state, const JobFilter& filter,
             std::size_t limit = 100, const std::string& cursor = {}) {
    auto page = harness.engine().list_jobs({"q", state, limit, cursor, filter});
    REQUIRE(page);
    return *page;
}

std::size_t count(EngineHarness& harness, JobState state, const JobFilter& filter) {
    std::size_t jobs = 0;
    std::size_t pages = 0;
    std::string cursor;
    do {
        const Page page = page_of(harness, state, filter, 7, cursor);
        jobs += page.jobs.size();
        cursor = page.next_cursor;
        REQUIRE(++pages < 1'000);
    } while (!cursor.empty());
    return jobs;
}

}  // namespace

TEST_CASE("a listing by name finds the jobs of that name, page by page",
          "[engine][listing][R17a]") {
    EngineHarness harness;
    std::vector<JobSpec> specs;
    for (int i = 0; i < 100; ++i) {
        specs.push_back(job(i % 10 == 0 ? "rare" : "common"));
        if (i % 20 == 0) specs.back().delay_ms = 1'000;
    }
    harness.add_all("q", std::move(specs));
    JobFilter rare;
    rare.name = "rare";
    CHECK(count(harness, JobState::Waiting, rare) == 5);
    CHECK(count(harness, JobState::Delayed, rare) == 5);
    CHECK(count(harness, JobState::None, rare) == 10);
    rare.name = "other";
    CHECK(count(harness, JobState::None, rare) == 0);
}

TEST_CASE("a bound on its finish lets only jobs pass that ended within it",
          "[engine][listing][R17a]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    for (int i = 0; i < 6; ++i) {
        harness.add("q");
        const auto granted = harness.take_one(worker, "q");
        i % 2 == 0 ? harness.complete("q", granted) : harness.fail("q", granted);
        harness.pass(10);
    }
    harness.add("q");
    JobFilter within;
    within.finished_from_ms = EngineHarness::kStart + 10;
    within.finished_before_ms = EngineHarness::kStart + 40;
    CHECK(count(harness, JobState::None, within) == 3);
    CHECK(count(harness, JobState::Completed, within) == 1);
    CHECK(count(harness, JobState::Failed, within) == 2);
    CHECK(count(harness, JobState::Waiting, within) == 0);
}

TEST_CASE("a page looks at no more than 10,000 jobs and goes on behind them",
          "[engine][listing][R17a][R36]") {
    EngineHarness harness;
    for (int i = 0; i < 21; ++i) {
        std::vector<JobSpec> specs(1'000, job());
        if (i == 20) specs.back() = job("rare");
        harness.add_all("q", std::move(specs));
    }
    JobFilter rare;
    rare.name = "rare";
    for (const JobState state : {JobState::Waiting, JobState::None}) {
        const Page first = page_of(harness, state, rare);
        CHECK(first.jobs.empty());
        REQUIRE_FALSE(first.next_cursor.empty());
        const Page second = page_of(harness, state, rare, 100, first.next_cursor);
        CHECK(second.jobs.empty());
        const Page third = page_of(harness, state, rare, 100, second.next_cursor);
        CHECK(third.jobs.size() == 1);
        CHECK(third.next_cursor.empty());
    }
}

TEST_CASE("with a filter that needs rows a page has no more than 1,000 jobs to read",
          "[engine][listing][R17a][R36]") {
    EngineHarness harness;
    for (int i = 0; i < 3; ++i) harness.add_all("q", std::vector<JobSpec>(1'000, job()));
    JobFilter tagged;
    tagged.tag = "x";
    const Page first = page_of(harness, JobState::Waiting, tagged, 10);
    CHECK(first.jobs.size() == 1'000);
    CHECK_FALSE(first.next_cursor.empty());
    // No job in this state can have failed: there is nothing to look at.
    JobFilter failed;
    failed.error_text = "x";
    CHECK(page_of(harness, JobState::Waiting, failed).next_cursor.empty());
    CHECK(page_of(harness, JobState::None, failed).jobs.empty());
}

TEST_CASE("ended jobs are listed on behind a cursor whose job is gone", "[engine][listing][R7]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    for (int i = 0; i < 10; ++i) {
        harness.add("q", job());
        harness.fail("q", harness.take_one(worker, "q"));
    }
    const Page first = page_of(harness, JobState::Failed, {}, 4);
    REQUIRE(first.jobs.size() == 4);
    REQUIRE(harness.engine().retry_jobs({"q", {harness.id(first.jobs.back().seq)}, false, 0}));
    harness.turn();
    const Page second = page_of(harness, JobState::Failed, {}, 100, first.next_cursor);
    CHECK(second.jobs.size() == 6);
    CHECK(page_of(harness, JobState::Failed, {}, 3,
                  second.next_cursor.empty() ? first.next_cursor : "")
              .jobs.size() == 3);
}

TEST_CASE("a filter that cannot be is refused", "[engine][listing][R17a]") {
    EngineHarness harness;
    harness.add("q");
    JobFilter filter;
    filter.name = "no name";
    CHECK(harness.engine().list_jobs({"q", JobState::None, 0, "", filter}).code() ==
          Code::InvalidArgument);
    filter = {};
    filter.error_text = std::string(1'025, 'x');
    CHECK(harness.engine().list_jobs({"q", JobState::None, 0, "", filter}).code() ==
          Code::TooLarge);
}

TEST_CASE("named jobs are cleaned where they are in the state still", "[engine][R29]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto failed = harness.add("q");
    harness.fail("q", harness.take_one(worker, "q"));
    const auto waiting = harness.add("q");
    const auto answer = harness.engine().clean(
        {"q", JobState::Failed, 0, 0, {harness.id(failed), harness.id(waiting), "none"}});
    REQUIRE(answer);
    harness.turn();
    CHECK(answer->changed == 1);
    REQUIRE(answer->items.size() == 3);
    CHECK(answer->items[0].code == Code::Ok);
    CHECK(answer->items[1].code == Code::WrongState);
    CHECK(answer->items[2].code == Code::NotFound);
    CHECK(harness.state("q", failed) == JobState::None);
    CHECK(harness.engine().clean({"q", JobState::Failed, 5, 0, {"x"}}).code() ==
          Code::InvalidArgument);
}
