// Batch handlers over a real daemon (R18).
#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include <swarmq/queue.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

using namespace swarmq;
using namespace std::chrono_literals;
using testing::TestBroker;

namespace {

// The sizes of the calls of a batch handler.
class Calls {
  public:
    void note(std::size_t jobs) {
        const std::lock_guard lock(mutex_);
        sizes_.push_back(jobs);
    }
    std::vector<std::size_t> sizes() const {
        const std::lock_guard lock(mutex_);
        return sizes_;
    }

  private:
    mutable std::mutex mutex_;
    std::vector<std::size_t> sizes_;
};

BatchHandler echo(Calls& calls) {
    return [&calls](JobBatch& batch) {
        calls.note(batch.size());
        std::vector<Outcome> outcomes;
        for (JobContext& job : batch) outcomes.push_back(Outcome::complete(job.payload()));
        return outcomes;
    };
}

std::vector<std::string> add(Queue& queue, int count) {
    std::vector<NewJob> jobs;
    for (int i = 0; i < count; ++i) jobs.push_back({"embed", std::to_string(i)});
    std::vector<std::string> ids;
    for (const auto& added : queue.add_jobs(jobs)) ids.push_back(added.id);
    return ids;
}

WorkerOptions options(const TestBroker& broker, std::size_t concurrency = 1) {
    return {.queues = {"vectors"}, .connection = broker.connect(), .concurrency = concurrency};
}

}  // namespace

TEST_CASE("a batch handler gets many jobs in a call, and each its own result", "[client][R18]") {
    TestBroker broker;
    Queue queue("vectors", broker.connect());
    const auto ids = add(queue, 100);
    Calls calls;
    Worker worker(options(broker, 2), {.jobs_max = 10}, echo(calls));
    worker.start();
    for (std::size_t i = 0; i < ids.size(); ++i)
        CHECK(queue.wait_result(ids[i], 10s).result == std::to_string(i));
    const auto sizes = calls.sizes();
    CHECK(*std::max_element(sizes.begin(), sizes.end()) == 10);
    CHECK(sizes.size() < 50);
    CHECK(queue.get_metrics().completed == 100);
}

TEST_CASE("a batch begins at its minimum, or with fewer when its first job has waited long enough",
          "[client][R18]") {
    TestBroker broker;
    Queue queue("vectors", broker.connect());
    Calls calls;
    Worker worker(options(broker), {.jobs_max = 8, .jobs_min = 4, .longest_wait = 300ms}, echo(calls));
    worker.start();
    for (const auto& id : add(queue, 4)) queue.wait_result(id, 10s);
    const auto alone = std::chrono::steady_clock::now();
    for (const auto& id : add(queue, 3)) queue.wait_result(id, 10s);
    CHECK(std::chrono::steady_clock::now() - alone >= 300ms);
    CHECK(calls.sizes() == std::vector<std::size_t>{4, 3});
}

TEST_CASE("some jobs of a batch fail and are tried again, the others are done", "[client][R18][R19]") {
    TestBroker broker;
    Queue queue("vectors", broker.connect());
    Worker worker(options(broker), {.jobs_max = 10}, [](JobBatch& batch) {
        std::vector<Outcome> outcomes;
        for (JobContext& job : batch) {
            const bool is_odd = (job.payload().back() - '0') % 2 == 1;
            outcomes.push_back(is_odd && job.attempt() == 1 ? Outcome::fail("try again") : Outcome());
        }
        return outcomes;
    });
    std::vector<NewJob> jobs;
    for (int i = 0; i < 10; ++i) jobs.push_back({"embed", std::to_string(i), {.attempts = 2}});
    const auto added = queue.add_jobs(jobs);
    worker.start();
    for (const auto& job : added) CHECK(queue.wait_result(job.id, 10s).is_completed());
    for (std::size_t i = 0; i < added.size(); ++i)
        CHECK(queue.get_job(added[i].id).attempts_made == (i % 2 == 1 ? 2 : 1));
}

TEST_CASE("a stopped worker hands back the jobs of a batch that has not begun", "[client][R18][R23]") {
    TestBroker broker;
    Queue queue("vectors", broker.connect());
    Calls calls;
    Worker worker(options(broker), {.jobs_max = 8, .jobs_min = 8, .longest_wait = 3'600'000ms}, echo(calls));
    const auto ids = add(queue, 3);
    worker.start();
    while (queue.get_metrics().active < 3) std::this_thread::yield();
    CHECK(worker.stop());
    CHECK(queue.get_metrics().waiting == 3);
    CHECK(queue.get_job(ids[0]).attempts_made == 0);
    CHECK(calls.sizes().empty());
}

TEST_CASE("batches that cannot be are refused in words", "[client][R18]") {
    TestBroker broker;
    const auto refusal = [&](BatchOptions batch) {
        Calls calls;
        try {
            const Worker worker(options(broker), batch, echo(calls));
        } catch (const SwarmqError& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    CHECK(refusal({.jobs_max = 0}).find("jobs_max is 0; it must be 1..1000") != std::string::npos);
    CHECK(refusal({.jobs_max = 4, .jobs_min = 5}).find("1..jobs_max, which is 4") != std::string::npos);
    CHECK(refusal({.longest_wait = -1ms}).find("longest_wait is -1 ms") != std::string::npos);
}
