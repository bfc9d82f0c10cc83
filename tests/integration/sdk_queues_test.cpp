// Whole queues through the SDK, over a real daemon.
#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <future>
#include <string>
#include <vector>

#include <swarmq/admin.h>
#include <swarmq/puller.h>
#include <swarmq/queue.h>
#include <swarmq/testing.h>

#include "support/sdk_errors.h"

using namespace swarmq;
using namespace std::chrono_literals;
using testing::TestBroker;
using test::error_of;

TEST_CASE("all queues are listed, however many pages they fill", "[client][R8][R32]") {
    TestBroker broker;
    const auto connection = broker.connect();
    Queue queue("z", connection);
    for (int i = 0; i < 2'500; i += 500) {
        std::vector<NewJob> jobs(500, {"n", "p"});
        for (int j = 0; j < 500; ++j)
            jobs[static_cast<std::size_t>(j)].options.on_failure =
                OnFailure{"dead-" + std::to_string(i + j)};
        queue.add_jobs(std::move(jobs));
    }
    Admin admin(connection);
    const auto listed = admin.list_queues();
    REQUIRE(listed.size() == 2'501);
    CHECK(std::is_sorted(listed.begin(), listed.end(),
                         [](const auto& a, const auto& b) { return a.queue < b.queue; }));
    CHECK(listed.back().waiting == 2'500);
    std::promise<std::size_t> counted;
    admin.list_queues_async([&](Result<std::vector<QueueMetrics>> queues) {
        counted.set_value(queues.ok() ? queues->size() : 0);
    });
    CHECK(counted.get_future().get() == 2'501);
    CHECK(admin.server_info().queues == 2'501);
}

TEST_CASE("a queue's settings come back as they were set, and jobs get them", "[client][R5]") {
    TestBroker broker;
    const auto connection = broker.connect();
    Admin admin(connection);
    QueueSettings settings;
    settings.waiting_max = 50;
    settings.defaults[""] = {.priority = 1, .attempts = 4, .backoff = Backoff::exponential(1s, 30s)};
    settings.defaults["big"] = {.timeout = 1h,
                                .ttl = 0ms,
                                .max_stalled = 0,
                                .remove_on_complete = Keep::none(),
                                .remove_on_fail = Keep::always(),
                                .on_failure = OnFailure{"dead", "bury"}};
    admin.set_settings("q", settings);
    const auto stored = admin.get_settings("q");
    CHECK(stored.waiting_max == 50);
    REQUIRE(stored.defaults.size() == 2);
    const JobOptions& all = stored.defaults.at("");
    CHECK(all.priority == 1);
    CHECK(all.attempts == 4U);
    CHECK(all.backoff->max_delay == 30s);
    CHECK_FALSE(all.timeout);
    const JobOptions& big = stored.defaults.at("big");
    CHECK(big.timeout == 1h);
    CHECK(big.ttl == 0ms);
    CHECK(big.max_stalled == 0U);
    CHECK(big.remove_on_complete->remove);
    CHECK(big.remove_on_fail->forever);
    CHECK(big.on_failure->name == "bury");
    CHECK_FALSE(big.attempts);

    Queue queue("q", connection);
    const auto options_of = [&](const std::string& name, JobOptions options) {
        return queue.get_job(queue.add_job(name, "p", std::move(options))).options;
    };
    CHECK(options_of("big", {}).timeout == 1h);
    CHECK(options_of("big", {}).attempts == 4U);
    CHECK(options_of("small", {}).on_failure.has_value() == false);
    CHECK(options_of("big", {.attempts = 2}).attempts == 2U);
    admin.set_settings("q", {});
    CHECK(options_of("big", {}).attempts == 1U);
    CHECK(admin.get_settings("q").defaults.empty());
}

TEST_CASE("adds to a full queue fail one by one, and jobs that come back find room",
          "[client][R5][R36]") {
    TestBroker broker;
    const auto connection = broker.connect();
    Admin admin(connection);
    admin.set_settings("q", {.waiting_max = 10});
    Queue queue("q", connection);
    std::vector<std::future<AddedJob>> adds;
    for (int i = 0; i < 30; ++i) adds.push_back(queue.add_job_future("n", "p"));
    int added = 0;
    for (auto& add : adds) {
        const auto error = error_of([&] {
            add.get();
            ++added;
        });
        if (error.code == Code::Ok) continue;
        CHECK(error.code == Code::QueueFull);
        CHECK(error.retriable);
        CHECK(error.message.find("at most 10") != std::string::npos);
    }
    CHECK(added == 10);
    CHECK(error_of([&] { queue.add_jobs(std::vector<NewJob>(2, {"n", "p"})); }).code ==
          Code::QueueFull);
    Puller puller("q", connection);
    auto taken = puller.take(10s);
    REQUIRE(taken);
    queue.add_job("n", "p");
    taken->release();
    CHECK(queue.get_metrics().waiting == 11);
    CHECK(error_of([&] { queue.add_job("n", "p"); }).code == Code::QueueFull);
}

TEST_CASE("adds to many queues, one of which is full: each gets its own answer, in its order", "[client][R2][R36]") {
    TestBroker broker;
    const auto connection = broker.connect();
    Admin(connection).set_settings("q3", {.waiting_max = 10});
    std::vector<Queue> queues;
    for (int i = 0; i < 20; ++i) queues.emplace_back("q" + std::to_string(i), connection);
    std::vector<std::future<AddedJob>> adds;
    for (int i = 0; i < 2'000; ++i) adds.push_back(queues[i % 20].add_job_future("n", std::to_string(i)));
    std::vector<int> refused;
    for (int i = 0; i < 2'000; ++i)
        if (error_of([&] { adds[i].get(); }).code == Code::QueueFull) refused.push_back(i);
    CHECK(refused.size() == 90);
    for (const int i : refused) CHECK(i % 20 == 3);
    for (int i = 0; i < 20; ++i) {
        Puller puller("q" + std::to_string(i), connection);
        const auto taken = puller.take_many(1'000, 10s);
        REQUIRE(taken.size() == (i == 3 ? 10 : 100));
        int last = -1;
        for (const auto& job : taken) {
            const int number = std::stoi(job.job().payload);
            CHECK(number % 20 == i);
            CHECK(number > last);
            last = number;
        }
    }
}

TEST_CASE("settings that cannot be are refused with the entry that is wrong", "[client][R5]") {
    TestBroker broker;
    Admin admin(broker.connect());
    const auto message = [&](JobOptions options) {
        const auto error = error_of([&] {
            admin.set_settings("q", {.defaults = {{"work", std::move(options)}}});
        });
        CHECK(error.code == Code::InvalidArgument);
        CHECK(error.message.find("defaults of 'work': ") == 0);
        return error.message;
    };
    CHECK(message({.delay = 1s}).find("only be set for a job") != std::string::npos);
    CHECK(message({.tags = {"t"}}).find("only be set for a job") != std::string::npos);
    CHECK(message({.attempts = 0}).find("1..1000000") != std::string::npos);
    CHECK(message({.on_failure = OnFailure{"no spaces"}}).find("on_failure.queue") !=
          std::string::npos);
    QueueSettings many;
    for (int i = 0; i < 101; ++i) many.defaults["n" + std::to_string(i)] = {.attempts = 2};
    CHECK(error_of([&] { admin.set_settings("q", many); }).code == Code::TooLarge);
    CHECK(error_of([&] { admin.set_settings("no spaces", {}); }).code == Code::InvalidArgument);
    CHECK(error_of([&] { admin.get_settings("q"); }).code == Code::NotFound);
}

TEST_CASE("settings have asynchronous forms, too", "[client][R5]") {
    TestBroker broker;
    Admin admin(broker.connect());
    std::promise<Code> set;
    admin.set_settings_async("q", {.waiting_max = 3}, [&](Result<void> done) {
        set.set_value(done.ok() ? Code::Ok : done.error().code);
    });
    REQUIRE(set.get_future().get() == Code::Ok);
    std::promise<std::uint64_t> got;
    admin.get_settings_async("q", [&](Result<QueueSettings> settings) {
        got.set_value(settings.ok() ? settings->waiting_max : 0);
    });
    CHECK(got.get_future().get() == 3);
}
