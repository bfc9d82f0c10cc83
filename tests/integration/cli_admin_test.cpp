// The command where people look after queues, and where they err.
#include "integration/swarm_program.h"

#include <swarmq/admin.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using swarmq::testing::TestBroker;
using namespace swarmq::test;
namespace json = boost::json;

namespace {

void fail_all(const TestBroker& broker, swarmq::Queue& queue, const std::vector<std::string>& ids) {
    swarmq::Worker worker({.queues = {queue.name()}, .connection = broker.connect()},
                          [](auto&) { return swarmq::Outcome::fail("no"); });
    worker.start();
    for (const std::string& id : ids) queue.wait_result(id);
}

}  // namespace

TEST_CASE("the metrics of a queue are one flat JSON object", "[cli][R8][R28]") {
    TestBroker broker;
    swarmq::Queue queue("q", broker.connect());
    queue.add_job("n", "p", {.priority = 1});
    queue.add_job("n", "p", {.delay = swarmq::Milliseconds{3'600'000}});
    const Ended shown = swarm(broker.server(), {"queue", "metrics", "q", "--json"});
    REQUIRE(shown.exit_code == 0);
    const json::object metrics = json::parse(shown.out).as_object();
    CHECK(metrics.at("waiting") == 1);
    CHECK(metrics.at("waiting_priority_1") == 1);
    CHECK(metrics.at("delayed") == 1);
    CHECK(metrics.at("added_total") == 2);
    for (const char* key : {"active", "completed", "failed", "waiting_children"})
        CHECK(metrics.at(key) == 0);
    for (const auto& [key, value] : metrics) CHECK(value.is_primitive());
    CHECK(swarm(broker.server(), {"queue", "metrics", "q"}).out.find("waiting") !=
          std::string::npos);
}

