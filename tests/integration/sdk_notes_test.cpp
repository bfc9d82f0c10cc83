// What handlers say about their jobs, over a real daemon: logs, checkpoints, progress (R7, R20);
// and the numbers of what happened lately (R8).
#include <swarmq/admin.h>
#include <swarmq/puller.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

#include "support/sdk_errors.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

using namespace swarmq;
using namespace std::chrono_literals;
using testing::TestBroker;
using test::code_of;

namespace {

std::vector<std::string> texts(const JobLog& log) {
    std::vector<std::string> all;
    for (const auto& line : log.lines) all.push_back(line.text);
    return all;
}

}  // namespace

TEST_CASE("what a handler logs is in its job's log, up to its last word",
          "[client][log][R7][R20]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    Worker worker({.queues = {"q"}, .connection = broker.connect(), .concurrency = 8},
                  [](JobContext& job) -> Outcome {
                      job.log("begun\nwith two lines\n");
                      job.log(std::string("no UTF-8: \xff"));
                      job.log("ended " + job.payload());
                      return {};
                  });
    worker.start();
    std::vector<std::string> ids;
    for (int i = 0; i < 200; ++i) ids.push_back(queue.add_job("n", std::to_string(i)));
    for (int i = 0; i < 200; ++i) {
        const auto& id = ids[static_cast<std::size_t>(i)];
        queue.wait_result(id, 20s);
        const JobLog log = queue.get_log(id);
        REQUIRE(texts(log) == std::vector<std::string>{"begun", "with two lines", "no UTF-8: ?",
                                                       "ended " + std::to_string(i)});
        REQUIRE(log.total == 4);
        REQUIRE(log.state == JobState::Completed);
    }
    const JobLog rest = Admin(broker.connect()).get_log("q", ids.front(), 2, 1);
    REQUIRE(rest.lines.size() == 1);
    CHECK(rest.lines[0].number == 3);
    CHECK(rest.lines[0].time > WallTime());
    CHECK(queue.get_job(ids.front()).log_lines == 4);
    CHECK(code_of([&] { queue.get_log("not-there"); }) == Code::NotFound);
    CHECK(code_of([&] { queue.get_log(ids.front(), 0, 101); }) == Code::InvalidArgument);
}

