// `swarm scheduler`, word for word against a real daemon.
#include "integration/swarm_program.h"

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

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a scheduler is added, shown, listed and removed", "[cli][R14][R28]") {
    TestBroker broker;
    const auto& server = broker.server();
    const std::vector<std::string> add = {"scheduler", "add",         "reports", "daily",  "--cron",
                                          "0 9 * * 1-5", "--tz", "Europe/Berlin", "--name", "report",
                                          "--payload", "{\"a\":1}", "--next", "3"};
    const Ended added = swarm(server, add);
    REQUIRE(added.exit_code == 0);
    CHECK(has(added.out, "scheduler daily of queue reports was made; it ticks next:\n"));
    CHECK(std::count(added.out.begin(), added.out.end(), '\n') == 4);
    CHECK(has(swarm(server, add).out, "was so already"));

    const Ended shown = swarm(server, {"scheduler", "show", "reports", "daily", "--json"});
    REQUIRE(shown.exit_code == 0);
    const json::object object = json::parse(shown.out).as_object();
    CHECK(object.at("cron") == "0 9 * * 1-5");
    CHECK(object.at("tz") == "Europe/Berlin");
    CHECK(object.at("payload") == "{\"a\":1}");
    CHECK(object.at("overlap") == "skip");
    CHECK(object.at("missed") == "once");
    CHECK(object.at("every").is_null());
    CHECK(object.at("next").as_array().size() == 5);
    CHECK(has(swarm(server, {"scheduler", "show", "reports", "daily"}).out, "0 9 * * 1-5 Europe/Berlin"));

    CHECK(swarm(server, {"scheduler", "add",           "polls",    "feeds",        "--every",
                         "1h",        "--limit",       "2",        "--key",        "k",
                         "--tags",    "a,b",           "--header", "h=v",          "--max-stalled",
                         "3",         "--keep-failed", "7d",       "--on-failure", "dead"})
              .exit_code == 0);
    const Ended all = swarm(server, {"scheduler", "list"});
    CHECK(has(all.out, "daily"));
    CHECK(has(all.out, "every 1h"));
    const Ended one = swarm(server, {"scheduler", "list", "polls", "--json"});
    CHECK(json::parse(one.out).as_object().at("limit") == 2);
    const json::object polls =
        json::parse(swarm(server, {"scheduler", "show", "polls", "feeds", "--json"}).out)
            .as_object();
    CHECK(polls.at("attempts").is_null());
    CHECK(polls.at("key") == "feeds");
    CHECK(polls.at("job_key") == "k");
    CHECK(polls.at("tags") == json::parse(R"(["a","b"])"));
    CHECK(polls.at("headers") == json::parse(R"({"h":"v"})"));
    CHECK(polls.at("max_stalled") == 3);
    const std::string fields = swarm(server, {"scheduler", "show", "polls", "feeds"}).out;
    for (const char* const field :
         {"\nkey         k\n", "\nheader      h: v\n", "\non failure  dead\n"})
        CHECK(has(fields, field));

    CHECK(swarm(server, {"scheduler", "remove", "polls", "feeds", "--yes"}).exit_code == 0);
    const Ended gone = swarm(server, {"scheduler", "remove", "polls", "feeds", "--yes"});
    CHECK(gone.exit_code == 3);
    CHECK(has(gone.err, "no scheduler \"feeds\" exists in queue \"polls\""));
    CHECK(swarm(server, {"scheduler", "show", "polls", "feeds"}).exit_code == 3);
}

TEST_CASE("a preview prints ticks and makes nothing", "[cli][R14][R28]") {
    TestBroker broker;
    const Ended shown = swarm(broker.server(), {"scheduler", "preview", "--cron", "30 2 * * *", "--tz",
                                                "Europe/Berlin", "--start", "2030-03-30T00:00Z"});
    CHECK(shown.exit_code == 0);
    CHECK(has(shown.out, "2030-03-30 01:30:00 UTC  in "));
    CHECK(has(shown.out, "2030-03-31 01:00:00 UTC"));
    CHECK(std::count(shown.out.begin(), shown.out.end(), '\n') == 5);
    CHECK(swarm(broker.server(), {"scheduler", "list", "--json"}).out.empty());
}

TEST_CASE("wrong words about a scheduler say what would be right", "[cli][R14][R28]") {
    TestBroker broker;
    const auto refused = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"scheduler", "add", "q", "k"});
        const Ended ended = swarm(broker.server(), words);
        CHECK(ended.exit_code == 64);
        return ended.err;
    };
    CHECK(has(refused({}), "give --every DURATION or --cron EXPRESSION"));
    CHECK(has(refused({"--every", "1s", "--cron", "@daily"}), "exclude each other"));
    CHECK(has(refused({"--cron", "0 25 * * *"}), "hour \"25\": \"25\" is not in 0..23"));
    CHECK(has(refused({"--cron", "@daily", "--tz", "Berlin"}), "IANA"));
    CHECK(has(refused({"--every", "1s", "--overlap", "maybe"}), "none of skip, allow"));
    CHECK(has(refused({"--every", "1s", "--start", "tomorrow"}), "2026-12-01T09:00Z"));
    CHECK(has(refused({"--every", "1s", "--missed", "all"}), "overlap ALLOW"));
    CHECK(has(refused({"--every", "1s", "--payload", "a", "--payload-file", "b"}), "exclude each other"));
}
