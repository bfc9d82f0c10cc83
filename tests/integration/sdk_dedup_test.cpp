// Deduplication and changes of stored jobs through the SDK, over a real daemon.
#include <swarmq/admin.h>
#include <swarmq/puller.h>
#include <swarmq/queue.h>
#include <swarmq/testing.h>

#include <catch2/catch.hpp>

#include <chrono>
#include <functional>
#include <future>
#include <set>
#include <string>
#include <vector>

#include "support/sdk_errors.h"

using namespace swarmq;
using namespace std::chrono_literals;
using testing::TestBroker;
using test::error_of;

namespace {

struct Bench {
    TestBroker broker;
    Queue queue{"q", broker.connect()};
    Admin admin{broker.connect()};

    AddedJob add(std::string payload, Deduplication deduplication) {
        JobOptions options;
        options.deduplication = std::move(deduplication);
        return queue.add_job_future("work", std::move(payload), std::move(options)).get();
    }
    // Takes one job and fails it for good.
    void fail_one(const std::string& reason) {
        Puller puller({.queues = {"q"}, .connection = broker.connect()});
        auto job = puller.take(10s);
        REQUIRE(job);
        job->fail(reason);
    }
    std::set<std::string> found(ListQuery query) {
        std::set<std::string> ids;
        query.queue = "q";
        do {
            const JobPage page = admin.list_jobs(query);
            for (const Job& job : page.jobs) ids.insert(job.id);
            query.cursor = page.next_cursor;
        } while (!query.cursor.empty());
        return ids;
    }
};

}  // namespace

TEST_CASE("a key stands for one job until that has ended, over restarts", "[client][dedup][R12]") {
    Bench bench;
    const AddedJob first = bench.add("1", Deduplication::until_ended("invoice:7"));
    CHECK(first.outcome == AddedJob::Outcome::Added);
    bench.broker.kill();
    bench.broker.start();
    const AddedJob again = bench.add("2", Deduplication::until_ended("invoice:7"));
    CHECK(again.outcome == AddedJob::Outcome::Deduplicated);
    CHECK(again.id == first.id);
    const auto key = bench.queue.get_deduplication("invoice:7");
    REQUIRE(key);
    CHECK(key->job_id == first.id);
    CHECK(key->mode == Deduplication::Mode::UntilEnded);
    CHECK(bench.queue.get_job(first.id).options.deduplication->key == "invoice:7");
    bench.fail_one("no luck");
    CHECK_FALSE(bench.queue.get_deduplication("invoice:7"));
    CHECK(bench.add("3", Deduplication::until_ended("invoice:7")).outcome ==
          AddedJob::Outcome::Added);
    CHECK(bench.queue.remove_deduplication("invoice:7"));
    CHECK_FALSE(bench.queue.remove_deduplication("invoice:7"));
    CHECK(bench.add("4", Deduplication::until_ended("invoice:7")).outcome ==
          AddedJob::Outcome::Added);
}

TEST_CASE("a throttled key drops adds for its time, over restarts and without its job",
          "[client][dedup][R12]") {
    Bench bench;
    const AddedJob first = bench.add("1", Deduplication::throttle("k", 1h));
    bench.queue.remove_job(first.id);
    bench.broker.kill();
    bench.broker.start();
    const AddedJob again = bench.add("2", Deduplication::throttle("k", 1h));
    CHECK(again.outcome == AddedJob::Outcome::Deduplicated);
    CHECK(again.id == first.id);
    const auto key = bench.queue.get_deduplication("k");
    REQUIRE(key);
    CHECK(key->window == 1h);
    CHECK(key->remaining > 50min);
    CHECK(bench.queue.get_metrics().waiting == 0);
}

TEST_CASE("a debounced job runs once, with the newest data, after the last add",
          "[client][dedup][R12]") {
    Bench bench;
    const AddedJob first = bench.add("1", Deduplication::debounce("k", 1h));
    bench.broker.kill();
    bench.broker.start();
    CHECK(bench.add("2", Deduplication::debounce("k", 300ms)).id == first.id);
    Puller puller({.queues = {"q"}, .connection = bench.broker.connect()});
    const auto taken = puller.take(20s);
    REQUIRE(taken);
    CHECK(taken->id() == first.id);
    CHECK(taken->payload() == "2");
    CHECK_FALSE(bench.queue.get_deduplication("k"));
    CHECK(bench.queue.get_metrics().added_total == 1);
}

TEST_CASE("a deduplication that cannot be is refused before it is sent", "[client][dedup][R12]") {
    Bench bench;
    const auto code = [&](JobOptions options) {
        return error_of([&] { bench.queue.add_job("work", "x", std::move(options)); }).code;
    };
    CHECK(code({.deduplication = Deduplication::until_ended("no key")}) == Code::InvalidArgument);
    CHECK(code({.deduplication = Deduplication::throttle("k", 0ms)}) == Code::InvalidArgument);
    CHECK(code({.delay = 1s, .deduplication = Deduplication::debounce("k", 1s)}) ==
          Code::InvalidArgument);
    CHECK(code({.run_at = WallTime::clock::now(),
                .deduplication = Deduplication::keep_latest("k")}) == Code::InvalidArgument);
    QueueSettings settings;
    settings.defaults[""].deduplication = Deduplication::until_ended("k");
    CHECK(error_of([&] { bench.admin.set_settings("q", settings); }).code == Code::InvalidArgument);
}