TEST_CASE("log lines are seen while the handler runs, and the newest hundred are kept",
          "[client][log][R20]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    std::promise<void> go_on;
    Worker worker({.queues = {"q"}, .connection = broker.connect()},
                  [&](JobContext& job) -> Outcome {
                      job.log("first");
                      go_on.get_future().wait();
                      for (int i = 0; i < 1'000; ++i) job.log("line " + std::to_string(i));
                      job.log(std::string(5'000, 'x'));
                      return {};
                  });
    worker.start();
    const auto id = queue.add_job("n", "p");
    JobLog log;
    while (log.total == 0) log = queue.get_log(id);
    CHECK(texts(log) == std::vector<std::string>{"first"});
    CHECK(log.state == JobState::Active);
    go_on.set_value();
    queue.wait_result(id, 20s);
    log = queue.get_log(id);
    REQUIRE(log.lines.size() == 100);
    CHECK(log.lines.back().text == std::string(4'096, 'x'));
    CHECK(log.lines[98].text == "line 999");
    CHECK(log.lines[0].text == "line 901");
}

TEST_CASE("a later attempt finds the checkpoint of the one before, whatever ended that",
          "[client][checkpoint][R20]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    std::atomic<int> calls{0};
    std::vector<std::optional<std::string>> found(4);
    Worker worker(
        {.queues = {"q"}, .connection = broker.connect()}, [&](JobContext& job) -> Outcome {
            const int call = calls++;
            found[static_cast<std::size_t>(call)] = job.checkpoint();
            job.save_checkpoint("after call " + std::to_string(call) + std::string(1, '\0'));
            if (call == 0) throw std::runtime_error("not yet");
            if (call == 1) return Outcome::delay(1ms);
            if (call == 2) return Outcome::unrecoverable("gives up");
            return "done";
        });
    worker.start();
    const auto id = queue.add_job("n", "p", {.attempts = 2});
    CHECK(queue.wait_result(id, 20s).failed_reason == "gives up");
    CHECK(queue.get_checkpoint(id) == std::string("after call 2\0", 13));
    CHECK(queue.get_job(id).checkpoint_bytes == 13);
    broker.restart();
    Admin admin(broker.connect());
    admin.retry("q", {id});
    CHECK(queue.wait_result(id, 20s).result == "done");
    CHECK_FALSE(found[0].has_value());
    CHECK(found[1] == std::string("after call 0\0", 13));
    CHECK(found[2] == std::string("after call 1\0", 13));
    CHECK(found[3] == std::string("after call 2\0", 13));
    CHECK_FALSE(admin.get_checkpoint("q", id).has_value());
    CHECK(code_of([&] { admin.get_checkpoint("q", "not-there"); }) == Code::NotFound);
}

TEST_CASE(
    "lines that a handler wrote while the broker was killed are there, each once and in order",
    "[client][log][R17][R20][R34]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    std::promise<void> begun;
    std::promise<void> killed;
    auto is_killed = killed.get_future().share();
    Worker worker({.queues = {"q"}, .connection = broker.connect()},
                  [&](JobContext& job) -> Outcome {
                      for (int i = 0; i < 30; ++i) job.log("line " + std::to_string(i));
                      begun.set_value();
                      for (int i = 30; i < 60; ++i) job.log("line " + std::to_string(i));
                      is_killed.wait();
                      for (int i = 60; i < 90; ++i) job.log("line " + std::to_string(i));
                      job.save_checkpoint("kept");
                      return Outcome::unrecoverable("ended");
                  });
    worker.start();
    const auto id = queue.add_job("n", "p");
    begun.get_future().wait();
    broker.kill();
    killed.set_value();
    broker.start();
    CHECK(queue.wait_result(id, 20s).failed_reason == "ended");
    const JobLog log = queue.get_log(id);
    REQUIRE(log.total == 90);
    for (std::size_t i = 0; i < 90; ++i) REQUIRE(log.lines[i].text == "line " + std::to_string(i));
    CHECK(queue.get_checkpoint(id) == "kept");
}

TEST_CASE(
    "a job of a batch, one that is finished later, and a taken one have logs and checkpoints, too",
    "[client][log][R18][R20][R26a]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    std::vector<std::thread> later;
    Worker worker({.queues = {"q"}, .connection = broker.connect()},
                  {.jobs_max = 4, .jobs_min = 2, .longest_wait = 10s}, [&](JobBatch& batch) {
                      for (auto& job : batch) job.log("in a batch");
                      later.emplace_back([finisher = batch[0].finish_later()]() mutable {
                          finisher.log("later");
                          finisher.update_progress(50);
                          finisher.save_checkpoint("half");
                          finisher.finish(Outcome::unrecoverable("enough"));
                      });
                      return std::vector<Outcome>(batch.size());
                  });
    worker.start();
    const auto added = queue.add_jobs({{"n", "a"}, {"n", "b"}});
    CHECK(queue.wait_result(added[0].id, 20s).failed_reason == "enough");
    CHECK(queue.wait_result(added[1].id, 20s).is_completed());
    for (auto& thread : later) thread.join();
    CHECK(texts(queue.get_log(added[0].id)) == std::vector<std::string>{"in a batch", "later"});
    CHECK(texts(queue.get_log(added[1].id)) == std::vector<std::string>{"in a batch"});
    CHECK(queue.get_job(added[0].id).progress == "50");
    CHECK(queue.get_checkpoint(added[0].id) == "half");

    Queue by_hand("by-hand", broker.connect());
    const auto id = by_hand.add_job("n", "p", {.attempts = 2});
    Puller puller("by-hand", broker.connect());
    auto job = puller.take(10s);
    REQUIRE(job);
    job->log("taken\nby hand");
    job->save_checkpoint("by hand");
    CHECK(code_of([&] { job->save_checkpoint(std::string(1024 * 1024 + 1, 'c')); }) ==
          Code::TooLarge);
    job->fail("once");
    CHECK(code_of([&] { job->log("too late"); }) != Code::Ok);
    auto again = puller.take(10s);
    REQUIRE(again);
    CHECK(again->job().checkpoint == "by hand");
    CHECK(texts(by_hand.get_log(id)) == std::vector<std::string>{"taken", "by hand"});
}

TEST_CASE("metrics tell of the last minutes, by name and by minute", "[client][R8]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    Worker worker({.queues = {"q"}, .connection = broker.connect()},
                  [](JobContext& job) -> Outcome {
                      if (job.name() == "bad") return Outcome::fail("bad");
                      job.cancellation().wait_for(20ms);
                      return {};
                  });
    worker.start();
    queue.wait_result(queue.add_job("good", "p"), 20s);
    queue.wait_result(queue.add_job("good", "p"), 20s);
    queue.wait_result(queue.add_job("bad", "p"), 20s);
    const QueueMetrics metrics = queue.get_metrics({.by_name = true, .history_minutes = 5});
    REQUIRE(metrics.since);
    CHECK(metrics.recent.added == 3);
    CHECK(metrics.recent.completed == 2);
    CHECK(metrics.recent.failed == 1);
    CHECK(metrics.recent.failure_rate == Approx(1.0 / 3));
    CHECK(metrics.recent.added_per_second > 0);
    CHECK(metrics.recent.processing_time.count == 3);
    CHECK(metrics.recent.processing_time.p99 >= 18ms);
    CHECK(metrics.recent.processing_time.max >= metrics.recent.processing_time.p50);
    CHECK(metrics.recent.time_in_queue.count == 3);
    REQUIRE(metrics.by_name.size() == 2);
    CHECK(metrics.by_name[0].name == "bad");
    CHECK(metrics.by_name[0].failed_total == 1);
    CHECK(metrics.by_name[1].recent.completed == 2);
    REQUIRE(!metrics.history.empty());
    CHECK(metrics.history.back().begin > WallTime());
    CHECK(metrics.oldest_waiting_age == 0ms);
    worker.stop();
    queue.add_job("good", "p");
    Admin admin(broker.connect());
    while (admin.get_metrics("q").oldest_waiting_age == 0ms) std::this_thread::yield();
    CHECK(admin.get_metrics("q").by_name.empty());
    admin.hold("q", "", 1h);
    CHECK(admin.get_metrics("q").held_until.has_value());
    CHECK(code_of([&] { queue.get_metrics({.history_minutes = 121}); }) == Code::InvalidArgument);
}
