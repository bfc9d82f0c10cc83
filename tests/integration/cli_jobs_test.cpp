// The command from submit to result, over a real daemon.
#include "integration/swarm_program.h"
#include "support/temporary_directory.h"

#include <swarmq/admin.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <fstream>
#include <set>
#include <string>

using swarmq::testing::TestBroker;
using namespace swarmq::test;
namespace json = boost::json;

namespace {

swarmq::Worker start_worker(const TestBroker& broker, const std::string& queue,
                            swarmq::Handler handler) {
    swarmq::Worker worker({.queues = {queue}, .connection = broker.connect()}, std::move(handler));
    worker.start();
    return worker;
}

std::set<std::string> keys_of(const json::object& object) {
    std::set<std::string> keys;
    for (const auto& [key, value] : object) keys.insert(std::string(key));
    return keys;
}

}  // namespace

TEST_CASE("the command submits, shows, lists and cleans up", "[cli][R27]") {
    TestBroker broker;
    const std::string& server = broker.server();
    const Ended submitted =
        swarm(server, {"queue", "submit", "embeddings", R"({"text":"hello"})", "--priority", "1"});
    REQUIRE(submitted.exit_code == 0);
    const std::string id = last_line(submitted.out);
    CHECK(submitted.out == id + "\n");

    const Ended status = swarm(server, {"queue", "status", "embeddings", id});
    CHECK(status.exit_code == 0);
    CHECK(status.out.find("waiting") != std::string::npos);
    CHECK(status.out.find(R"({"text":"hello"})") != std::string::npos);

    const Ended listed =
        swarm(server, {"queue", "list", "embeddings", "--state", "waiting", "--limit", "10"});
    CHECK(listed.exit_code == 0);
    CHECK(listed.out.find(id) != std::string::npos);

    auto worker = start_worker(broker, "embeddings", [](auto&) { return "done"; });
    CHECK(swarm(server, {"queue", "wait", "embeddings", id, "--timeout", "10s"}).out == "done\n");
    const Ended young = swarm(server, {"queue", "cleanup", "embeddings", "--before", "7d"});
    CHECK(young.exit_code == 0);
    CHECK(young.out == "0 jobs removed\n");
    const Ended old = swarm(server, {"queue", "cleanup", "embeddings", "--before", "0"});
    CHECK(old.out == "1 job removed\n");
    CHECK(swarm(server, {"queue", "status", "embeddings", id}).exit_code == 3);
}

