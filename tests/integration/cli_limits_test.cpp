// `swarm queue limits`, `keys`, `pause --key` and `submit --key` over a real daemon.
#include "integration/swarm_program.h"

#include <swarmq/admin.h>
#include <swarmq/testing.h>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <string>
#include <vector>

using swarmq::testing::TestBroker;
using namespace swarmq::test;
namespace json = boost::json;

TEST_CASE("limits are shown and changed one by one", "[cli][R15][R28]") {
    TestBroker broker;
    const auto limits = [&](std::vector<std::string> options) {
        options.insert(options.begin(), {"queue", "limits", "q"});
        return swarm(broker.server(), std::move(options));
    };
    REQUIRE(limits({"--concurrency", "50", "--key-rate", "10/1s,1000/1h"}).exit_code == 0);
    REQUIRE(limits({"--key-concurrency", "5"}).exit_code == 0);
    REQUIRE(limits({"--key", "vip", "--weight", "4"}).exit_code == 0);
    REQUIRE(limits({"--key", "vip", "--rate", "none"}).exit_code == 0);
    auto stored = swarmq::Admin(broker.connect()).get_settings("q");
    CHECK(stored.limits.concurrency == 50);
    CHECK(stored.key_limits.concurrency == 5);
    REQUIRE(stored.key_limits.rates.size() == 2);
    CHECK(stored.key_limits.rates[1].jobs == 1'000);
    CHECK(stored.key_limits.rates[1].per == std::chrono::hours(1));
    CHECK(stored.keys.at("vip").weight == 4);
    CHECK(stored.keys.at("vip").limits->rates.empty());
    CHECK(stored.keys.at("vip").limits->concurrency == 5);
    const auto shown = limits({});
    CHECK(shown.out.find("10/1s,1000/1h") != std::string::npos);
    CHECK(shown.out.find("key vip") != std::string::npos);
    const auto object = json::parse(limits({"--json"}).out).as_object();
    CHECK(object.at("limits").at("concurrency").to_number<int>() == 50);
    const auto unasked = limits({"--key", "vip", "--reset"});
    CHECK(unasked.exit_code == 64);
    CHECK(unasked.err.find("all limits of key vip of queue q; say --yes") != std::string::npos);
    CHECK(limits({"--reset", "--dry-run"}).out.find("vip") == std::string::npos);
    CHECK(limits({"--concurrency", "3", "--dry-run", "--json"}).out.find("\"concurrency\":3") !=
          std::string::npos);
    CHECK(limits({}).out == shown.out);
    REQUIRE(limits({"--key", "vip", "--reset", "--yes"}).exit_code == 0);
    CHECK(swarmq::Admin(broker.connect()).get_settings("q").keys.empty());
    CHECK(limits({"--weight", "4"}).exit_code == 64);
    CHECK(swarm(broker.server(), {"queue", "limits", "nowhere", "--reset", "--yes"}).exit_code ==
          3);
    CHECK(limits({"--rate", "ten"}).exit_code == 64);
    const auto refused = limits({"--rate", "1/1s,2/1s"});
    CHECK(refused.exit_code != 0);
    CHECK(refused.err.find("given twice") != std::string::npos);
}

TEST_CASE("keys are submitted, listed and paused by the command", "[cli][R15][R28]") {
    TestBroker broker;
    for (const char* key : {"a", "a", "b"})
        REQUIRE(swarm(broker.server(), {"queue", "submit", "q", "{}", "--key", key}).exit_code == 0);
    REQUIRE(swarm(broker.server(), {"queue", "submit", "q", "--jobs", "-"},
                  R"({"payload":"x","key":"c"})")
                .exit_code == 0);
    REQUIRE(swarm(broker.server(), {"queue", "pause", "q", "--key", "a"}).exit_code == 0);
    REQUIRE(swarm(broker.server(), {"queue", "pause", "q", "--key", "b", "--for", "1h"}).exit_code == 0);
    const auto shown = swarm(broker.server(), {"queue", "keys", "q"});
    CHECK(shown.out.find("paused") != std::string::npos);
    CHECK(shown.out.find("held, goes on in") != std::string::npos);
    const auto keys = json::parse(swarm(broker.server(), {"queue", "keys", "q", "--json"}).out).as_array();
    REQUIRE(keys.size() == 3);
    CHECK(keys[0].at("key").as_string() == "a");
    CHECK(keys[0].at("waiting").to_number<int>() == 2);
    CHECK(keys[2].at("key").as_string() == "c");
    REQUIRE(swarm(broker.server(), {"queue", "resume", "q", "--key", "a"}).exit_code == 0);
    const auto after = json::parse(swarm(broker.server(), {"queue", "keys", "q", "--json"}).out).as_array();
    CHECK_FALSE(after[0].at("paused").as_bool());
}
