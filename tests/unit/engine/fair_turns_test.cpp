// Keys of a queue get turns by weight inside a priority, whatever one of them floods it with.
#include "support/engine_harness.h"

#include <algorithm>
#include <map>

using namespace swarmq;
using namespace swarmq::test;

namespace {

JobSpec keyed(const std::string& key, std::uint32_t priority = 2) {
    JobSpec spec = job();
    spec.key = key;
    spec.priority = priority;
    return spec;
}

void add(EngineHarness& harness, const std::string& key, std::size_t count,
         std::uint32_t priority = 2) {
    while (count > 0) {
        std::vector<JobSpec> specs;
        for (; count > 0 && specs.size() < 1'000; --count) specs.push_back(keyed(key, priority));
        harness.add_all("q", std::move(specs));
    }
}

// The keys of the next jobs that are given out; they stay active.
std::vector<std::string> next_keys(EngineHarness& harness, SessionKey worker, std::uint32_t count) {
    std::vector<std::string> keys;
    for (const auto& granted : harness.take(worker, "q", count))
        keys.push_back(granted.job_class->key);
    return keys;
}

void weigh(EngineHarness& harness, std::map<std::string, std::uint32_t> weights) {
    QueueSettings settings;
    for (const auto& [key, weight] : weights) settings.keys[key].weight = weight;
    REQUIRE(harness.engine().set_settings("q", settings));
    harness.turn();
}

using Keys = std::vector<std::string>;

}  // namespace

TEST_CASE("the jobs that come next are told in the order in which they are given out",
          "[engine][R3][R15]") {
    EngineHarness harness;
    const auto first = harness.add_all("q", std::vector<JobSpec>(5, job()));
    harness.add("q", keyed("", 0));
    const auto last = harness.add("q", keyed("", 3));
    const QueueId queue =
        harness.take_one(harness.worker(), "q").job_class->queue;  // The urgent one.
    CHECK(harness.engine().coming_jobs(queue, 3, 1 << 20) ==
          std::vector<JobSeq>(first.begin(), first.begin() + 3));
    auto all = first;
    all.push_back(last);
    CHECK(harness.engine().coming_jobs(queue, 100, 1 << 20) == all);
    // Each is counted as what it takes at most when it is delivered.
    CHECK(harness.engine().coming_jobs(queue, 100, 2 * 1024).size() == 2);
    CHECK(harness.engine().coming_jobs(queue, 0, 1 << 20).empty());
    CHECK(harness.engine().coming_jobs(QueueId{99}, 100, 1 << 20).empty());
}

TEST_CASE("of each key some of the jobs that come next are told", "[engine][R15]") {
    EngineHarness harness;
    const auto of_a = harness.add_all("q", std::vector<JobSpec>(50, keyed("a")));
    const auto of_b = harness.add_all("q", std::vector<JobSpec>(3, keyed("b")));
    const auto of_c = harness.add_all("q", std::vector<JobSpec>(50, keyed("c")));
    const QueueId queue = harness.take_one(harness.worker(), "q").job_class->queue;
    CHECK(harness.engine().coming_jobs(queue, 1, 1 << 20).size() == 1);
    const auto some = harness.engine().coming_jobs(queue, 12, 1 << 20);
    CHECK(some.size() == 12);
    for (const auto& of_key : {of_a, of_b, of_c})
        CHECK(std::count_if(some.begin(), some.end(), [&](JobSeq seq) {
                  return of_key.front() <= seq && seq <= of_key.back();
              }) >= 3);
    CHECK(harness.engine().coming_jobs(queue, 1'000, 1 << 20).size() == 102);
}

TEST_CASE("keys are served in turns, each in order of its adds", "[engine][R15][R3]") {
    EngineHarness harness;
    std::vector<JobSeq> of_a;
    for (int i = 0; i < 4; ++i) of_a.push_back(harness.add("q", keyed("a")));
    add(harness, "b", 2);
    harness.add("q");
    const auto jobs = harness.take(harness.worker(), "q", 10);
    Keys keys;
    std::vector<JobSeq> got;
    for (const auto& granted : jobs) {
        keys.push_back(granted.job_class->key);
        if (keys.back() == "a") got.push_back(granted.seq);
    }
    CHECK(keys == Keys{"a", "b", "", "a", "b", "a", "a"});
    CHECK(got == of_a);
}

TEST_CASE("one key's flood does not hold up fifty small ones", "[engine][R15]") {
    EngineHarness harness;
    add(harness, "flood", 100'000);
    for (int key = 0; key < 50; ++key) add(harness, "k" + std::to_string(key), 10);
    const auto worker = harness.worker();
    std::size_t given = 0;
    std::size_t small = 0;
    while (small < 500) {
        for (const auto& key : next_keys(harness, worker, 51)) {
            ++given;
            if (key != "flood") ++small;
        }
        REQUIRE(given <= 600);
    }
    // Ten rounds of fifty-one parties.
    CHECK(given <= 510 + 51);
}

TEST_CASE("a key's weight is its share of the turns", "[engine][R15]") {
    EngineHarness harness;
    weigh(harness, {{"heavy", 3}});
    add(harness, "heavy", 300);
    add(harness, "light", 300);
    const auto worker = harness.worker();
    std::map<std::string, int> given;
    for (const auto& key : next_keys(harness, worker, 200)) ++given[key];
    CHECK(given["heavy"] == 150);
    CHECK(given["light"] == 50);
    weigh(harness, {{"light", 4}});
    given.clear();
    for (const auto& key : next_keys(harness, worker, 100)) ++given[key];
    CHECK(given["light"] >= 78);
}

TEST_CASE("priority outranks keys", "[engine][R15][R3]") {
    EngineHarness harness;
    add(harness, "a", 3, 2);
    add(harness, "b", 3, 1);
    CHECK(next_keys(harness, harness.worker(), 6) == Keys{"b", "b", "b", "a", "a", "a"});
}

TEST_CASE("turns are the same after a restart, and a key that comes back joins the end of the round",
          "[engine][R15][R34]") {
    EngineHarness harness;
    add(harness, "a", 3);
    add(harness, "b", 3);
    harness.restart();
    const auto worker = harness.worker();
    CHECK(next_keys(harness, worker, 3) == Keys{"a", "b", "a"});
    add(harness, "c", 1);
    CHECK(next_keys(harness, worker, 4) == Keys{"b", "a", "c", "b"});
}

TEST_CASE("a returned job stands at the head of its key again", "[engine][R15][R21]") {
    EngineHarness harness;
    const auto first = harness.add("q", keyed("a"));
    add(harness, "a", 2);
    add(harness, "b", 2);
    const auto worker = harness.worker();
    const auto held = harness.take_one(worker, "q");
    CHECK(held.seq == first);
    harness.finish("q", held, Release{});
    std::vector<JobSeq> of_a;
    for (const auto& granted : harness.take(worker, "q", 5))
        if (granted.job_class->key == "a") of_a.push_back(granted.seq);
    CHECK(of_a.front() == first);
}

TEST_CASE("listing goes key by key and pages meet without gap or repeat", "[engine][R15][R7]") {
    EngineHarness harness;
    for (int round = 0; round < 5; ++round)
        for (const char* key : {"a", "b", "c"}) add(harness, key, 7);
    add(harness, "", 10);
    std::set<JobSeq> seen;
    std::string cursor;
    std::size_t rows = 0;
    do {
        const auto page = harness.engine().list_jobs({"q", JobState::Waiting, 13, cursor});
        REQUIRE(page);
        for (const auto& view : page->jobs) seen.insert(view.seq);
        rows += page->jobs.size();
        cursor = page->next_cursor;
    } while (!cursor.empty());
    CHECK(rows == 115);
    CHECK(seen.size() == 115);
}

TEST_CASE("a dead letter keeps the key of its job", "[engine][R15][R5]") {
    EngineHarness harness;
    JobSpec spec = keyed("tenant");
    spec.on_failure_queue = "dead";
    harness.add("q", std::move(spec));
    harness.fail("q", harness.take_one(harness.worker(), "q"));
    CHECK(harness.take_one(harness.worker(), "dead").job_class->key == "tenant");
}

TEST_CASE("keys are listed with what they have, page by page, and forgotten when they have nothing",
          "[engine][R15]") {
    EngineHarness harness;
    add(harness, "b", 2);
    add(harness, "a", 3);
    const auto held = harness.take_one(harness.worker(), "q");
    auto keys = harness.engine().list_keys("q", "", 10);
    REQUIRE(keys);
    REQUIRE(keys->size() == 2);
    CHECK((*keys)[0].key == "a");
    CHECK((*keys)[0].waiting == 3);
    CHECK((*keys)[1].active == 1);
    CHECK(harness.engine().list_keys("q", "a", 10)->size() == 1);
    CHECK(harness.engine().list_keys("nowhere", "", 10).code() == Code::NotFound);
    JobSpec gone = keyed("gone");
    gone.keep_completed.count = 0;
    harness.add("q", std::move(gone));
    CHECK(harness.engine().list_keys("q", "", 10)->size() == 3);
    const auto worker = harness.worker();
    for (const auto& granted : harness.take(worker, "q", 10)) harness.complete("q", granted);
    CHECK(harness.engine().list_keys("q", "", 10)->size() == 2);
}