TEST_CASE("the name of a submitted job is its queue's unless it is given", "[cli][R27]") {
    TestBroker broker;
    swarmq::Queue queue("mail", broker.connect());
    const Ended plain = swarm(broker.server(), {"queue", "submit", "mail", "x"});
    CHECK(queue.get_job(last_line(plain.out)).name == "mail");
    const Ended named = swarm(broker.server(),
                              {"queue", "submit", "mail", "--name", "send", "--attempts", "4",
                               "--backoff", "exponential:1s:max=3s", "--timeout", "5s", "--ttl",
                               "1h", "--delay", "7d", "--id", "mine", "--payload-file", "-"},
                              "from input");
    CHECK(named.out == "mine\n");
    const swarmq::Job job = queue.get_job("mine");
    CHECK(job.name == "send");
    CHECK(job.payload == "from input");
    CHECK(job.state == swarmq::JobState::Delayed);
    CHECK(job.options.attempts == 4U);
    CHECK(job.options.backoff->type == swarmq::Backoff::Type::Exponential);
    CHECK(job.options.backoff->max_delay.count() == 3'000);
    CHECK(job.options.timeout->count() == 5'000);
    CHECK(job.options.ttl->count() == 3'600'000);
}

TEST_CASE("words that look like verbs or options are queues and payloads", "[cli][R27]") {
    TestBroker broker;
    swarmq::Queue queue("list", broker.connect());
    const Ended list = swarm(broker.server(), {"queue", "submit", "list", "[1,2]"});
    REQUIRE(list.exit_code == 0);
    CHECK(queue.get_job(last_line(list.out)).payload == "[1,2]");
    const Ended dash = swarm(broker.server(), {"queue", "submit", "list", "--", "--lifo"});
    REQUIRE(dash.exit_code == 0);
    CHECK(queue.get_job(last_line(dash.out)).payload == "--lifo");
}

TEST_CASE("many jobs of a file are added in its order, each with its options", "[cli][R27][R28]") {
    TestBroker broker;
    TemporaryDirectory directory;
    std::ofstream file(directory.file("jobs.jsonl"));
    for (int i = 0; i < 2'500; ++i) file << R"({"payload":)" << i << R"(,"id":"n)" << i << "\"}\n";
    file << R"({"name":"other","payload":{"a":[1]},"delay":"1h","priority":0})"
         << "\n";
    file.close();
    const Ended added = swarm(broker.server(), {"queue", "submit", "bulk", "--priority", "3",
                                                "--jobs", directory.file("jobs.jsonl")});
    CHECK(added.exit_code == 0);
    CHECK(added.out.substr(0, 9) == "n0\nn1\nn2\n");
    swarmq::Queue queue("bulk", broker.connect());
    CHECK(queue.get_metrics().waiting == 2'500);
    const swarmq::Job job = queue.get_job("n2499");
    CHECK(job.payload == "2499");
    CHECK(job.options.priority == 3);
    const swarmq::Job other = queue.get_job(last_line(added.out));
    CHECK(other.name == "other");
    CHECK(other.payload == R"({"a":[1]})");
    CHECK(other.options.priority == 0);
    CHECK(other.state == swarmq::JobState::Delayed);
}

TEST_CASE("a wrong line of a jobs file is named, and what stands before it is added",
          "[cli][R27]") {
    TestBroker broker;
    const Ended wrong = swarm(broker.server(), {"queue", "submit", "bulk", "--jobs", "-"},
                              "{\"payload\":1}\n\n{\"prioritty\":1}\n");
    CHECK(wrong.exit_code == 64);
    CHECK(wrong.err.find("line 3") != std::string::npos);
    CHECK(wrong.err.find("'priority'") != std::string::npos);
    CHECK(swarmq::Queue("bulk", broker.connect()).get_metrics().waiting == 1);
}

TEST_CASE("a wait tells by its exit code how the job ended", "[cli][R10][R27]") {
    TestBroker broker;
    const std::string& server = broker.server();
    swarmq::Queue queue("q", broker.connect());
    const std::string idle = queue.add_job("n", "p", {.delay = swarmq::Milliseconds{3'600'000}});
    const Ended late = swarm(server, {"queue", "wait", "q", idle, "--timeout", "50ms"});
    CHECK(late.exit_code == 124);
    CHECK(late.out.empty());

    SwarmProgram waiting(server, {"queue", "wait", "q", idle, "--timeout", "30s"});
    CHECK(queue.remove_job(idle));
    CHECK(waiting.wait().exit_code == 2);

    auto worker = start_worker(broker, "q", [](auto& job) {
        return job.payload() == "bad" ? swarmq::Outcome::fail("it is bad") : swarmq::Outcome("[1]");
    });
    const Ended good = swarm(server, {"queue", "submit", "q", "good", "--wait"});
    CHECK(good.exit_code == 0);
    CHECK(good.out == "[1]\n");
    const Ended bad = swarm(server, {"queue", "submit", "q", "bad"});
    const Ended failed = swarm(server, {"queue", "wait", "q", last_line(bad.out)});
    CHECK(failed.exit_code == 1);
    CHECK(failed.out.empty());
    CHECK(failed.err == "it is bad\n");
}

TEST_CASE("the JSON of a job has the promised keys", "[cli][R7][R27]") {
    TestBroker broker;
    swarmq::Queue queue("q", broker.connect());
    auto worker = start_worker(broker, "q", [](auto& job) {
        job.update_progress(25);
        return job.payload() == "bad" ? swarmq::Outcome::fail("no \"luck\"")
                                      : swarmq::Outcome("\xff");
    });
    const std::string bad = queue.add_job("n", "bad", {.attempts = 2});
    queue.wait_result(bad);
    const json::object failed =
        json::parse(swarm(broker.server(), {"queue", "status", "q", bad, "--json"}).out)
            .as_object();
    for (const char* key :
         {"id", "queue", "name", "state", "progress", "attempts_made", "failed_reason", "result"}) {
        CHECK(keys_of(failed).count(key) == 1);
    }
    CHECK(failed.at("id") == bad.c_str());
    CHECK(failed.at("state") == "failed");
    CHECK(failed.at("progress") == 25);
    CHECK(failed.at("attempts_made") == 2);
    CHECK(failed.at("failed_reason") == "no \"luck\"");
    CHECK(failed.at("result").is_null());
    CHECK(failed.at("failed_attempts").as_array().size() == 2);

    const std::string good = queue.add_job("n", "good");
    queue.wait_result(good);
    const json::object done =
        json::parse(swarm(broker.server(), {"queue", "status", "q", good, "--json"}).out)
            .as_object();
    CHECK(done.at("failed_reason").is_null());
    CHECK(done.at("result") == "/w==");
    CHECK(done.at("result_encoding") == "base64");
}

TEST_CASE("a list goes on where its cursor says", "[cli][R27]") {
    TestBroker broker;
    swarmq::Queue queue("q", broker.connect());
    queue.add_jobs(std::vector<swarmq::NewJob>(5, {"n", "p"}));
    std::string cursor;
    std::set<std::string> ids;
    for (const std::size_t expected : {2U, 2U, 1U}) {
        const Ended page = swarm(
            broker.server(), {"queue", "list", "q", "--limit", "2", "--cursor", cursor, "--json"});
        REQUIRE(page.exit_code == 0);
        const json::object object = json::parse(page.out).as_object();
        CHECK(object.at("jobs").as_array().size() == expected);
        for (const auto& job : object.at("jobs").as_array())
            ids.insert(std::string(job.at("id").as_string()));
        cursor = std::string(object.at("next_cursor").as_string());
    }
    CHECK(ids.size() == 5);
    CHECK(cursor.empty());
}

TEST_CASE("everything that may be said of a job can be said on the command line, in a file, and is shown",
          "[cli][R4][R5][R6][R17b][R27]") {
    TestBroker broker;
    const std::string& server = broker.server();
    const Ended submitted = swarm(
        server, {"queue", "submit", "mail", "{}", "--run-at", "2099-01-01T00:00Z", "--lifo", "--max-stalled", "3",
                 "--keep-completed", "10,1h", "--keep-failed", "none", "--on-failure", "dead/late", "--header",
                 "traceparent=00-1-2-01", "--header", "note=a=b"});
    REQUIRE(submitted.exit_code == 0);
    const std::string by_line =
        R"({"payload":"{}","run_at":"2099-01-01T00:00Z","lifo":true,"max_stalled":3,"keep_completed":"10,1h",)"
        R"("keep_failed":"none","on_failure":"dead/late","headers":{"traceparent":"00-1-2-01","note":"a=b"}})";
    const TemporaryDirectory directory;
    std::ofstream(directory.file("jobs")) << by_line << "\n";
    const Ended from_file = swarm(server, {"queue", "submit", "mail", "--jobs", directory.file("jobs")});
    REQUIRE(from_file.exit_code == 0);

    // As status --json prints it.
    const std::string as_shown =
        R"({"payload":"{}","run_at":4070908800000,"lifo":true,"max_stalled":3,"keep_completed":{"count":10,)"
        R"("age":3600000},"keep_failed":"none","on_failure":{"queue":"dead","name":"late"},)"
        R"("headers":{"traceparent":"00-1-2-01","note":"a=b"}})";
    // What a line says of its time stands before the option.
    const Ended from_shown =
        swarm(server, {"queue", "submit", "mail", "--jobs", "-", "--delay", "1h"}, as_shown);
    INFO(from_shown.err);
    REQUIRE(from_shown.exit_code == 0);

    for (const std::string& id :
         {last_line(submitted.out), last_line(from_file.out), last_line(from_shown.out)}) {
        const auto job =
            json::parse(swarm(server, {"queue", "status", "mail", id, "--json"}).out).as_object();
        CHECK(job.at("state") == "delayed");
        CHECK(job.at("lifo") == true);
        CHECK(job.at("max_stalled") == 3);
        CHECK(job.at("keep_completed") == json::parse(R"({"count":10,"age":3600000})"));
        CHECK(job.at("keep_failed") == "none");
        CHECK(job.at("on_failure") == json::parse(R"({"queue":"dead","name":"late"})"));
        CHECK(job.at("headers") == json::parse(R"({"note":"a=b","traceparent":"00-1-2-01"})"));
        const Ended shown = swarm(server, {"queue", "status", "mail", id});
        for (const char* const word : {"10,1h", "dead/late", "2099-01-01", "max stalled"})
            CHECK(shown.out.find(word) != std::string::npos);
    }
    CHECK(swarm(server, {"queue", "submit", "mail", "{}", "--run-at", "+1h", "--delay", "1h"}).exit_code == 64);
    const Ended wrong = swarm(server, {"queue", "submit", "mail", "{}", "--header", "nothing"});
    CHECK(wrong.exit_code == 64);
    CHECK(wrong.err.find("NAME=VALUE") != std::string::npos);
}
