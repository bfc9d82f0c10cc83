// Dead letters, changes and searches from the command line, over a real daemon.
#include "integration/swarm_program.h"

#include <swarmq/admin.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <string>
#include <vector>

using swarmq::testing::TestBroker;
using namespace swarmq::test;
namespace json = boost::json;

namespace {

// Six jobs that failed: three refused, two timed out, one of another name and tagged.
struct DeadLetters {
    TestBroker broker;
    swarmq::Queue queue{"hooks", broker.connect()};
    std::vector<std::string> ids;

    DeadLetters() {
        for (int i = 0; i < 5; ++i)
            ids.push_back(queue.add_job("hook", i < 3 ? "Connection refused" : "timed out"));
        ids.push_back(queue.add_job("refund", "no such user", {.tags = {"vip"}}));
        swarmq::Worker worker(
            {.queues = {"hooks"}, .connection = broker.connect()},
            [](swarmq::JobContext& job) { return swarmq::Outcome::fail(job.payload()); });
        worker.start();
        for (const auto& id : ids) queue.wait_result(id);
        worker.stop();
    }
    Ended run(std::vector<std::string> words) { return swarm(broker.server(), std::move(words)); }
    std::uint64_t failed() { return queue.get_metrics().failed; }
    std::uint64_t waiting() { return queue.get_metrics().waiting; }
};

std::size_t listed(const Ended& ended) {
    return json::parse(ended.out).at("jobs").as_array().size();
}

}  // namespace

TEST_CASE("a failed job is shown with the whole error of every attempt", "[cli][R7][R29]") {
    TestBroker broker;
    swarmq::Queue queue("hooks", broker.connect());
    const std::string tail = std::string(300, 'x') + " the end";
    swarmq::Worker worker(
        {.queues = {"hooks"}, .connection = broker.connect()}, [&](swarmq::JobContext& job) {
            return swarmq::Outcome::fail(job.attempt() == 1 ? "Traceback:\n  line 1\n  " + tail
                                                            : "refused");
        });
    worker.start();
    const std::string id = queue.add_job("hook", "p", {.attempts = 2});
    queue.wait_result(id);
    const std::string shown = swarm(broker.server(), {"queue", "status", "hooks", id}).out;
    INFO(shown);
    CHECK(shown.find("\nfailed      error: refused\n") != std::string::npos);
    CHECK(shown.find("\nattempt 1   error after ") != std::string::npos);
    CHECK(shown.find("\nerror       Traceback:\n              line 1\n              " + tail +
                     "\n") != std::string::npos);
    CHECK(shown.find("\nattempt 2   error after ") != std::string::npos);
    CHECK(shown.find("\nerror       refused\n") != std::string::npos);
}

TEST_CASE("failed jobs are listed by name, tag, age and error text", "[cli][R17a][R29]") {
    DeadLetters dead;
    const auto count = [&](std::vector<std::string> filters) {
        std::vector<std::string> words{"queue", "list", "hooks", "--state", "failed", "--json"};
        words.insert(words.end(), filters.begin(), filters.end());
        return listed(dead.run(std::move(words)));
    };
    CHECK(count({}) == 6);
    CHECK(count({"--error", "REFUSED"}) == 3);
    CHECK(count({"--name", "refund"}) == 1);
    CHECK(count({"--tag", "vip"}) == 1);
    CHECK(count({"--finished-after", "1h"}) == 6);
    CHECK(count({"--finished-before", "1h"}) == 0);
    CHECK(count({"--created-after", "1h", "--created-before", "+1h", "--error", "timed"}) == 2);
    CHECK(count({"--created-before", "2020-01-01T00:00Z"}) == 0);
    CHECK(dead.run({"queue", "list", "hooks", "--finished-after", "soon"}).exit_code == 64);
}

TEST_CASE("failed jobs run again one by one, by error text, by name, or all", "[cli][R29]") {
    DeadLetters dead;
    const Ended dry = dead.run({"queue", "retry", "hooks", "--error", "refused", "--dry-run"});
    CHECK(dry.out == "3 jobs would be retried\n");
    CHECK(dead.failed() == 6);
    CHECK(dead.run({"queue", "retry", "hooks", "--error", "refused"}).out == "3 jobs retried\n");
    CHECK(dead.failed() == 3);
    CHECK(dead.waiting() == 3);
    CHECK(dead.run({"queue", "retry", "hooks", "--name", "refund", "--json"})
              .out.find("\"changed\":1") != std::string::npos);
    CHECK(dead.run({"queue", "retry", "hooks", "--all", "--dry-run"}).out ==
          "2 jobs would be retried\n");
    CHECK(dead.run({"queue", "retry", "hooks", dead.ids[3], "--dry-run"}).out ==
          "1 job would be retried\n");
    CHECK(dead.run({"queue", "retry", "hooks", dead.ids[0], "--dry-run"}).exit_code == 1);
    CHECK(dead.run({"queue", "retry", "hooks", dead.ids[3]}).out == "1 job retried\n");
    CHECK(dead.run({"queue", "retry", "hooks", "--finished-after", "1h"}).out == "1 job retried\n");
    CHECK(dead.failed() == 0);
    CHECK(dead.waiting() == 6);
    CHECK(dead.run({"queue", "retry", "hooks", dead.ids[3], "--error", "x"}).exit_code == 64);
}

