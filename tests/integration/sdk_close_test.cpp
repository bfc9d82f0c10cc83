// The end of handles and connections while calls are under way, over a real daemon (R1).
#include "support/sdk_errors.h"

#include <swarmq/admin.h>
#include <swarmq/queue.h>
#include <swarmq/scheduler.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

#include <catch2/catch.hpp>

#include <chrono>
#include <future>
#include <string>

using namespace swarmq;
using namespace std::chrono_literals;
using test::code_of;
using test::error_of;
using testing::TestBroker;

namespace {

template <class T>
Code code_of_future(std::future<T>& call) {
    return code_of([&] { call.get(); });
}

}  // namespace

TEST_CASE("after close every call of a queue's handle says so, and earlier ones end as they would",
          "[client][R1]") {
    TestBroker broker;
    const Connection connection = broker.connect();
    Queue queue("q", connection);
    Queue copy = queue;
    Queue open("q", connection);
    const auto id = queue.add_job("n", "p");
    auto earlier = queue.wait_result_future(id, 60s);
    queue.close();
    queue.close();
    const Error error = error_of([&] { queue.add_job("n", "p"); });
    CHECK(error.code == Code::Unavailable);
    CHECK(error.message.find("queue 'q' was closed") != std::string::npos);
    CHECK(code_of([&] { copy.add_jobs({{"n", "p"}}); }) == Code::Unavailable);
    CHECK(code_of([&] { queue.get_job(id); }) == Code::Unavailable);
    CHECK(code_of([&] { queue.get_metrics(); }) == Code::Unavailable);
    CHECK(code_of([&] { queue.get_log(id); }) == Code::Unavailable);
    CHECK(code_of([&] { queue.get_checkpoint(id); }) == Code::Unavailable);
    CHECK(code_of([&] { queue.remove_job(id); }) == Code::Unavailable);
    CHECK(code_of([&] { queue.update_job(id, {.payload = "x"}); }) == Code::Unavailable);
    CHECK(code_of([&] { queue.get_deduplication("k"); }) == Code::Unavailable);
    CHECK(code_of([&] { queue.remove_deduplication("k"); }) == Code::Unavailable);
    CHECK(code_of([&] { queue.wait_result(id, 1s); }) == Code::Unavailable);
    CHECK(code_of([&] { queue.add_and_wait("n", "p", {}, 1s); }) == Code::Unavailable);
    CHECK(code_of([&] {
              queue.upsert_scheduler("s", Repeat::each(1h), {"n", "p"});
          }) == Code::Unavailable);
    CHECK(code_of([&] { queue.get_scheduler("s"); }) == Code::Unavailable);
    CHECK(code_of([&] { queue.remove_scheduler("s"); }) == Code::Unavailable);
    CHECK(code_of([&] { queue.list_schedulers(); }) == Code::Unavailable);
    std::promise<Code> told;
    queue.add_job_async("n", "p", {},
                        [&](const Result<AddedJob>& added) { told.set_value(added.error().code); });
    CHECK(told.get_future().get() == Code::Unavailable);
    // Nothing was changed, the connection goes on, and the call from before has its answer.
    CHECK(open.get_metrics().added_total == 1);
    Worker worker({.queues = {"q"}, .connection = connection}, [](JobContext&) { return "done"; });
    worker.start();
    CHECK(earlier.get().result == "done");
    CHECK(worker.stop());
}

TEST_CASE("closing a connection ends the calls that wait on it, and others fail at once",
          "[client][R1][R10]") {
    TestBroker broker;
    Connection connection = broker.connect();
    Queue queue("q", connection);
    Queue other("q", broker.connect());
    const auto id = queue.add_job("n", "p");
    auto waiting = queue.wait_result_future(id, 1h);
    // Asked on the same connection later, so the broker has the wait by now.
    CHECK(queue.get_metrics().waiting == 1);
    connection.close();
    connection.close();
    CHECK(code_of_future(waiting) == Code::Unavailable);
    CHECK(code_of([&] { queue.add_job("n", "p"); }) == Code::Unavailable);
    CHECK(code_of([&] { queue.get_job(id); }) == Code::Unavailable);
    CHECK(code_of([&] { connection.connect(); }) == Code::Unavailable);
    CHECK_FALSE(connection.is_connected());
    CHECK(other.get_job(id).state == JobState::Waiting);
    CHECK(other.get_metrics().added_total == 1);
}
