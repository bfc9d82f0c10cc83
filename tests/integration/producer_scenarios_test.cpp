// What producers rely on, played through over a real daemon: all or nothing, results in time, a broker that is
// away for a minute.
#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <swarmq/puller.h>
#include <swarmq/queue.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

#include "support/requests.h"

using namespace swarmq;
using namespace std::chrono_literals;
using testing::TestBroker;

namespace {

Code code_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const SwarmqError& error) {
        return error.code();
    }
    return Code::Ok;
}

std::uint16_t port_of(const TestBroker& broker) {
    return static_cast<std::uint16_t>(std::stoi(broker.server().substr(broker.server().rfind(':') + 1)));
}

// How long the broker is away; for CI and for the impatient.
std::chrono::seconds outage() {
    const char* const text = std::getenv("SWARMQ_OUTAGE_SECONDS");
    return std::chrono::seconds(text && *text ? std::atoi(text) : 60);
}

}  // namespace

TEST_CASE("of a thousand jobs with one that is invalid none is added, and it is named", "[scenario][R2]") {
    TestBroker broker;
    test::RawClient client(port_of(broker));  // The SDK would find it before it is sent.
    client.greet();
    v1::Envelope request = test::add_request("bulk");
    for (int i = 0; i < 1'000; ++i) test::one_more(request, std::to_string(i));
    request.mutable_add_jobs()->mutable_jobs(617)->set_name("no spaces, please");
    const auto refused = client.call(request);
    CHECK(refused.status().code() == v1::CODE_INVALID_ARGUMENT);
    CHECK(refused.status().message().find("jobs[617]") == 0);
    CHECK(refused.status().message().find("none was added") != std::string::npos);
    Queue queue("bulk", broker.connect());
    CHECK(code_of([&] { queue.get_metrics(); }) == Code::NotFound);
    request.clear_id();
    request.mutable_add_jobs()->mutable_jobs(617)->set_name("fine");
    CHECK(client.call(request).add_jobs_result().jobs_size() == 1'000);
    CHECK(queue.get_metrics().waiting == 1'000);
    broker.kill();
    broker.start();
    CHECK(queue.get_metrics().waiting == 1'000);
}

TEST_CASE("a result is waited for before, during and after its job, and a wait never hangs",
          "[scenario][R10]") {
    TestBroker broker;
    Queue queue("results", broker.connect());
    Puller puller(PullerOptions{.queues = {"results"}, .connection = broker.connect()});
    const bool is_removed = GENERATE(false, true);
    JobOptions options;
    if (is_removed) options.remove_on_complete = Keep::none();
    const std::string id = queue.add_job("work", "x", options);

    auto before = queue.wait_result_future(id, 20s);
    auto taken = puller.take(5s);
    REQUIRE(taken);
    auto during = queue.wait_result_future(id, 20s);
    CHECK(code_of([&] { queue.wait_result(id, 50ms); }) == Code::Timeout);
    taken->complete("42");
    CHECK(before.get().result == "42");
    CHECK(during.get().result == "42");
    CHECK(queue.wait_result(id, 5s).result == "42");
    CHECK((code_of([&] { queue.get_job(id); }) == Code::NotFound) == is_removed);

    // A job that is removed while it waits, or while it runs, ends its waits with a typed error.
    const std::string gone = queue.add_job("work", "x");
    const std::string cancelled = queue.add_job("work", "x");
    auto waiting = queue.wait_result_future(gone, 20s);
    auto running = queue.wait_result_future(cancelled, 20s);
    CHECK(queue.remove_job(gone));
    CHECK(code_of([&] { waiting.get(); }) == Code::NotFound);
    auto active = puller.take(5s);
    REQUIRE(active);
    CHECK(queue.remove_job(cancelled));
    CHECK(code_of([&] { running.get(); }) == Code::NotFound);
    CHECK(code_of([&] { active->complete("late"); }) == Code::NotFound);
    CHECK(code_of([&] { queue.wait_result("never-was", 5s); }) == Code::NotFound);
}

TEST_CASE("a broker that is away for a minute: producers and workers go on, and nothing runs again once it ended",
          "[scenario][R17][R21][R35]") {
    TestBroker broker;
    Queue queue("outage", broker.connect());
    std::mutex mutex;
    std::map<std::string, int> ended;  // By payload: how often a handler ran to its end and was accepted.
    std::atomic<bool> may_end{false};
    std::vector<WorkerProblem> problems;
    Worker worker({.queues = {"outage"},
                   .connection = broker.connect(),
                   .concurrency = 4,
                   .on_problem = [&](const WorkerProblem& problem) {
                       const std::lock_guard lock(mutex);
                       problems.push_back(problem);
                   }},
                  [&](JobContext& job) -> Outcome {
                      // Some hold their job over the whole outage.
                      while (job.payload() == "long" && !may_end) job.cancellation().wait_for(10ms);
                      const std::lock_guard lock(mutex);
                      ++ended[job.id()];
                      return "done";
                  });
    std::vector<std::string> ids;
    for (int i = 0; i < 2; ++i) ids.push_back(queue.add_job("work", "long"));
    for (int i = 0; i < 50; ++i) ids.push_back(queue.add_job("work", "short"));
    worker.start();
    while (queue.get_metrics().completed != 50) std::this_thread::yield();

    broker.kill();
    const auto back = std::chrono::steady_clock::now() + outage();
    int refused = 0;
    while (std::chrono::steady_clock::now() < back) {
        // Bounded and typed, so that the caller can do without.
        const auto began = std::chrono::steady_clock::now();
        // The first may have been on its way when the connection was lost.
        const Code code = code_of([&] { queue.add_job("work", "lost"); });
        CHECK((code == Code::Unavailable || (refused == 0 && code == Code::Unknown)));
        CHECK(std::chrono::steady_clock::now() - began < 20s);
        ++refused;
    }
    CHECK(refused >= 1);
    may_end = true;  // They end before the broker is back.
    broker.start();
    for (int i = 0; i < 50; ++i) ids.push_back(queue.add_job("work", "after"));
    for (const auto& id : ids) CHECK(queue.wait_result(id, 30s).is_completed());
    CHECK(worker.stop());
    const auto metrics = queue.get_metrics();
    CHECK(metrics.completed_total == ids.size());
    CHECK(metrics.waiting + metrics.active + metrics.failed + metrics.delayed == 0);
    CHECK(metrics.stalled_total == 0);
    const std::lock_guard lock(mutex);
    CHECK(problems.empty());
    CHECK(ended.size() == ids.size());
    for (const auto& [id, times] : ended) CHECK(times == 1);
}
