// What people and programs watch: events, logs, checkpoints, the figures of a queue.
#include "integration/swarm_program.h"

#include <swarmq/admin.h>
#include <swarmq/events.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <csignal>
#include <sstream>
#include <string>
#include <vector>

using swarmq::testing::TestBroker;
using namespace swarmq::test;
namespace json = boost::json;

namespace {

std::vector<json::object> objects(const std::string& text) {
    std::vector<json::object> all;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) all.push_back(json::parse(line).as_object());
    return all;
}

// The cursor that a watch printed at its end.
std::string cursor_of(const Ended& ended) {
    const std::string line = last_line(ended.err);
    return line.substr(line.rfind(' ') + 1);
}

}  // namespace

TEST_CASE("watch prints events as objects, and goes on from its cursor", "[cli][R11][R28]") {
    TestBroker broker;
    swarmq::Queue queue("q", broker.connect());
    // A queue that nobody watches keeps no events: the first call begins that.
    swarmq::EventStream keeper({.queue = "q", .connection = broker.connect()});
    const std::string start = keeper.cursor().text();
    const auto first = queue.add_job("n", "p");
    queue.add_job("n", "p", {.delay = swarmq::Milliseconds{3'600'000}});
    const Ended ended = swarm(broker.server(), {"watch", "q", "--json", "--cursor", start, "--count", "1"});
    REQUIRE(ended.exit_code == 0);
    const auto events = objects(ended.out);
    REQUIRE(events.size() == 1);
    CHECK(events[0].at("kind") == "added");
    CHECK(events[0].at("queue") == "q");
    CHECK(events[0].at("id").as_string() == first);
    CHECK(events[0].at("cursor").as_string() == cursor_of(ended));
    CHECK(events[0].at("at").as_int64() > 1'600'000'000'000);
    const Ended rest = swarm(broker.server(), {"watch", "--events", "--kinds", "added,failed", "q", "--cursor",
                                               cursor_of(ended), "--count", "1"});
    REQUIRE(rest.exit_code == 0);
    CHECK(rest.out.find(" added ") != std::string::npos);
    CHECK(rest.out.find("in 1h") != std::string::npos);
}

TEST_CASE("watch ends on a signal, after the events it had, and says where to go on", "[cli][R11][R28]") {
    TestBroker broker;
    swarmq::Queue queue("q", broker.connect());
    swarmq::EventStream keeper({.queue = "q", .connection = broker.connect()});
    queue.add_job("n", "p");
    SwarmProgram watch(broker.server(), {"watch", "q", "--cursor", keeper.cursor().text()});
    swarmq::Admin admin(broker.connect());
    while (admin.server_info().connections < 4) {
    }
    watch.signal(SIGTERM);
    const Ended ended = watch.wait();
    CHECK(ended.exit_code == 0);
    CHECK(ended.err.find("to go on: --cursor ") != std::string::npos);
}

TEST_CASE("wrong words about events say what would be right", "[cli][R11][R28]") {
    TestBroker broker;
    const Ended kinds = swarm(broker.server(), {"watch", "--kinds", "failed,nonsense"});
    CHECK(kinds.exit_code == 64);
    CHECK(kinds.err.find("'nonsense' is no kind of event; there are: added waiting") != std::string::npos);
    CHECK(swarm(broker.server(), {"watch", "--cursor", "x"}).exit_code == 64);
    CHECK(swarm(broker.server(), {"watch", "--id", "x"}).exit_code == 64);
    CHECK(swarm("127.0.0.1:1", {"watch"}).exit_code == 69);
}