TEST_CASE("a stored job's payload, priority, delay and tags change, and survive",
          "[client][update][R17a]") {
    Bench bench;
    const std::string id =
        bench.queue.add_job("work", "old", {.headers = {{"a", "b"}}, .tags = {"x"}});
    bench.queue.update_job(
        id, {.payload = std::string(10'000, 'n'), .priority = 0, .tags = {{"y", "z"}}});
    bench.broker.kill();
    bench.broker.start();
    const Job changed = bench.queue.get_job(id);
    CHECK(changed.payload == std::string(10'000, 'n'));
    CHECK(changed.options.priority == 0);
    CHECK(changed.options.tags == std::vector<std::string>{"y", "z"});
    CHECK(changed.options.headers.at("a") == "b");
    bench.admin.update_job("q", id, {.delay = 1h});
    CHECK(bench.queue.get_job(id).state == JobState::Delayed);
    bench.admin.update_job("q", id,
                           {.payload = "small", .delay = 0ms, .tags = std::vector<std::string>{}});
    Puller puller({.queues = {"q"}, .connection = bench.broker.connect()});
    const auto taken = puller.take(10s);
    REQUIRE(taken);
    CHECK(taken->payload() == "small");
    CHECK(taken->job().tags.empty());
    const Error refused = error_of([&] { bench.queue.update_job(id, {.payload = "late"}); });
    CHECK(refused.code == Code::WrongState);
    CHECK(refused.message.find("active") != std::string::npos);
    CHECK(error_of([&] { bench.queue.update_job("none", {.priority = 1}); }).code ==
          Code::NotFound);
    CHECK(error_of([&] { bench.queue.update_job(id, {}); }).code == Code::InvalidArgument);
    std::promise<Code> told;
    bench.queue.update_job_async(
        id, {.tags = std::vector<std::string>{}},
        [&](Result<void> result) { told.set_value(result.ok() ? Code::Ok : result.error().code); });
    CHECK(told.get_future().get() == Code::WrongState);
}

TEST_CASE("a failed job that was corrected runs with its new payload",
          "[client][update][R17a][R29]") {
    Bench bench;
    const std::string id = bench.queue.add_job("work", "wrong");
    bench.fail_one("cannot read wrong");
    bench.admin.update_job("q", id, {.payload = "right"});
    bench.admin.retry("q", {id});
    Puller puller({.queues = {"q"}, .connection = bench.broker.connect()});
    const auto taken = puller.take(10s);
    REQUIRE(taken);
    CHECK(taken->payload() == "right");
}

TEST_CASE("jobs are found by name, tag, time and error text", "[client][R17a]") {
    Bench bench;
    std::vector<NewJob> jobs;
    for (int i = 0; i < 30; ++i) {
        JobOptions options;
        options.tags = {i % 2 == 0 ? "even" : "odd"};
        jobs.push_back({i % 3 == 0 ? "third" : "other", "x", std::move(options)});
    }
    bench.queue.add_jobs(std::move(jobs));
    const auto total = [&](ListQuery query) {
        query.limit = 4;
        return bench.found(std::move(query)).size();
    };
    CHECK(total({.queue = "q", .name = "third"}) == 10);
    CHECK(total({.queue = "q", .tag = "even"}) == 15);
    CHECK(total({.queue = "q", .name = "third", .tag = "even"}) == 5);
    CHECK(total({.queue = "q", .state = JobState::Waiting, .tag = "odd"}) == 15);
    const auto now = WallTime::clock::now();
    CHECK(total({.queue = "q", .created_from = now - 1h, .created_before = now + 1h}) == 30);
    CHECK(total({.queue = "q", .created_before = now - 1h}) == 0);
    CHECK(total({.queue = "q", .finished_from = now - 1h}) == 0);
    bench.fail_one("Connection refused by peer");
    bench.fail_one("no such user");
    CHECK(total({.queue = "q", .error_text = "connection REFUSED"}) == 1);
    CHECK(total({.queue = "q", .state = JobState::Failed, .error_text = "o"}) == 2);
    CHECK(total({.queue = "q", .finished_from = now - 1h, .finished_before = now + 1h}) == 2);
    CHECK(error_of([&] { total({.queue = "q", .name = "no name"}); }).code == Code::InvalidArgument);
    CHECK(error_of([&] { total({.queue = "q", .error_text = std::string(1'025, 'x')}); }).code ==
          Code::InvalidArgument);
}

TEST_CASE("a search goes on over many jobs that do not pass", "[client][R17a][R36]") {
    Bench bench;
    for (int i = 0; i < 12; ++i) {
        std::vector<NewJob> jobs(1'000, NewJob{"common", ""});
        if (i == 11) jobs.back().options.tags = {"needle"};
        bench.queue.add_jobs(std::move(jobs));
    }
    ListQuery query{"q"};
    query.tag = "needle";
    std::size_t pages = 0;
    std::size_t found = 0;
    do {
        const JobPage page = bench.admin.list_jobs(query);
        found += page.jobs.size();
        query.cursor = page.next_cursor;
        ++pages;
    } while (!query.cursor.empty());
    CHECK(found == 1);
    CHECK(pages >= 12);
}
