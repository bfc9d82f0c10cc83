// Schedulers through the SDK, over a real daemon that is killed and comes back.
#include <catch2/catch.hpp>

#include <chrono>
#include <functional>
#include <future>
#include <set>
#include <string>

#include <swarmq/admin.h>
#include <swarmq/puller.h>
#include <swarmq/queue.h>
#include <swarmq/testing.h>

#include "support/sdk_errors.h"

using namespace swarmq;
using namespace std::chrono_literals;
using testing::TestBroker;
using test::error_of;

TEST_CASE("a scheduler's jobs arrive with its payload, its key and the time of the tick",
          "[client][R14]") {
    TestBroker broker;
    const auto connection = broker.connect();
    Queue queue("q", connection);
    Repeat repeat = Repeat::each(100ms);
    repeat.overlap = Overlap::Allow;
    repeat.limit = 3;
    NewJob job{"report", "[7]", {.priority = 1, .tags = {"nightly"}}};
    const Scheduler made = queue.upsert_scheduler("daily", repeat, job, 5);
    CHECK(made.outcome == Scheduler::Outcome::Created);
    CHECK(made.next.size() == 3);
    Puller puller("q", connection);
    std::set<std::string> ticks;
    for (int i = 0; i < 3; ++i) {
        auto taken = puller.take(10s);
        REQUIRE(taken);
        CHECK(taken->job().name == "report");
        CHECK(taken->job().payload == "[7]");
        CHECK(taken->job().headers.at("swarmq-scheduler") == "daily");
        ticks.insert(taken->job().headers.at("swarmq-tick-ms"));
        taken->complete("done");
    }
    CHECK(ticks.size() == 3);
    const Scheduler over = queue.get_scheduler("daily");
    CHECK(over.next.empty());
    CHECK(over.added == 3);
    CHECK(over.job.payload == "[7]");
    CHECK(over.job.options.priority == 1);
    CHECK_FALSE(over.job.options.attempts);
    CHECK(queue.get_job(over.last_job_id).state == JobState::Completed);
}

