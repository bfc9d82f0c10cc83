// The swarm command against a real daemon, word for word as the contract has it.
#include <catch2/catch.hpp>

#include <fstream>

#include "support/programs.h"

using namespace swarmq;
using test::Broker;
using test::Output;
using test::run;

namespace {

std::string last_line(const Output& output) {
    std::string text = output.text;
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text.substr(text.rfind('\n') + 1);
}

bool contains(const Output& output, const std::string& part) {
    INFO(output.text);
    return output.text.find(part) != std::string::npos;
}

// Works off a queue in the background until `command` has run.
Output with_worker(std::uint16_t port, const std::string& worker, const std::string& command) {
    return run(port, "sh -c 'swarm worker " + worker + " >/dev/null 2>&1 & worker=$!; " + command +
                         "; code=$?; kill $worker; wait $worker; exit $code'");
}

}  // namespace

TEST_CASE("the commands of the contract work word for word", "[cli][R27]") {
    Broker broker;
    const auto port = broker.daemon.port();
    const auto submitted = run(port, "swarm queue submit embeddings '{\"text\":\"hello\"}' --priority 1");
    CHECK(submitted.exit_code == 0);
    const std::string id = last_line(submitted);
    CHECK(id == "j0-1-1");
    CHECK(contains(run(port, "swarm queue status embeddings " + id), "waiting"));
    CHECK(contains(run(port, "swarm queue list embeddings --state waiting --limit 10"), id));
    const auto waited = with_worker(port, "embeddings --concurrency 4 -- cat",
                                    "swarm queue wait embeddings " + id + " --timeout 20s");
    CHECK(waited.exit_code == 0);
    CHECK(last_line(waited) == "{\"text\":\"hello\"}");
    const auto cleaned = run(port, "swarm queue cleanup embeddings --before 7d");
    CHECK(cleaned.exit_code == 0);
    CHECK(contains(run(port, "swarm queue metrics embeddings --json"), "\"completed\":1"));
    CHECK(run(port, "swarm queue cleanup embeddings --before 0").exit_code == 0);
    CHECK(contains(run(port, "swarm queue metrics embeddings --json"), "\"completed\":0"));
}

TEST_CASE("programs find the fields they were promised", "[cli][R27][R28]") {
    Broker broker;
    const auto port = broker.daemon.port();
    const std::string id = last_line(run(port, "swarm queue submit q x --name work --delay 1h --attempts 4 "
                                               "--backoff exponential:1s --timeout 5s --ttl 2h --id mine"));
    CHECK(id == "mine");
    const auto status = run(port, "swarm queue status q mine --json");
    for (const char* key : {"\"id\"", "\"queue\"", "\"name\"", "\"state\"", "\"progress\"", "\"attempts_made\"",
                            "\"failed_reason\"", "\"result\""})
        CHECK(contains(status, key));
    CHECK(contains(status, "\"state\":\"delayed\""));
    const auto metrics = run(port, "swarm queue metrics q --json");
    for (const char* key : {"\"waiting\"", "\"active\"", "\"completed\"", "\"failed\"", "\"delayed\"",
                            "\"waiting_children\""})
        CHECK(contains(metrics, key));
    CHECK(run(port, "swarm queue promote q mine").exit_code == 0);
    CHECK(contains(run(port, "swarm queue status q mine --json"), "\"state\":\"waiting\""));
    CHECK(run(port, "swarm queue pause q").exit_code == 0);
    CHECK(contains(run(port, "swarm queue metrics q --json"), "\"paused\":true"));
    CHECK(run(port, "swarm queue resume q").exit_code == 0);
    CHECK(run(port, "swarm queue remove q mine").exit_code == 0);
    CHECK(run(port, "swarm queue status q mine").exit_code == 3);
}

TEST_CASE("a wait tells by its exit code how it ended", "[cli][R10][R27]") {
    Broker broker;
    const auto port = broker.daemon.port();
    const std::string bad = last_line(run(port, "swarm queue submit q x"));
    const auto failed = with_worker(port, "q -- sh -c \"echo no luck >&2; exit 3\"",
                                    "swarm queue wait q " + bad + " --timeout 20s");
    CHECK(failed.exit_code == 1);
    CHECK(contains(failed, "no luck"));
    CHECK(run(port, "swarm queue retry q " + bad).exit_code == 0);
    CHECK(run(port, "swarm queue wait q " + bad + " --timeout 100ms").exit_code == 124);
    const auto removed = run(port, "sh -c 'swarm queue wait q " + bad + " --timeout 20s & wait=$!; "
                                   "swarm queue remove q " + bad + " >/dev/null; wait $wait'");
    CHECK(removed.exit_code == 2);
    CHECK(run(1, "swarm queue metrics q").exit_code == 69);
}

TEST_CASE("a worker's command gets its job, and tells progress and result", "[cli][R20][R27]") {
    Broker broker;
    const auto port = broker.daemon.port();
    const std::string id = last_line(run(port, "swarm queue submit q payload --name resize"));
    const auto result = with_worker(
        port, "q -- sh -c \"echo 40 >&3; echo \\$SWARMQ_JOB_ID \\$SWARMQ_JOB_NAME \\$SWARMQ_ATTEMPT; cat\"",
        "swarm queue wait q " + id + " --timeout 20s");
    CHECK(contains(result, id + " resize 1"));
    CHECK(contains(result, "payload"));
    CHECK(contains(run(port, "swarm queue status q " + id + " --json"), "\"progress\":40"));
    const auto without = run(port, "swarm worker q");
    CHECK(without.exit_code != 0);
    CHECK(contains(without, "--handlers"));
}

TEST_CASE("many jobs come from a file of JSON lines", "[cli][R2][R27]") {
    Broker broker;
    const auto port = broker.daemon.port();
    const std::string file = broker.directory.file("jobs");
    {
        std::ofstream lines(file);
        for (int i = 0; i < 2'500; ++i)
            lines << R"({"name":"n","payload":"p)" << i << R"(","priority":)" << i % 3 << "}\n";
    }
    const auto submitted = run(port, "swarm queue submit q --jobs " + file);
    INFO(submitted.text.substr(0, 500));
    CHECK(submitted.exit_code == 0);
    CHECK(contains(run(port, "swarm queue metrics q --json"), "\"waiting\":2500"));
    const auto drained = run(port, "swarm queue drain q --yes");
    CHECK(drained.exit_code == 0);
    CHECK(contains(run(port, "swarm queue metrics q --json"), "\"waiting\":0"));
}