TEST_CASE("what a command writes to standard error is its job's log, and can be followed", "[cli][R20][R27][R28]") {
    TestBroker broker;
    swarmq::Queue queue("q", broker.connect());
    const auto id = queue.add_job("n", "p");
    SwarmProgram follow(broker.server(), {"queue", "logs", "q", id, "--follow", "--raw"});
    SwarmProgram worker(broker.server(), {"worker", "q", "--quiet", "--", "sh", "-c",
                                          "echo one >&2; echo two >&2; printf three >&2; echo result"});
    const Ended followed = follow.wait();
    CHECK(followed.exit_code == 0);
    CHECK(followed.out == "one\ntwo\nthree\n");
    CHECK(queue.wait_result(id).result == "result\n");
    const Ended shown = swarm(broker.server(), {"queue", "logs", "q", id});
    CHECK(shown.out.find(" two\n") != std::string::npos);
    const auto lines = objects(swarm(broker.server(), {"queue", "logs", "q", id, "--json"}).out);
    REQUIRE(lines.size() == 3);
    CHECK(lines[2].at("text") == "three");
    CHECK(lines[2].at("number") == 3);
    CHECK(lines[2].at("time").as_int64() > 1'600'000'000'000);
    CHECK(swarm(broker.server(), {"queue", "logs", "q", "not-there"}).exit_code == 3);
    CHECK(swarm(broker.server(), {"queue", "status", "q", id}).out.find("3 lines") != std::string::npos);
    worker.signal(SIGTERM);
    CHECK(worker.wait().exit_code == 0);
}

TEST_CASE("a worker with --no-log leaves no lines", "[cli][R20][R27]") {
    TestBroker broker;
    swarmq::Queue queue("q", broker.connect());
    SwarmProgram worker(broker.server(), {"worker", "q", "--quiet", "--no-log", "--", "sh", "-c", "echo one >&2"});
    const auto id = queue.add_job("n", "p");
    queue.wait_result(id);
    CHECK(queue.get_log(id).total == 0);
    worker.signal(SIGTERM);
    worker.wait();
}

TEST_CASE("a checkpoint is printed as it is", "[cli][R20][R28]") {
    TestBroker broker;
    swarmq::Queue queue("q", broker.connect());
    swarmq::Worker worker({.queues = {"q"}, .connection = broker.connect()}, [](swarmq::JobContext& job) {
        if (job.payload() == "with") job.save_checkpoint("row 12");
        return swarmq::Outcome::unrecoverable("no");
    });
    worker.start();
    const auto with = queue.add_job("n", "with");
    const auto without = queue.add_job("n", "without");
    queue.wait_result(with);
    queue.wait_result(without);
    CHECK(swarm(broker.server(), {"queue", "checkpoint", "q", with}).out == "row 12");
    CHECK(swarm(broker.server(), {"queue", "checkpoint", "q", without}).exit_code == 3);
    CHECK(swarm(broker.server(), {"queue", "status", "q", with}).out.find("6 bytes") != std::string::npos);
}

TEST_CASE("the figures of a queue are shown, by name and by minute, too", "[cli][R8][R28]") {
    TestBroker broker;
    swarmq::Queue queue("q", broker.connect());
    swarmq::Worker worker({.queues = {"q"}, .connection = broker.connect()},
                          [](swarmq::JobContext& job) -> swarmq::Outcome {
                              return job.name() == "bad" ? swarmq::Outcome::fail("no") : swarmq::Outcome();
                          });
    worker.start();
    queue.wait_result(queue.add_job("good", "p"));
    queue.wait_result(queue.add_job("bad", "p"));
    const Ended text = swarm(broker.server(), {"queue", "metrics", "q", "--by-name", "--history", "5"});
    REQUIRE(text.exit_code == 0);
    for (const char* word : {"THE LAST", "failure rate", "50%", "in the queue", "good", "bad", "MINUTE"})
        CHECK(text.out.find(word) != std::string::npos);
    std::istringstream in(text.out);
    for (std::string line; std::getline(in, line);) CHECK(line.size() <= 80);
    const auto object =
        json::parse(swarm(broker.server(), {"queue", "metrics", "q", "--by-name", "--history", "5", "--json"}).out)
            .as_object();
    CHECK(object.at("recent_completed") == 1);
    CHECK(object.at("failure_rate") == 0.5);
    CHECK(object.at("processing_time_count") == 2);
    CHECK(object.at("by_name").as_array().size() == 2);
    CHECK(object.at("history").as_array().size() >= 1);
    CHECK(swarm(broker.server(), {"queue", "metrics", "q", "--history", "121"}).exit_code == 64);
}
