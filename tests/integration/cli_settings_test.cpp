// `swarm queue settings` over a real daemon.
#include "integration/swarm_program.h"

#include <swarmq/admin.h>
#include <swarmq/testing.h>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using swarmq::testing::TestBroker;
using namespace swarmq::test;
namespace json = boost::json;

namespace {

Ended set(const TestBroker& broker, std::vector<std::string> options) {
    options.insert(options.begin(), {"queue", "settings", "q"});
    return swarm(broker.server(), std::move(options));
}

json::object shown(const TestBroker& broker) {
    return json::parse(set(broker, {"--json"}).out).as_object();
}

}  // namespace

TEST_CASE("settings given on the command line are what jobs get", "[cli][R5][R28]") {
    TestBroker broker;
    REQUIRE(set(broker, {"--priority", "1", "--attempts", "4", "--backoff",
                         "exponential:1s:jitter=0.5,max=30s", "--timeout", "1m", "--ttl", "2h",
                         "--max-stalled", "3", "--keep-completed", "none", "--keep-failed",
                         "50,7d", "--on-failure", "dead/bury", "--waiting-max", "1000"})
                .exit_code == 0);
    swarmq::Queue queue("q", broker.connect());
    const auto options = queue.get_job(queue.add_job("n", "p")).options;
    CHECK(options.priority == 1);
    CHECK(options.attempts == 4U);
    CHECK(options.backoff->type == swarmq::Backoff::Type::Exponential);
    CHECK(options.backoff->max_delay.count() == 30'000);
    CHECK(options.backoff->jitter == 0.5);
    CHECK(options.timeout->count() == 60'000);
    CHECK(options.ttl->count() == 7'200'000);
    CHECK(options.max_stalled == 3U);
    CHECK(options.remove_on_complete->remove);
    CHECK(options.remove_on_fail->count == 50U);
    CHECK(options.remove_on_fail->age->count() == 604'800'000);
    CHECK(options.on_failure->queue == "dead");
    CHECK(options.on_failure->name == "bury");
    CHECK(shown(broker) ==
          json::parse(R"({"queue": "q", "waiting_max": 1000, "defaults": {"*": {
              "priority": 1, "attempts": 4, "timeout": 60000, "ttl": 7200000, "max_stalled": 3,
              "backoff": {"type": "exponential", "delay": 1000, "max": 30000, "jitter": 0.5},
              "keep_completed": "none", "keep_failed": {"count": 50, "age": 604800000},
              "on_failure": {"queue": "dead", "name": "bury"}}}})"));
}

TEST_CASE("a change of one setting keeps the others, and default takes one away", "[cli][R5][R28]") {
    TestBroker broker;
    REQUIRE(set(broker, {"--attempts", "4", "--timeout", "5s", "--waiting-max", "7"}).exit_code == 0);
    REQUIRE(set(broker, {"--name", "big", "--timeout", "1h"}).exit_code == 0);
    REQUIRE(set(broker, {"--attempts", "9"}).exit_code == 0);
    const char* const kAll =
        R"({"queue": "q", "waiting_max": 7,
            "defaults": {"*": {"attempts": 9, "timeout": 5000}, "big": {"timeout": 3600000}}})";
    CHECK(shown(broker) == json::parse(kAll));
    const Ended table = set(broker, {});
    CHECK(table.out ==
          "JOB NAME  SETTING      VALUE\n"
          "*         waiting-max  7\n"
          "*         attempts     9\n"
          "*         timeout      5s\n"
          "big       timeout      1h\n");
    REQUIRE(set(broker, {"--timeout", "default", "--waiting-max", "none"}).exit_code == 0);
    REQUIRE(set(broker, {"--name", "big", "--timeout", "default"}).exit_code == 0);
    CHECK(shown(broker) ==
          json::parse(R"({"queue": "q", "waiting_max": null, "defaults": {"*": {"attempts": 9}}})"));
}

TEST_CASE("a reset takes all settings away, or those of one job name", "[cli][R5][R28]") {
    TestBroker broker;
    REQUIRE(set(broker, {"--attempts", "4"}).exit_code == 0);
    REQUIRE(set(broker, {"--name", "big", "--ttl", "1h"}).exit_code == 0);
    REQUIRE(set(broker, {"--name", "big", "--reset", "--yes", "--attempts", "2"}).exit_code == 0);
    CHECK(shown(broker).at("defaults") ==
          json::parse(R"({"*": {"attempts": 4}, "big": {"attempts": 2}})"));
    const std::string kept = set(broker, {}).out;
    const Ended unasked = set(broker, {"--reset", "--name", "big"});
    CHECK(unasked.exit_code == 64);
    CHECK(unasked.err.find("all settings for jobs named big of queue q; say --yes") !=
          std::string::npos);
    CHECK(set(broker, {"--reset", "--dry-run"}).out ==
          "JOB NAME  SETTING      VALUE\n*         waiting-max  none\n");
    CHECK(set(broker, {"--attempts", "9", "--dry-run"}).out.find("9") != std::string::npos);
    CHECK(set(broker, {}).out == kept);
    REQUIRE(swarm(broker.server(), {"queue", "limits", "q", "--concurrency", "7"}).exit_code == 0);
    const Ended reset = set(broker, {"--reset", "--yes"});
    CHECK(reset.exit_code == 0);
    CHECK(reset.out == "JOB NAME  SETTING      VALUE\n*         waiting-max  none\n");
    // Limits have a reset of their own.
    CHECK(swarmq::Admin(broker.connect()).get_settings("q").limits.concurrency == 7);
}

TEST_CASE("a queue that lets no more jobs wait refuses them until some are gone",
          "[cli][R5][R36]") {
    TestBroker broker;
    REQUIRE(set(broker, {"--waiting-max", "1"}).exit_code == 0);
    REQUIRE(swarm(broker.server(), {"queue", "submit", "q", "p"}).exit_code == 0);
    const Ended refused = swarm(broker.server(), {"queue", "submit", "q", "p"});
    CHECK(refused.exit_code == 1);
    CHECK(refused.err.find("at most 1") != std::string::npos);
    REQUIRE(swarm(broker.server(), {"queue", "drain", "q", "--yes"}).exit_code == 0);
    CHECK(swarm(broker.server(), {"queue", "submit", "q", "p"}).exit_code == 0);
}

TEST_CASE("wrong settings are refused in one line, and nothing is changed", "[cli][R28]") {
    TestBroker broker;
    const auto code = [&](std::vector<std::string> options) {
        const Ended ended = set(broker, std::move(options));
        CHECK(ended.out.empty());
        CHECK(std::count(ended.err.begin(), ended.err.end(), '\n') == 1);
        return ended.exit_code;
    };
    CHECK(code({}) == 3);
    CHECK(code({"--reset"}) == 3);
    for (const char* keep : {"", "soon", "1,2", "7d,7d", "1000,", "0"})
        CHECK(code({"--keep-failed", keep}) == 64);
    CHECK(code({"--attempts", "0"}) == 64);
    CHECK(code({"--waiting-max", "some"}) == 64);
    CHECK(code({"--name", "n", "--waiting-max", "5"}) == 64);
    CHECK(code({"--name", "no spaces", "--attempts", "5"}) == 64);
    CHECK(code({"--on-failure", "dead/"}) == 64);
    CHECK(code({"--on-failure", "/bury"}) == 64);
    CHECK(code({"--json"}) == 3);
}
