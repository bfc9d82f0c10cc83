// A worker that is paused, widened, narrowed and told to stop while it runs, over a real daemon (R18, R23, R24).
#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <swarmq/admin.h>
#include <swarmq/puller.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

using namespace swarmq;
using namespace std::chrono_literals;
using testing::TestBroker;

namespace {

// Handlers that wait to be let go, counted.
class Gate {
  public:
    void pass() {
        std::unique_lock lock(mutex_);
        ++inside_;
        ++entered_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return allowed_ > 0; });
        --allowed_;
        --inside_;
        changed_.notify_all();
    }
    void let_go(int count) {
        const std::lock_guard lock(mutex_);
        allowed_ += count;
        changed_.notify_all();
    }
    bool wait_inside(int count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, 20s, [&] { return inside_ == count; });
    }
    int entered() {
        const std::lock_guard lock(mutex_);
        return entered_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int inside_ = 0;
    int entered_ = 0;
    int allowed_ = 0;
};

}  // namespace

TEST_CASE("a worker's concurrency is changed while it runs", "[client][R18]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    Gate gate;
    Worker worker({.queues = {"q"}, .connection = broker.connect()}, [&](JobContext&) -> Outcome {
        gate.pass();
        return {};
    });
    worker.start();
    const auto added = queue.add_jobs(std::vector<NewJob>(20, {"n", "p"}));
    CHECK(gate.wait_inside(1));
    CHECK(worker.running() == 1);
    worker.set_concurrency(5);
    CHECK(gate.wait_inside(5));
    CHECK(queue.get_metrics().active == 5);
    worker.set_concurrency(2);
    gate.let_go(3);
    CHECK(gate.wait_inside(2));
    CHECK(gate.entered() == 5);
    CHECK_THROWS_AS(worker.set_concurrency(0), SwarmqError);
    CHECK_THROWS_AS(worker.set_concurrency(10'001), SwarmqError);
    worker.set_concurrency(16);
    gate.let_go(100);
    for (const auto& job : added) CHECK(queue.wait_result(job.id, 20s).is_completed());
    CHECK(gate.entered() == 20);
}

TEST_CASE("a paused worker ends what runs, takes nothing more, and goes on when it is told to", "[client][R23]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    Gate gate;
    Worker worker({.queues = {"q"}, .connection = broker.connect()}, [&](JobContext&) -> Outcome {
        gate.pass();
        return {};
    });
    worker.start();
    const auto first = queue.add_job("n", "p");
    CHECK(gate.wait_inside(1));
    worker.pause();
    worker.pause();
    CHECK(worker.is_paused());
    const auto second = queue.add_job("n", "p");
    gate.let_go(1);
    CHECK(queue.wait_result(first, 20s).is_completed());
    // Another worker gets what the paused one leaves.
    auto taken = Puller("q", broker.connect()).take(20s);
    REQUIRE(taken);
    CHECK(taken->id() == second);
    taken->complete();
    const auto third = queue.add_job("n", "p");
    for (int i = 0; i < 20; ++i) CHECK(queue.get_job(third).state == JobState::Waiting);
    CHECK(queue.get_metrics().workers == 0);
    gate.let_go(100);
    worker.resume();
    CHECK_FALSE(worker.is_paused());
    CHECK(queue.wait_result(third, 20s).is_completed());
    // At once after a pause, many times over, none is lost on the way.
    std::vector<std::string> ids;
    for (int i = 0; i < 50; ++i) {
        worker.pause();
        ids.push_back(queue.add_job("n", "p"));
        worker.resume();
    }
    for (const auto& id : ids) CHECK(queue.wait_result(id, 20s).is_completed());
    CHECK(queue.get_metrics().stalled_total == 0);
}

TEST_CASE("a pause lasts over a restart of the broker, a stop and a start", "[client][R17][R23]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    Worker worker({.queues = {"q"}, .connection = broker.connect()}, [](JobContext&) { return Outcome(); });
    worker.start();
    queue.wait_result(queue.add_job("n", "p"), 20s);
    worker.pause();
    broker.restart();
    const auto id = queue.add_job("n", "p");
    worker.stop();
    worker.start();
    for (int i = 0; i < 20; ++i) CHECK(queue.get_job(id).state == JobState::Waiting);
    worker.resume();
    CHECK(queue.wait_result(id, 20s).is_completed());
}

TEST_CASE("a finisher's attempt is cancelled by its token, wherever it is looked at", "[client][R18][R24]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    std::promise<CancellationToken> given;
    std::optional<Finisher> kept;
    Worker worker({.queues = {"q"}, .connection = broker.connect()}, [&](JobContext& job) -> Outcome {
        kept.emplace(job.finish_later());
        given.set_value(job.cancellation());
        return {};
    });
    worker.start();
    const auto id = queue.add_job("n", "p");
    const CancellationToken token = given.get_future().get();
    CHECK_FALSE(token.is_cancelled());
    CHECK(queue.remove_job(id));
    CHECK(token.wait_for(20s));
    CHECK(token.reason() == CancelReason::Cancelled);
    kept->finish("too late");
    CHECK(worker.stop());
}

TEST_CASE("a taken job is held as long as it is extended by hand, and no longer", "[client][R21][R26a]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    queue.add_job("n", "p");
    Puller puller({.queues = {"q"}, .connection = broker.connect(), .lease = 2'000ms});
    auto job = puller.take(20s);
    REQUIRE(job);
    const auto until = std::chrono::steady_clock::now() + 5'000ms;
    while (std::chrono::steady_clock::now() < until) {
        job->extend();
        CHECK_FALSE(puller.take(200ms).has_value());  // Nobody else gets it.
    }
    auto again = Puller("q", broker.connect()).take(20s);
    REQUIRE(again);
    CHECK(again->id() == job->id());
    CHECK(again->job().stalls == 1);
    CHECK_THROWS_AS(job->extend(), SwarmqError);
}

TEST_CASE("jobs held ahead of a handler that turned long are left to other workers", "[client][R18]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    std::vector<NewJob> jobs(50, {"short", "p"});
    jobs[30].name = "long";
    const auto added = queue.add_jobs(std::move(jobs));
    std::promise<void> begun;
    std::promise<void> go_on;
    Worker first({.queues = {"q"}, .connection = broker.connect()}, [&](JobContext& job) -> Outcome {
        if (job.name() == "long") {
            begun.set_value();
            go_on.get_future().wait();
        }
        return "first";
    });
    first.start();
    begun.get_future().wait();
    Worker second({.queues = {"q"}, .connection = broker.connect()}, [](JobContext&) { return "second"; });
    second.start();
    for (std::size_t i = 31; i < 50; ++i) CHECK(queue.wait_result(added[i].id, 30s).result == "second");
    CHECK(first.running() == 1);
    const Job returned = queue.get_job(added[31].id);
    CHECK(returned.attempts_made == 1);
    go_on.set_value();
    CHECK(queue.wait_result(added[30].id, 30s).result == "first");
    CHECK(first.stop());
    CHECK(second.stop());
}
