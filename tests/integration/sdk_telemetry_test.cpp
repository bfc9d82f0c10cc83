// Headers on their way from a producer to a handler, and the hook that tells of both (R17b), over a real daemon.
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <swarmq/puller.h>
#include <swarmq/queue.h>
#include <swarmq/telemetry.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

using namespace swarmq;
using namespace std::chrono_literals;
using testing::TestBroker;

namespace {

constexpr const char* kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

// Gives each add a traceparent of its own, and writes everything down.
class Recorder : public Telemetry {
  public:
    std::unique_ptr<AddSpan> add(const std::string& queue, const std::string& name,
                                 std::map<std::string, std::string>& headers) override {
        const std::lock_guard lock(mutex_);
        const std::string parent = "trace-" + std::to_string(++adds_);
        headers["traceparent"] = parent;
        lines_.push_back("add " + queue + " " + name + " " + parent);
        return std::make_unique<Add>(*this, parent);
    }
    std::unique_ptr<AttemptSpan> attempt(const ActiveJob& job) override {
        const std::string parent = job.headers.at("traceparent");
        say("attempt " + parent + " " + job.name + " " + std::to_string(job.attempt));
        return std::make_unique<Attempted>(*this, parent);
    }

    void say(std::string line) {
        const std::lock_guard lock(mutex_);
        lines_.push_back(std::move(line));
    }
    std::vector<std::string> lines() const {
        const std::lock_guard lock(mutex_);
        return lines_;
    }
    // Waits for the callbacks that are still on their way.
    bool has(const std::string& line) const {
        const auto latest = std::chrono::steady_clock::now() + 20s;
        while (std::chrono::steady_clock::now() < latest) {
            for (const auto& said : lines())
                if (said == line) return true;
            std::this_thread::yield();
        }
        return false;
    }

  private:
    struct Add : AddSpan {
        Add(Recorder& recorder, std::string add) : to(recorder), parent(std::move(add)) {}
        void end(const AddEnd& end) override {
            const bool is_timed = end.took.count() > 0;
            to.say("added " + parent + " " +
                   (end.error ? std::string(to_string(end.error->code)) : end.id) +
                   (is_timed ? "" : " untimed"));
        }
        Recorder& to;
        std::string parent;
    };
    struct Attempted : AttemptSpan {
        Attempted(Recorder& recorder, std::string attempt)
            : to(recorder), parent(std::move(attempt)) {}
        void handler_returned() override { to.say("returned " + parent); }
        void end(const AttemptEnd& end) override {
            const bool is_complete = end.outcome.kind() == Outcome::Kind::Complete;
            to.say("ended " + parent + (is_complete ? " well " : " badly ") + end.outcome.result());
            throw std::runtime_error("a broken hook breaks nothing");
        }
        Recorder& to;
        std::string parent;
    };

    mutable std::mutex mutex_;
    int adds_ = 0;
    std::vector<std::string> lines_;
};

}  // namespace

TEST_CASE("headers and traceparent arrive untouched, through retries, restarts and dead letters",
          "[client][telemetry][R17b]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    const std::map<std::string, std::string> headers{
        {"traceparent", kParent}, {"tracestate", "vendor=a:1,other=\xc3\xa9"}, {"X-Empty", ""}};
    const auto id =
        queue.add_job("n", "p", {.attempts = 2, .on_failure = OnFailure{"dead"}, .headers = headers});
    broker.restart();
    CHECK(queue.get_job(id).options.headers == headers);
    std::vector<std::map<std::string, std::string>> seen;
    Worker worker({.queues = {"q"}, .connection = broker.connect()}, [&](JobContext& job) -> Outcome {
        seen.push_back(job.job().headers);
        return Outcome::fail("no");
    });
    worker.start();
    queue.wait_result(id, 20s);
    worker.stop();
    CHECK(seen == std::vector<std::map<std::string, std::string>>(2, headers));
    auto dead = Puller("dead", broker.connect()).take(20s);
    REQUIRE(dead);
    CHECK(dead->job().headers.at("traceparent") == kParent);
}