TEST_CASE("a scheduler comes back as it was set, and the same again changes nothing",
          "[client][R14]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    Repeat repeat = Repeat::by_cron("30 2 * * 1-5", "America/New_York");
    repeat.start = WallTime(1'900'000'000s);
    repeat.end = WallTime(2'000'000'000s);
    repeat.limit = 9;
    repeat.overlap = Overlap::Allow;
    repeat.missed = Missed::All;
    repeat.missed_max = 4;
    NewJob job{"n", "p", {.attempts = 3, .headers = {{"a", "b"}}}};
    queue.upsert_scheduler("k", repeat, job);
    CHECK(queue.upsert_scheduler("k", repeat, job).outcome == Scheduler::Outcome::Unchanged);
    const Scheduler found = queue.get_scheduler("k", 100);
    CHECK(found.repeat.cron == repeat.cron);
    CHECK(found.repeat.zone == repeat.zone);
    CHECK(found.repeat.start == repeat.start);
    CHECK(found.repeat.end == repeat.end);
    CHECK(found.repeat.limit == 9);
    CHECK(found.repeat.overlap == Overlap::Allow);
    CHECK(found.repeat.missed == Missed::All);
    CHECK(found.repeat.missed_max == 4);
    CHECK(found.job.options.headers == job.options.headers);
    CHECK(found.next.size() == 9);
    CHECK(found.next.front() > *repeat.start);
    job.payload = "other";
    CHECK(queue.upsert_scheduler("k", repeat, job).outcome == Scheduler::Outcome::Changed);
    CHECK(queue.remove_scheduler("k"));
    CHECK_FALSE(queue.remove_scheduler("k"));
    CHECK(error_of([&] { queue.get_scheduler("k"); }).code == Code::NotFound);
}

TEST_CASE("a killed broker makes up for what it missed once, and no tick twice",
          "[client][R14][R34]") {
    TestBroker broker;
    const auto connection = broker.connect();
    Queue queue("q", connection);
    Repeat repeat = Repeat::by_cron("* * * * * *");
    repeat.overlap = Overlap::Allow;
    queue.upsert_scheduler("second", repeat, {"n", "p"});
    Puller puller("q", connection);
    std::set<std::string> ticks;
    for (int i = 0; i < 6; ++i) {
        auto taken = puller.take(20s);
        REQUIRE(taken);
        CHECK(ticks.insert(taken->job().headers.at("swarmq-tick-ms")).second);
        taken->complete("");
        if (i % 2 != 0) continue;
        broker.kill();
        broker.start();
    }
    const auto before = queue.get_metrics().added_total;
    const Scheduler found = queue.get_scheduler("second");
    CHECK(before >= 6);
    CHECK(found.added >= before);
    CHECK(found.added <= queue.get_metrics().added_total);
}

TEST_CASE("schedulers of all queues are listed in pages", "[client][R14]") {
    TestBroker broker;
    const auto connection = broker.connect();
    for (const char* const name : {"b", "a"})
        for (const char* const key : {"2", "1"})
            Queue(name, connection)
                .upsert_scheduler(key, Repeat::each(1h), {"n", std::string(1'000, 'p')});
    Admin admin(connection);
    std::string keys;
    std::string cursor;
    do {
        const auto page = admin.list_schedulers(3, cursor);
        for (const auto& one : page.schedulers) {
            keys += one.queue + one.key + " ";
            CHECK(one.job.payload.empty());
            CHECK(one.next.size() == 1);
        }
        cursor = page.next_cursor;
    } while (!cursor.empty());
    CHECK(keys == "a1 a2 b1 b2 ");
    CHECK(Queue("a", connection).list_schedulers().schedulers.size() == 2);
    CHECK(error_of([&] { admin.list_schedulers(1'001); }).code == Code::InvalidArgument);
}

TEST_CASE("a wrong scheduler is refused with what would be right", "[client][R14]") {
    TestBroker broker;
    const auto connection = broker.connect();
    Queue queue("q", connection);
    const auto message = [&](const Repeat& repeat, NewJob job = {"n", "p"}) {
        const auto error = error_of([&] { queue.upsert_scheduler("k", repeat, std::move(job)); });
        CHECK(error.code == Code::InvalidArgument);
        return error.message;
    };
    CHECK(message({}).find("neither every_ms nor cron") != std::string::npos);
    CHECK(message(Repeat::each(5ms)).find("10..") != std::string::npos);
    CHECK(message(Repeat::by_cron("61 * * * *")).find("minute \"61\"") != std::string::npos);
    CHECK(message(Repeat::by_cron("@daily", "Europe/Nowhere")).find("IANA") != std::string::npos);
    CHECK(message(Repeat::by_cron("@daily", "../../etc/passwd")).find("IANA") != std::string::npos);
    CHECK(message(Repeat::each(1h), {"n", "p", {.id = "mine"}}).find("id") != std::string::npos);
    CHECK(message(Repeat::each(1h), {"n", "p", {.delay = 1s}}).find("delay") != std::string::npos);
    CHECK(error_of([&] { queue.upsert_scheduler("no spaces", Repeat::each(1h), {"n", "p"}); }).code ==
          Code::InvalidArgument);
}

TEST_CASE("a preview shows the ticks around a change of the clock", "[client][R14]") {
    TestBroker broker;
    Admin admin(broker.connect());
    // Half past two on 2030-03-31, when Berlin goes from two to three at 01:00 UTC.
    Repeat repeat = Repeat::by_cron("30 2 * * *", "Europe/Berlin");
    repeat.start = WallTime(1'901'059'200s);  // 2030-03-30 00:00 UTC
    const auto ticks = admin.preview_ticks(repeat, 3);
    REQUIRE(ticks.size() == 3);
    CHECK(ticks[0] == WallTime(1'901'064'600s));  // 01:30 UTC
    CHECK(ticks[1] == WallTime(1'901'149'200s));  // 2030-03-31 01:00 UTC: 03:00, right after the jump
    CHECK(ticks[2] == WallTime(1'901'233'800s));  // 2030-04-01 00:30 UTC
    std::promise<std::size_t> counted;
    admin.preview_ticks_async(repeat, 7, [&](Result<std::vector<WallTime>> found) {
        counted.set_value(found.ok() ? found->size() : 0);
    });
    CHECK(counted.get_future().get() == 7);
}