TEST_CASE("a drain asks first, and a dry run changes nothing", "[cli][R28]") {
    TestBroker broker;
    swarmq::Queue queue("q", broker.connect());
    queue.add_jobs(std::vector<swarmq::NewJob>(1'000, {"n", "p"}));
    queue.add_jobs(std::vector<swarmq::NewJob>(200, {"n", "p"}));
    queue.add_job("n", "p", {.delay = swarmq::Milliseconds{3'600'000}});
    const Ended unasked = swarm(broker.server(), {"queue", "drain", "q"});
    CHECK(unasked.exit_code == 64);
    CHECK(unasked.err.find("--yes") != std::string::npos);
    CHECK(swarm(broker.server(), {"queue", "drain", "q", "--dry-run"}).out ==
          "1200 jobs would be removed\n");
    CHECK(queue.get_metrics().waiting == 1'200);
    CHECK(swarm(broker.server(), {"queue", "drain", "q", "--yes"}).out == "1200 jobs removed\n");
    CHECK(queue.get_metrics().waiting == 0);
    CHECK(queue.get_metrics().delayed == 1);
    CHECK(swarm(broker.server(), {"queue", "drain", "q", "--delayed", "--yes"}).exit_code == 0);
    CHECK(queue.get_metrics().delayed == 0);
}

TEST_CASE("failed jobs are retried, and only cleaned up when asked for", "[cli][R27][R29]") {
    TestBroker broker;
    swarmq::Queue queue("q", broker.connect());
    std::vector<std::string> ids;
    for (int i = 0; i < 3; ++i) ids.push_back(queue.add_job("n", "p"));
    fail_all(broker, queue, ids);
    CHECK(swarm(broker.server(), {"queue", "cleanup", "q", "--before", "0"}).out ==
          "0 jobs removed\n");
    const Ended mixed = swarm(broker.server(), {"queue", "retry", "q", ids[0], "nobody"});
    CHECK(mixed.exit_code == 3);
    CHECK(mixed.out == "1 job retried\n");
    CHECK(mixed.err.find("nobody") != std::string::npos);
    CHECK(queue.get_job(ids[0]).state == swarmq::JobState::Waiting);
    const Ended wrong = swarm(broker.server(), {"queue", "retry", "q", ids[0]});
    CHECK(wrong.exit_code == 1);
    CHECK(swarm(broker.server(), {"queue", "retry", "q", "--all"}).out == "2 jobs retried\n");
    fail_all(broker, queue, ids);
    const Ended cleaned = swarm(
        broker.server(), {"queue", "cleanup", "q", "--before", "0", "--state", "failed", "--json"});
    CHECK(json::parse(cleaned.out).at("changed") == 3);
}

TEST_CASE("delayed jobs are promoted and jobs removed by their ids", "[cli][R9][R28]") {
    TestBroker broker;
    swarmq::Queue queue("q", broker.connect());
    const std::string id = queue.add_job("n", "p", {.delay = swarmq::Milliseconds{3'600'000}});
    CHECK(swarm(broker.server(), {"queue", "promote", "q", id}).out == "1 job promoted\n");
    CHECK(queue.get_job(id).state == swarmq::JobState::Waiting);
    CHECK(swarm(broker.server(), {"queue", "remove", "q", id}).out == "1 job removed\n");
    CHECK(queue.get_metrics().waiting == 0);
    CHECK(swarm(broker.server(), {"queue", "remove", "q", id}).exit_code == 3);
    CHECK(swarm(broker.server(), {"queue", "promote", "q"}).exit_code == 64);
}

TEST_CASE("jobs are cancelled and their records kept, by id and by state", "[cli][R9][R28]") {
    TestBroker broker;
    swarmq::Queue queue("q", broker.connect());
    const std::string one = queue.add_job("n", "p");
    queue.add_job("n", "p");
    const auto remove = [&](std::vector<std::string> options) {
        options.insert(options.begin(), {"queue", "remove", "q", "--keep"});
        return swarm(broker.server(), options);
    };
    CHECK(remove({one}).out == "1 job cancelled\n");
    CHECK(queue.get_job(one).failure_kind == swarmq::FailureKind::Cancelled);
    CHECK(remove({one}).exit_code == 1);
    CHECK(remove({"--state", "failed", "--all"}).exit_code == 64);
    CHECK(remove({"--name", "n"}).exit_code == 64);
    CHECK(remove({"--state", "waiting", "--all"}).exit_code == 64);
    CHECK(remove({"--state", "waiting", "--all", "--dry-run"}).out == "1 job would be cancelled\n");
    CHECK(remove({"--state", "waiting", "--all", "--yes"}).out == "1 job cancelled\n");
    CHECK(queue.get_metrics().failed == 2);
}

TEST_CASE("a queue is paused and resumed by its name", "[cli][R15][R28]") {
    TestBroker broker;
    swarmq::Queue queue("q", broker.connect());
    queue.add_job("n", "p");
    CHECK(swarm(broker.server(), {"queue", "pause", "q"}).exit_code == 0);
    CHECK(queue.get_metrics().paused);
    CHECK(swarm(broker.server(), {"queue", "list"}).out.find("paused") != std::string::npos);
    CHECK(swarm(broker.server(), {"queue", "resume", "q"}).exit_code == 0);
    CHECK_FALSE(queue.get_metrics().paused);
}

TEST_CASE("errors are one line and have an exit code each", "[cli][R28]") {
    TestBroker broker;
    const std::string server = broker.server();
    const auto code = [&](std::vector<std::string> arguments) {
        const Ended ended = swarm(server, std::move(arguments));
        CHECK(ended.out.empty());
        CHECK(std::count(ended.err.begin(), ended.err.end(), '\n') == 1);
        return ended.exit_code;
    };
    CHECK(code({"queue", "status", "q", "nobody"}) == 3);
    CHECK(code({"queue", "metrics", "nothing"}) == 3);
    CHECK(code({"queue", "list", "nothing"}) == 3);
    CHECK(code({"queue", "list", "nothing", "--json"}) == 3);
    CHECK(code({"queue", "sumbit", "q"}) == 64);
    CHECK(code({"queue", "submit", "q"}) == 64);
    CHECK(code({"queue", "submit", "q", "p", "--delay", "soon"}) == 64);
    CHECK(code({"queue", "submit", "q", "p", "--no-such-option"}) == 64);
    CHECK(swarm(server, {"queue", "submit", "q", "p", "--priorty=1"}).err ==
          "swarm queue submit: '--priorty=1' was not expected; did you mean '--priority'? (see "
          "swarm queue "
          "submit --help)\n");
    CHECK(swarm(server, {"queue", "submit", "q", "p", "more"}).err ==
          "swarm queue submit: 'more' was not expected (see swarm queue submit --help)\n");
    CHECK(code({"queue", "submit", "bad name", "p"}) == 64);
    CHECK(code({"queue", "cleanup", "q"}) == 64);
    CHECK(code({"bench", "steady", "--keys", "2"}) == 64);
    CHECK(code({"bench", "drain", "--filled"}) == 64);
    CHECK(code({"bench", "drain", "--due", "1s"}) == 64);
    CHECK(code({"--server", "127.0.0.1:1", "server", "info"}) == 69);
    CHECK(code({"server", "info", "--server", "nonsense"}) == 64);
}

TEST_CASE("the command says what it is and what the broker is", "[cli][R28]") {
    TestBroker broker;
    CHECK(swarm(broker.server(), {"--version"}).out.rfind("swarm ", 0) == 0);
    const Ended help = swarm(broker.server(), {"queue", "submit", "--help"});
    CHECK(help.exit_code == 0);
    CHECK(help.out.find("--payload-file") != std::string::npos);
    CHECK(swarm(broker.server(), {"--help"}).out.find("Exit codes") != std::string::npos);
    const Ended info = swarm(broker.server(), {"server", "info", "--json"});
    CHECK(json::parse(info.out).at("durability") == "sync");
}

TEST_CASE("each workload of the bench prints one object and leaves no job", "[cli][R28]") {
    TestBroker broker;
    const std::vector<std::vector<std::string>> runs = {
        {"enqueue", "--window", "1", "--jobs", "20"},
        {"enqueue", "--batch", "100", "--jobs", "2050", "--connections", "2", "--queues", "2"},
        {"drain", "--jobs", "1500", "--concurrency", "4"},
        {"drain", "--jobs", "400", "--keys", "20", "--queues", "70"},
        {"enqueue", "--jobs", "300", "--due", "1h", "--name", "later"},
        {"steady", "--jobs", "500", "--window", "50"},
        {"pickup", "--jobs", "20"}};
    for (const auto& run : runs) {
        std::vector<std::string> arguments = {"bench"};
        arguments.insert(arguments.end(), run.begin(), run.end());
        arguments.push_back("--json");
        const Ended ended = swarm(broker.server(), arguments);
        INFO(run[0] << " " << ended.err);
        REQUIRE(ended.exit_code == 0);
        const json::object result = json::parse(ended.out).as_object();
        CHECK(result.at("workload") == run[0].c_str());
        CHECK(std::to_string(result.at("jobs").to_number<int>()) ==
              *(std::find(run.begin(), run.end(), "--jobs") + 1));
        CHECK(result.at("seconds").to_number<double>() > 0);
        CHECK(result.at("jobs_per_s").to_number<double>() > 0);
        CHECK(result.at("p99_us").to_number<double>() >= result.at("p50_us").to_number<double>());
        CHECK(result.at("durability") == "sync");
    }
    CHECK(swarmq::Admin(broker.connect()).server_info().jobs == 0);
}
