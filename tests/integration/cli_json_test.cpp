// What programs read of the verbs that change something.
#include "integration/swarm_program.h"

#include <swarmq/admin.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <sstream>
#include <string>
#include <vector>

using swarmq::testing::TestBroker;
using namespace swarmq::test;
namespace json = boost::json;

namespace {

constexpr swarmq::Milliseconds kHour{3'600'000};

json::value said(const Ended& ended, int exit_code = 0) {
    INFO(ended.out << ended.err);
    CHECK(ended.exit_code == exit_code);
    CHECK(ended.err.empty());
    return json::parse(ended.out);
}

}  // namespace

TEST_CASE("wait prints one object, however the job ends", "[cli][R10][R28]") {
    TestBroker broker;
    swarmq::Queue queue("q", broker.connect());
    swarmq::Worker worker({.queues = {"q"}, .connection = broker.connect()},
                          [](swarmq::JobContext& job) {
                              return job.payload() == "bad" ? swarmq::Outcome::fail("no such user")
                                                            : swarmq::Outcome(job.payload());
                          });
    worker.start();
    const auto wait = [&](const std::string& id) {
        return swarm(broker.server(), {"queue", "wait", "q", id, "--json", "--timeout", "10s"});
    };
    const auto expected = [](const std::string& id, const char* rest) {
        return json::parse(R"({"queue":"q","id":")" + id + "\"," + rest + "}");
    };
    const std::string good = queue.add_job("n", "good");
    CHECK(said(wait(good)) == expected(good, R"("outcome":"completed","result":"good",
                                                "failure_kind":null,"failed_reason":null)"));
    const std::string binary = queue.add_job("n", "\xff");
    CHECK(said(wait(binary)) == expected(binary, R"("outcome":"completed","result":"/w==",
                                                   "result_encoding":"base64",
                                                   "failure_kind":null,"failed_reason":null)"));
    const std::string bad = queue.add_job("n", "bad");
    CHECK(said(wait(bad), 1) == expected(bad, R"("outcome":"failed","result":null,
                                                 "failure_kind":"error","failed_reason":"no such user")"));
    CHECK(said(wait("nobody"), 2).at("outcome") == "removed");
    const std::string later = queue.add_job("n", "p", {.delay = kHour});
    const Ended late =
        swarm(broker.server(), {"queue", "wait", "q", later, "--json", "--timeout", "1ms"});
    CHECK(said(late, 124).at("outcome") == "timed-out");
}

TEST_CASE("submit prints an object for each job, with what became of it", "[cli][R12][R27]") {
    TestBroker broker;
    const auto submit = [&](std::vector<std::string> words, const std::string& input = "") {
        words.insert(words.begin(), {"queue", "submit", "q"});
        words.push_back("--json");
        return swarm(broker.server(), words, input);
    };
    CHECK(said(submit({"p", "--id", "one"})) ==
          json::parse(R"({"queue":"q","id":"one","outcome":"added"})"));
    CHECK(said(submit({"p", "--id", "one"})).at("outcome") == "existing");
    CHECK(said(submit({"p", "--id", "two", "--dedup", "k"})).at("outcome") == "added");
    CHECK(said(submit({"p", "--dedup", "k"})) ==
          json::parse(R"({"queue":"q","id":"two","outcome":"deduplicated"})"));
    const Ended many = submit({"--jobs", "-"}, "{\"id\":\"one\"}\n{\"id\":\"three\"}\n");
    CHECK(many.exit_code == 0);
    std::istringstream in(many.out);
    std::string line;
    REQUIRE(std::getline(in, line));
    CHECK(json::parse(line).at("outcome") == "existing");
    REQUIRE(std::getline(in, line));
    CHECK(json::parse(line) == json::parse(R"({"queue":"q","id":"three","outcome":"added"})"));
}

TEST_CASE("pause, resume and update print one object, and a line for people",
          "[cli][R15][R17a][R28]") {
    TestBroker broker;
    swarmq::Queue queue("q", broker.connect());
    const std::string id = queue.add_job("n", "p", {.key = "k"});
    const auto run = [&](std::vector<std::string> words) { return swarm(broker.server(), words); };
    CHECK(said(run({"queue", "pause", "q", "--json"})) ==
          json::parse(R"({"queue":"q","key":null,"paused":true,"for":null})"));
    CHECK(queue.get_metrics().paused);
    CHECK(said(run({"queue", "resume", "q", "--json"})) ==
          json::parse(R"({"queue":"q","key":null,"paused":false,"for":null})"));
    CHECK_FALSE(queue.get_metrics().paused);
    CHECK(said(run({"queue", "pause", "q", "--key", "k", "--for", "1h", "--json"})) ==
          json::parse(R"({"queue":"q","key":"k","paused":true,"for":3600000})"));
    CHECK(run({"queue", "pause", "q", "--for", "2h"}).out == "queue q is paused for at least 2h\n");
    CHECK(run({"queue", "resume", "q", "--key", "k"}).out == "key k of queue q goes on\n");
    CHECK(said(run({"queue", "update", "q", id, "--priority", "0", "--json"})).at("changed") == 1);
    CHECK(queue.get_job(id).options.priority == 0);
    CHECK(run({"queue", "update", "q", "nobody", "--priority", "0", "--json"}).exit_code == 3);
}

TEST_CASE("a scheduler is removed once someone agrees, and a dry run leaves it",
          "[cli][R14][R28]") {
    TestBroker broker;
    swarmq::Queue queue("q", broker.connect());
    queue.upsert_scheduler("hourly", swarmq::Repeat::each(kHour), {"n"});
    const auto remove = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"scheduler", "remove", "q", "hourly"});
        return swarm(broker.server(), words);
    };
    const Ended unasked = remove({});
    CHECK(unasked.exit_code == 64);
    CHECK(unasked.err.find("scheduler hourly of queue q; say --yes") != std::string::npos);
    CHECK(remove({"--dry-run"}).out == "scheduler hourly of queue q would be removed\n");
    CHECK(said(remove({"--dry-run", "--json"})).at("changed") == 1);
    CHECK(queue.get_scheduler("hourly", 1).key == "hourly");
    CHECK(said(remove({"--yes", "--json"})) ==
          json::parse(R"({"queue":"q","key":"hourly","changed":1})"));
    for (const char* const word : {"--yes", "--dry-run", "--json"}) {
        const Ended gone = remove({word});
        CHECK(gone.exit_code == 3);
        CHECK(gone.out.empty());
    }
}