TEST_CASE("failed jobs are removed by what they say, once someone agrees", "[cli][R29]") {
    DeadLetters dead;
    const std::vector<std::string> refused{"queue",  "remove",  "hooks",  "--state",
                                           "failed", "--error", "refused"};
    const auto with = [&](const char* flag) {
        auto words = refused;
        words.emplace_back(flag);
        return dead.run(std::move(words));
    };
    CHECK(with("--dry-run").out == "3 jobs would be removed\n");
    const Ended unsure = dead.run(refused);
    CHECK(unsure.exit_code == 64);
    CHECK(unsure.err.find("3 jobs of queue hooks") != std::string::npos);
    CHECK(dead.failed() == 6);
    CHECK(with("--yes").out == "3 jobs removed\n");
    CHECK(dead.failed() == 3);
    const Ended cleaned = dead.run({"queue", "cleanup", "hooks", "--before", "0", "--state",
                                    "failed", "--error", "timed out", "--dry-run"});
    CHECK(cleaned.out == "2 jobs would be removed\n");
    CHECK(dead.run({"queue", "cleanup", "hooks", "--before", "0", "--state", "failed", "--error",
                    "timed out"})
              .out == "2 jobs removed\n");
    CHECK(dead.run({"queue", "remove", "hooks", "--all"}).exit_code == 64);
    CHECK(dead.run({"queue", "remove", "hooks", "--state", "failed", "--all", "--yes"}).out ==
          "1 job removed\n");
    CHECK(dead.failed() == 0);
}

TEST_CASE("a stored job is changed, all of it or nothing", "[cli][R17a]") {
    TestBroker broker;
    const auto run = [&](std::vector<std::string> words) {
        return swarm(broker.server(), std::move(words));
    };
    const std::string id =
        last_line(run({"queue", "submit", "reports", "old", "--tags", "a,b"}).out);
    CHECK(run({"queue", "update", "reports", id}).exit_code == 64);
    const Ended changed = run({"queue", "update", "reports", id, "--payload", "new", "--priority",
                               "0", "--delay", "1h", "--tags", "june"});
    CHECK(changed.out == "1 job changed\n");
    swarmq::Queue queue("reports", broker.connect());
    const swarmq::Job job = queue.get_job(id);
    CHECK(job.payload == "new");
    CHECK(job.state == swarmq::JobState::Delayed);
    CHECK(job.options.tags == std::vector<std::string>{"june"});
    CHECK(run({"queue", "update", "reports", id, "--delay", "0", "--tags", "none"}).exit_code == 0);
    CHECK(queue.get_job(id).state == swarmq::JobState::Waiting);
    CHECK(queue.get_job(id).options.tags.empty());
    CHECK(run({"queue", "update", "reports", "none", "--priority", "1"}).exit_code == 3);
}

TEST_CASE("adds with a key are told which job stands for it", "[cli][R12]") {
    TestBroker broker;
    const auto run = [&](std::vector<std::string> words) {
        return swarm(broker.server(), std::move(words));
    };
    const Ended first =
        run({"queue", "submit", "pages", "1", "--dedup", "page:7", "--dedup-mode", "throttle=1h"});
    const Ended second = run({"queue", "submit", "pages", "2", "--dedup", "page:7"});
    CHECK(second.exit_code == 0);
    CHECK(second.out == first.out);
    CHECK(second.err.find("stands for the key page:7") != std::string::npos);
    const Ended shown = run({"queue", "dedup", "pages", "page:7", "--json"});
    const json::value key = json::parse(shown.out);
    CHECK(key.at("mode").as_string() == "throttle");
    CHECK(key.at("window").as_int64() == 3'600'000);
    CHECK(run({"queue", "submit", "pages", "3", "--dedup-mode", "throttle=1h"}).exit_code == 64);
    CHECK(
        run({"queue", "submit", "pages", "3", "--dedup", "k", "--dedup-mode", "often"}).exit_code ==
        64);
    const Ended many =
        swarm(broker.server(), {"queue", "submit", "pages", "--jobs", "-"},
              "{\"payload\":\"a\",\"dedup\":\"k\"}\n"
              "{\"payload\":\"b\",\"dedup\":\"k\",\"dedup_mode\":\"keep-latest\"}\n");
    CHECK(many.exit_code == 0);
    const std::string id = last_line(many.out);
    CHECK(many.out == id + "\n" + id + "\n");
}
