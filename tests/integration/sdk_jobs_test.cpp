// Producers and workers of the SDK over a real daemon.
#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <swarmq/admin.h>
#include <swarmq/puller.h>
#include <swarmq/queue.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

#include "support/sdk_errors.h"

using namespace swarmq;
using namespace std::chrono_literals;
using testing::TestBroker;
using test::code_of;

TEST_CASE("a job's way from its add to its result", "[client][R1][R2][R10][R18]") {
    TestBroker broker;
    Queue queue("mail", broker.connect());
    const auto id = queue.add_job("send", R"({"to":"a"})", {.priority = 1, .tags = {"x"}});
    const Job waiting = queue.get_job(id);
    CHECK(waiting.state == JobState::Waiting);
    CHECK(waiting.payload == R"({"to":"a"})");
    CHECK(waiting.options.tags == std::vector<std::string>{"x"});

    Worker worker({.queues = {"mail"}, .connection = broker.connect(), .concurrency = 4},
                  [](JobContext& job) -> Outcome { return "sent " + job.payload(); });
    worker.start();
    CHECK(queue.wait_result(id, 10s).result == R"(sent {"to":"a"})");
    CHECK(queue.wait_result(id, 10s).is_completed());
    CHECK(queue.get_job(id).state == JobState::Completed);
    CHECK(queue.wait_result(queue.add_job("send", "now"), 10s).result == "sent now");
    CHECK(queue.get_metrics().completed_total == 2);
    CHECK(worker.stop());
}