TEST_CASE("a hook hears of adds and attempts, and its traceparent reaches the handler",
          "[client][telemetry][R17b]") {
    TestBroker broker;
    const auto recorder = std::make_shared<Recorder>();
    const Connection connection({.server = broker.server(), .telemetry = recorder});
    Queue queue("q", connection);
    Worker worker({.queues = {"q"}, .connection = connection}, [](JobContext& job) -> Outcome {
        if (job.payload() == "later") {
            std::thread([finisher = job.finish_later()]() mutable { finisher.finish("late"); }).detach();
            return {};
        }
        if (job.attempt() == 1 && job.payload() == "twice") throw std::runtime_error("once");
        return "done";
    });
    worker.start();
    const auto id = queue.add_job("first", "twice", {.attempts = 2});
    queue.wait_result(id, 20s);
    CHECK(recorder->has("added trace-1 " + id));
    queue.wait_result(queue.add_job("second", "later"), 20s);
    CHECK(recorder->has("ended trace-2 well late"));
    CHECK(recorder->has("returned trace-2"));
    const auto lines = recorder->lines();
    const auto at = [&](const std::string& line) {
        const auto found = std::find(lines.begin(), lines.end(), line);
        REQUIRE(found != lines.end());
        return found - lines.begin();
    };
    CHECK(at("add q first trace-1") < at("attempt trace-1 first 1"));
    CHECK(at("attempt trace-1 first 1") < at("ended trace-1 badly once"));
    CHECK(at("ended trace-1 badly once") < at("attempt trace-1 first 2"));
    CHECK(at("attempt trace-1 first 2") < at("ended trace-1 well done"));
    CHECK(at("returned trace-2") < at("ended trace-2 well late"));

    const auto many = queue.add_jobs({{"third", "a"}, {"fourth", "b"}});
    CHECK(recorder->has("added trace-3 " + many[0].id));
    CHECK(recorder->has("added trace-4 " + many[1].id));
    CHECK(queue.add_and_wait("fifth", "c", {}, 20s).is_completed());
    CHECK(recorder->has("ended trace-5 well done"));
    CHECK_THROWS_AS(queue.add_job("not a name", "p"), SwarmqError);
    CHECK(recorder->has("added trace-6 INVALID_ARGUMENT"));
}

TEST_CASE("a hook of one worker or queue takes the place of the connection's; batches and taken jobs are told of, too",
          "[client][telemetry][R17b]") {
    TestBroker broker;
    const auto outer = std::make_shared<Recorder>();
    const auto inner = std::make_shared<Recorder>();
    const Connection connection({.server = broker.server(), .telemetry = outer});
    Queue queue({.name = "q", .connection = connection, .telemetry = inner});
    Worker worker({.queues = {"q"}, .connection = connection, .telemetry = inner},
                  {.jobs_max = 2, .jobs_min = 2, .longest_wait = 10s}, [](JobBatch& batch) {
                      std::vector<Outcome> outcomes(batch.size(), "good");
                      outcomes[1] = Outcome::fail("bad");
                      return outcomes;
                  });
    worker.start();
    const auto added = queue.add_jobs({{"n", "a"}, {"n", "b"}});
    queue.wait_result(added[1].id, 20s);
    CHECK(inner->has("ended trace-1 well good"));
    CHECK(inner->has("ended trace-2 badly bad"));
    CHECK(outer->lines().empty());

    Queue by_hand("by-hand", connection);
    by_hand.add_job("taken", "p");
    Puller puller("by-hand", connection);
    auto job = puller.take(20s);
    REQUIRE(job);
    job->complete("by hand");
    CHECK(outer->has("attempt trace-1 taken 1"));
    CHECK(outer->has("ended trace-1 well by hand"));
}
