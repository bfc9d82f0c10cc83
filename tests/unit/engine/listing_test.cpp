// Pages of jobs, and cursors that stay good while things change.
#include "support/engine_harness.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

std::vector<JobSeq> seqs_of(const Page& page) {
    std::vector<JobSeq> seqs;
    for (const auto& view : page.jobs) seqs.push_back(view.seq);
    return seqs;
}

Page page_of(EngineHarness& harness, JobState state, std::size_t limit,
             const std::string& cursor = {}) {
    auto page = harness.engine().list_jobs({"q", state, limit, cursor});
    REQUIRE(page);
    return *page;
}

// All jobs of a state, a page of `limit` at a time.
std::vector<JobSeq> list_all(EngineHarness& harness, JobState state, std::size_t limit) {
    std::vector<JobSeq> seqs;
    std::string cursor;
    do {
        const Page page = page_of(harness, state, limit, cursor);
        for (const auto& view : page.jobs) seqs.push_back(view.seq);
        cursor = page.next_cursor;
    } while (!cursor.empty());
    return seqs;
}

// A queue with jobs in every state; some lifo, some of other priorities, some strays.
void fill(EngineHarness& harness) {
    const auto worker = harness.worker();
    std::vector<JobSpec> specs;
    for (std::uint32_t i = 0; i < 60; ++i) {
        JobSpec spec = job();
        spec.priority = i % 4;
        spec.lifo = i % 7 == 0;
        if (i % 5 == 0) spec.delay_ms = 10 + i % 3;
        specs.push_back(std::move(spec));
    }
    harness.add_all("q", std::move(specs));
    const auto held = harness.take(worker, "q", 20);
    for (std::size_t i = 0; i < 5; ++i) harness.complete("q", held[i]);
    for (std::size_t i = 5; i < 10; ++i) harness.fail("q", held[i]);
    harness.finish("q", held[12], Release{});
    harness.finish("q", held[10], Release{});
    harness.add("other");
}

}  // namespace

TEST_CASE("a listing finds exactly what the counters count, whatever the page size",
          "[engine][R8]") {
    EngineHarness harness;
    fill(harness);
    for (const auto state : {JobState::Waiting, JobState::Delayed, JobState::Active,
                             JobState::Completed, JobState::Failed, JobState::WaitingChildren})
        for (const std::size_t limit : {1U, 3U, 1'000U}) {
            const auto seqs = list_all(harness, state, limit);
            CHECK(seqs.size() == harness.count("q", state));
            for (const auto seq : seqs) CHECK(harness.state("q", seq) == state);
            CHECK(seqs == list_all(harness, state, 7));
        }
    CHECK(list_all(harness, JobState::None, 4).size() == 60);
}

TEST_CASE("waiting jobs are listed in the order in which they will run", "[engine][R8][R3]") {
    EngineHarness harness;
    fill(harness);
    const auto listed = list_all(harness, JobState::Waiting, 5);
    std::vector<JobSeq> given;
    for (const auto& granted : harness.take(harness.worker(), "q", 1'000))
        given.push_back(granted.seq);
    CHECK(listed == given);
}

TEST_CASE("ended jobs are listed newest first", "[engine][R7]") {
    EngineHarness harness;
    const auto worker = harness.worker();
    const auto seqs = harness.add_all("q", std::vector<JobSpec>(5, job()));
    const auto held = harness.take(worker, "q", 5);
    for (const std::size_t i : {3U, 0U, 4U, 1U, 2U}) harness.complete("q", held[i]);
    CHECK(list_all(harness, JobState::Completed, 2) ==
          std::vector<JobSeq>{seqs[2], seqs[1], seqs[4], seqs[0], seqs[3]});
}

TEST_CASE("a cursor goes on where it was though its job is gone", "[engine][R8]") {
    for (const auto state :
         {JobState::Waiting, JobState::Delayed, JobState::Completed, JobState::None}) {
        EngineHarness harness;
        fill(harness);
        const auto all = list_all(harness, state, 1'000);
        REQUIRE(all.size() > 3);
        const Page first = page_of(harness, state, 2);
        REQUIRE(harness.engine().remove_jobs("q", {harness.id(all[0]), harness.id(all[1])}));
        harness.turn();
        const Page rest = page_of(harness, state, 1'000, first.next_cursor);
        CHECK(seqs_of(rest) == std::vector<JobSeq>(all.begin() + 2, all.end()));
    }
}

TEST_CASE("jobs added between two pages disturb neither", "[engine][R8]") {
    EngineHarness harness;
    fill(harness);
    const auto all = list_all(harness, JobState::Waiting, 1'000);
    const Page first = page_of(harness, JobState::Waiting, 5);
    JobSpec urgent = job();
    urgent.priority = 0;
    urgent.lifo = true;
    harness.add("q", urgent);
    const Page rest = page_of(harness, JobState::Waiting, 1'000, first.next_cursor);
    CHECK(seqs_of(rest) == std::vector<JobSeq>(all.begin() + 5, all.end()));
}

TEST_CASE("a cursor that was made up is refused or harmless", "[engine][R36]") {
    EngineHarness harness;
    fill(harness);
    JobSpec spec = job();
    harness.add_all("other", {spec, spec, spec});
    for (const char* cursor :
         {"x", "1.2.3", "1.2.3.4.5", "1.2.3.-4", " 1.2.3.4", "99999999999999999999.1.1.1"})
        CHECK(harness.engine().list_jobs({"q", JobState::Waiting, 5, cursor}).code() ==
              Code::InvalidArgument);
    for (const char* cursor : {"0.0.18446744073709551615.0", "0.0.4294967295.4294967295", "0.0.0.0",
          "-70368744177664.0.99999999.0", "9000000000000000000.1.8589934591.18446744073709551615"})
        for (const auto state : {JobState::Waiting, JobState::Delayed, JobState::Active,
                                 JobState::Completed, JobState::None}) {
            const Page page = page_of(harness, state, 1'000, cursor);
            CHECK(page.jobs.size() <= 60);
        }
    CHECK(harness.engine().list_jobs({"q", JobState::Waiting, 1'001, ""}).code() ==
          Code::InvalidArgument);
    CHECK(harness.engine().list_jobs({"none", JobState::Waiting, 1, ""}).code() == Code::NotFound);
}

TEST_CASE("another queue's cursor never shows another queue's jobs", "[engine][R37]") {
    EngineHarness harness;
    const auto seqs = harness.add_all("other", std::vector<JobSpec>(5, job()));
    harness.add_all("q", std::vector<JobSpec>(5, job()));
    const auto page = harness.engine().list_jobs({"other", JobState::Waiting, 2, ""});
    REQUIRE(page);
    for (const auto& view : page_of(harness, JobState::Waiting, 100, page->next_cursor).jobs)
        CHECK(std::find(seqs.begin(), seqs.end(), view.seq) == seqs.end());
}

TEST_CASE("a listing of all states looks at a bounded number of jobs and goes on",
          "[engine][R36]") {
    EngineHarness harness;
    const auto first = harness.add("q");
    for (int i = 0; i < 11; ++i) harness.add_all("other", std::vector<JobSpec>(1'000, job()));
    const auto last = harness.add("q");
    const Page page = page_of(harness, JobState::None, 10);
    CHECK(page.jobs.size() == 1);
    CHECK_FALSE(page.next_cursor.empty());
    CHECK(list_all(harness, JobState::None, 10) == std::vector<JobSeq>{first, last});
}