TEST_CASE("many jobs in one call are added together, each with its id", "[client][R2]") {
    TestBroker broker;
    Queue queue("bulk", broker.connect());
    std::vector<NewJob> jobs(1'000, {"n", "p"});
    jobs.front().options.id = "mine";
    const auto added = queue.add_jobs(jobs);
    REQUIRE(added.size() == 1'000);
    CHECK(added.front().id == "mine");
    CHECK(queue.add_jobs({{"n", "p", {.id = "mine"}}}).front().outcome ==
          AddedJob::Outcome::Existing);
    CHECK(queue.get_metrics().waiting == 1'000);
}

TEST_CASE("asynchronous adds all get their own answer", "[client][R2]") {
    TestBroker broker;
    Queue queue("async", broker.connect());
    constexpr int kJobs = 20'000;
    std::atomic<int> left{kJobs};
    std::atomic<int> failed{0};
    std::promise<void> all;
    for (int i = 0; i < kJobs; ++i) {
        queue.add_job_async("n", std::to_string(i), {}, [&](const Result<AddedJob>& added) {
            if (!added.ok()) ++failed;
            if (--left == 0) all.set_value();
        });
    }
    REQUIRE(all.get_future().wait_for(30s) == std::future_status::ready);
    CHECK(failed == 0);
    CHECK(queue.get_metrics().waiting == kJobs);
}

TEST_CASE("large payloads and large results all pass, many at a time", "[client][R2][R10][R36]") {
    TestBroker broker;
    Queue queue("files", broker.connect());
    Worker worker({.queues = {"files"}, .connection = broker.connect(), .concurrency = 24},
                  [](JobContext& job) -> Outcome { return std::string(job.payload()); });
    worker.start();
    std::vector<std::promise<Result<JobResult>>> ended(24);
    for (std::size_t i = 0; i < ended.size(); ++i)
        queue.add_and_wait_async("copy", std::string(1'000'000, static_cast<char>('a' + i)), {}, 60s,
                                 [&to = ended[i]](Result<JobResult> result) { to.set_value(result); });
    for (std::size_t i = 0; i < ended.size(); ++i) {
        const auto result = ended[i].get_future().get();
        REQUIRE(result.ok());
        REQUIRE(result->is_completed());
        CHECK((result->result == std::string(1'000'000, static_cast<char>('a' + i))));
    }
    CHECK(worker.stop());
}

TEST_CASE("a wait ends with a typed error when the job does not", "[client][R10]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    const auto id = queue.add_job("n", "p");
    CHECK(code_of([&] { queue.wait_result(id, 20ms); }) == Code::Timeout);
    auto removed = queue.wait_result_future(id, 10s);
    CHECK(queue.remove_job(id));
    CHECK(code_of([&] { removed.get(); }) == Code::NotFound);
    CHECK(code_of([&] { queue.get_job(id); }) == Code::NotFound);
    CHECK_FALSE(queue.remove_job(id));
}

TEST_CASE("a handler fails, retries, delays and gives up in its own words", "[client][R19]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    std::atomic<int> calls{0};
    Worker worker({.queues = {"q"}, .connection = broker.connect()}, [&](JobContext& job) -> Outcome {
        ++calls;
        if (job.name() == "unrecoverable") throw UnrecoverableFailure("no such file");
        if (job.name() == "retry") {
            if (job.attempt() == 1) throw RetryIn(1ms, "busy");
            return "second";
        }
        static std::atomic<bool> is_delayed{false};
        if (!is_delayed.exchange(true)) return Outcome::delay(1ms);
        return std::to_string(job.attempt());
    });
    worker.start();
    const auto ended = [&queue](const std::string& name, JobOptions options) {
        return queue.wait_result(queue.add_job(name, "", std::move(options)), 10s);
    };
    const auto failed = ended("unrecoverable", {.attempts = 5});
    CHECK(failed.outcome == JobResult::Outcome::Failed);
    CHECK(failed.failed_reason == "no such file");
    CHECK(calls == 1);
    CHECK(ended("retry", {.attempts = 2}).result == "second");
    CHECK(ended("delay", {}).result == "1");
    worker.stop();
}

TEST_CASE("progress and cancellation pass between a handler and its producer", "[client][R20][R24]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    std::promise<void> begun;
    std::promise<bool> cancelled;
    Worker worker({.queues = {"q"}, .connection = broker.connect()}, [&](JobContext& job) -> Outcome {
        job.update_progress(25);
        begun.set_value();
        cancelled.set_value(job.cancellation().wait_for(10s));
        return {};
    });
    worker.start();
    const auto id = queue.add_job("n", "p");
    begun.get_future().wait();
    while (queue.get_job(id).progress != "25") {
    }
    CHECK(queue.remove_job(id));
    CHECK(cancelled.get_future().get());
    worker.stop();
}

TEST_CASE("a cancelled job fails at once, is kept and can be retried", "[client][R9][R24]") {
    TestBroker broker;
    Connection connection = broker.connect();
    Queue queue("q", connection);
    std::promise<void> begun;
    std::promise<bool> cancelled;
    Worker worker({.queues = {"q"}, .connection = connection}, [&](JobContext& job) -> Outcome {
        if (job.attempt() > 1) return "again";
        begun.set_value();
        cancelled.set_value(job.cancellation().wait_for(10s));
        return "too late";
    });
    worker.start();
    const auto id = queue.add_job("n", "p", {.attempts = 5});
    begun.get_future().wait();
    auto waited = queue.wait_result_future(id, 10s);
    CHECK(queue.cancel_job(id));
    CHECK(cancelled.get_future().get());
    const JobResult result = waited.get();
    CHECK(result.outcome == JobResult::Outcome::Failed);
    CHECK(result.failure_kind == FailureKind::Cancelled);
    const Job job = queue.get_job(id);
    CHECK(job.state == JobState::Failed);
    CHECK(job.attempts_made == 1);
    CHECK_FALSE(queue.cancel_job(id));
    CHECK_FALSE(queue.cancel_job("nothing"));
    CHECK(Admin(connection).cancel("q", {id}).errors[0].code == Code::WrongState);
    CHECK(Admin(connection).retry("q", {id}).changed == 1);
    CHECK(queue.wait_result(id, 10s).result == "again");
    worker.stop();
}

TEST_CASE("a stopped worker hands back what it did not begin, and no attempt is used", "[client][R23]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    std::promise<void> begun;
    Worker worker({.queues = {"q"}, .connection = broker.connect()}, [&](JobContext& job) -> Outcome {
        begun.set_value();
        job.cancellation().wait_for(10s);
        return {};
    });
    const auto id = queue.add_job("n", "p");
    worker.start();
    begun.get_future().wait();
    CHECK_FALSE(worker.stop(1ms));
    const Job job = queue.get_job(id);
    CHECK(job.state == JobState::Waiting);
    CHECK(job.attempts_made == 0);
    CHECK(job.stalls == 0);
}

TEST_CASE("jobs can be taken and ended by hand", "[client][R22][R26a]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    Puller puller("q", broker.connect());
    CHECK_FALSE(puller.take());
    auto later = std::async(std::launch::async, [&] { return puller.take(10s); });
    const auto id = queue.add_job("n", "p");
    auto job = later.get();
    REQUIRE(job);
    CHECK(job->id() == id);
    job->extend();
    job->update_progress("50");
    CHECK(queue.get_job(id).progress == "50");
    job->release();
    auto again = puller.take(10s);
    REQUIRE(again);
    CHECK(again->job().token > job->job().token);
    CHECK(code_of([&] { job->complete("late"); }) == Code::StaleLease);
    again->complete("by hand");
    again->complete("by hand");
    CHECK(queue.wait_result(id).result == "by hand");
}

TEST_CASE("an admin lists, pauses, retries, promotes, drains and cleans", "[client][R32]") {
    TestBroker broker;
    const auto connection = broker.connect();
    Queue queue("q", connection);
    Admin admin(connection);
    for (int i = 0; i < 25; ++i) queue.add_job("n", "p");
    queue.add_job("later", "p", {.delay = 1h});
    int listed = 0;
    ListQuery query{.queue = "q", .state = JobState::Waiting, .limit = 10};
    do {
        const auto page = admin.list_jobs(query);
        listed += static_cast<int>(page.jobs.size());
        query.cursor = page.next_cursor;
    } while (!query.cursor.empty());
    CHECK(listed == 25);
    admin.pause("q");
    CHECK(admin.list_queues().front().paused);
    admin.resume("q");
    CHECK(admin.promote_all("q").changed == 1);
    CHECK(admin.drain("q").changed == 26);
    const auto id = queue.add_job("n", "p");
    Puller("q", connection).take(10s)->fail("no");
    CHECK(admin.retry("q", {id}).changed == 1);
    Puller("q", connection).take(10s)->complete();
    CHECK(admin.clean("q", JobState::Completed, 0ms).changed == 1);
    CHECK(admin.remove("q", {id}).errors.front().code == Code::NotFound);
    CHECK(admin.server_info().durability == "sync");
    CHECK(code_of([&] { admin.get_metrics("never-used"); }) == Code::NotFound);
}

TEST_CASE("the timeout of a job held ahead begins with its handler", "[client][R16][R18]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    const auto wait_for_active = [&queue](std::uint64_t least) {
        while (queue.get_metrics().active < least) std::this_thread::yield();
    };
    Worker worker({.queues = {"q"}, .connection = broker.connect(), .concurrency = 1},
                  [&](JobContext& job) -> Outcome {
                      if (job.name() == "gate") {
                          wait_for_active(2);  // The next job is held ahead now,
                          job.cancellation().wait_for(1'200ms);  // for longer than its timeout.
                      } else if (job.name() == "timed") {
                          job.cancellation().wait_for(250ms);
                      }
                      return "done";
                  });
    // Short ones first, so that the worker holds jobs ahead.
    std::vector<std::string> ids;
    for (int i = 0; i < 50; ++i) ids.push_back(queue.add_job("short", ""));
    worker.start();
    for (const auto& id : ids) CHECK(queue.wait_result(id, 10s).is_completed());
    queue.add_job("gate", "");
    std::vector<std::string> timed;
    for (int i = 0; i < 3; ++i) timed.push_back(queue.add_job("timed", "", {.timeout = 1'000ms}));
    for (const auto& id : timed) {
        const auto end = queue.wait_result(id, 20s);
        INFO(end.failed_reason);
        CHECK(end.is_completed());
    }
    CHECK(worker.stop());
}

TEST_CASE("a handler that runs longer than its timeout is cancelled and its attempt fails",
          "[client][R16][R24]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    Worker worker({.queues = {"q"}, .connection = broker.connect()}, [](JobContext& job) -> Outcome {
        job.cancellation().wait_for(30s);
        return "late";
    });
    worker.start();
    const auto end = queue.wait_result(queue.add_job("slow", "", {.timeout = 100ms}), 20s);
    CHECK(end.outcome == JobResult::Outcome::Failed);
    CHECK(end.failed_reason.find("timeout of 100 ms") != std::string::npos);
    CHECK(worker.stop());
}
