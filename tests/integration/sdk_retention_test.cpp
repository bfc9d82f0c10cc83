// How long ended jobs are kept, over a real daemon.
#include "support/sdk_errors.h"

#include <swarmq/admin.h>
#include <swarmq/queue.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

#include <catch2/catch.hpp>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

using namespace swarmq;
using namespace std::chrono_literals;
using test::code_of;
using testing::TestBroker;

namespace {

// Each job ends as its name says.
Outcome end_as_named(JobContext& job) {
    if (job.name() == "fails") return Outcome::fail("as its name says");
    return std::string("done");
}

std::vector<std::string> stored(Admin& admin, const std::string& queue, JobState state) {
    std::vector<std::string> ids;
    for (const Job& job : admin.list_jobs({.queue = queue, .state = state}).jobs)
        ids.push_back(job.id);
    return ids;
}

// Looks again and again, for at most ten seconds, until the job is stored no more.
bool is_gone_in_time(Queue& queue, const std::string& id) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (std::chrono::steady_clock::now() < end)
        if (code_of([&] { queue.get_job(id); }) == Code::NotFound) return true;
    return false;
}

}  // namespace

TEST_CASE("the newest N ended jobs are kept, each by its own setting, over a restart too",
          "[sdk][R6]") {
    TestBroker broker;
    Queue queue({.name = "kept",
                 .connection = broker.connect(),
                 .default_job = {.remove_on_complete = Keep::newest(2),
                                 .remove_on_fail = Keep::newest(1)}});
    Admin admin(broker.connect());
    Worker worker({.queues = {"kept"}, .connection = broker.connect()}, end_as_named);
    worker.start();
    const auto run = [&](const char* name, JobOptions options = {}) {
        const std::string id = queue.add_job(name, "", options);
        queue.wait_result(id, 10s);
        return id;
    };
    const std::string always = run("works", {.remove_on_complete = Keep::always()});
    run("works");
    const std::string second = run("works");
    const std::string third = run("works");
    run("fails");
    const std::string failed = run("fails");
    CHECK(stored(admin, "kept", JobState::Completed) ==
          std::vector<std::string>{third, second, always});
    CHECK(stored(admin, "kept", JobState::Failed) == std::vector<std::string>{failed});
    CHECK(queue.get_metrics().completed == 3);
    CHECK(queue.get_metrics().completed_total == 4);

    broker.kill();
    broker.start();
    CHECK(stored(admin, "kept", JobState::Completed) ==
          std::vector<std::string>{third, second, always});
    const std::string fourth = run("works");
    CHECK(stored(admin, "kept", JobState::Completed) ==
          std::vector<std::string>{fourth, third, always});
}

TEST_CASE("a job kept for an age goes although its queue is idle", "[sdk][R6]") {
    TestBroker broker;
    Queue queue("idle", broker.connect());
    Worker worker({.queues = {"idle"}, .connection = broker.connect()}, end_as_named);
    worker.start();
    const auto begin = std::chrono::steady_clock::now();
    const std::string done =
        queue.add_job("works", "", {.remove_on_complete = Keep::for_age(300ms)});
    const std::string failed = queue.add_job("fails", "", {.remove_on_fail = Keep::for_age(300ms)});
    CHECK(queue.wait_result(done, 10s).is_completed());
    CHECK_FALSE(queue.wait_result(failed, 10s).is_completed());
    CHECK(is_gone_in_time(queue, done));
    CHECK(is_gone_in_time(queue, failed));
    CHECK(std::chrono::steady_clock::now() - begin >= 300ms);
    CHECK(queue.get_metrics().completed + queue.get_metrics().failed == 0);
}

TEST_CASE("a job that is removed by its end is gone at once, and still tells its result",
          "[sdk][R6][R10]") {
    TestBroker broker;
    Queue queue("brief", broker.connect());
    Worker worker({.queues = {"brief"}, .connection = broker.connect()}, end_as_named);
    worker.start();
    const std::string id = queue.add_job("works", "", {.remove_on_complete = Keep::none()});
    CHECK(queue.wait_result(id, 10s).result == "done");
    CHECK(code_of([&] { queue.get_job(id); }) == Code::NotFound);
    CHECK(queue.wait_result(id, 10s).result == "done");
    CHECK(queue.get_metrics().completed_total == 1);
}
