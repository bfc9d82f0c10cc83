// The command where operators look after the broker as a whole.
#include "integration/swarm_program.h"

#include <swarmq/admin.h>
#include <swarmq/puller.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>
#include <future>
#include <map>
#include <string>
#include <unistd.h>
#include <vector>

using swarmq::testing::TestBroker;
using namespace swarmq::test;
namespace json = boost::json;

namespace {

struct Folder {
    Folder()
        : path(std::filesystem::temp_directory_path() /
               ("swarmq-operations-" + std::to_string(::getpid()))) {
        std::filesystem::remove_all(path);
        std::filesystem::create_directories(path);
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    std::filesystem::path path;
};

bool has_check(const json::object& report, const std::string& check, const std::string& queue,
               const std::string& severity) {
    for (const json::value& finding : report.at("findings").as_array()) {
        if (finding.at("check") == check.c_str() && finding.at("queue") == queue.c_str() &&
            finding.at("severity") == severity.c_str())
            return true;
    }
    return false;
}

json::object doctor(const std::string& server, int exit_code) {
    const Ended ended = swarm(server, {"doctor", "--json"});
    INFO(ended.out << ended.err);
    CHECK(ended.exit_code == exit_code);
    return json::parse(ended.out).as_object();
}

// A worker whose handler runs until it is let go.
struct Busy {
    Busy(const TestBroker& broker, const std::string& queue)
        : connection(swarmq::ConnectionOptions{
              .server = broker.server(), .client_name = "busy", .labels = {{"region", "eu"}}}),
          worker({.queues = {queue}, .connection = connection}, [this](swarmq::JobContext&) {
              started.set_value();
              let_go.get_future().wait();
              return swarmq::Outcome("done");
          }) {
        worker.start();
        started.get_future().wait();
    }
    ~Busy() {
        let_go.set_value();
        worker.close();
    }
    std::promise<void> started;
    std::promise<void> let_go;
    swarmq::Connection connection;
    swarmq::Worker worker;
};

}  // namespace

TEST_CASE("workers are shown with their labels, queues, jobs and last sign of life",
          "[cli][R28][R30]") {
    TestBroker broker;
    swarmq::Queue("q", broker.connect()).add_job("n", "p");
    const Busy busy(broker, "q");
    const Ended shown = swarm(broker.server(), {"workers", "q", "--json"});
    REQUIRE(shown.exit_code == 0);
    const json::object worker = json::parse(shown.out).as_object();
    CHECK(worker.at("worker") == "busy");
    CHECK(worker.at("labels").at("region") == "eu");
    CHECK(worker.at("queues").as_array().size() == 1);
    CHECK(worker.at("holds") == 1);
    CHECK(worker.at("last_heard").to_number<std::int64_t>() >=
          worker.at("connected").to_number<std::int64_t>());
    const Ended table = swarm(broker.server(), {"workers"});
    CHECK(table.out.find("busy") != std::string::npos);
    CHECK(table.out.find("region=eu") != std::string::npos);
    CHECK(swarm(broker.server(), {"workers", "nowhere"}).exit_code == 3);
    const swarmq::WorkerPage page = swarmq::Admin(broker.connect()).list_workers();
    REQUIRE(page.workers.size() == 1);
    CHECK(page.workers[0].sdk.rfind("cpp", 0) == 0);
    CHECK(page.workers[0].leases == 1);
    CHECK(page.workers[0].last_heard_at);
}

TEST_CASE("a worker of the command carries the labels that it was given", "[cli][R28][R30]") {
    TestBroker broker;
    CHECK(swarm(broker.server(), {"worker", "q", "--labels", "eu", "--", "true"}).exit_code == 64);
    SwarmProgram worker(broker.server(), {"worker", "q", "--labels", "region=eu,gpu=yes", "--", "true"});
    swarmq::Admin admin(broker.connect());
    std::vector<swarmq::WorkerState> workers;
    while (workers.empty()) workers = admin.list_workers().workers;
    CHECK(workers[0].labels == std::map<std::string, std::string>{{"gpu", "yes"}, {"region", "eu"}});
    worker.signal(SIGTERM);
    CHECK(worker.wait().exit_code == 0);
}

TEST_CASE("an obliteration asks first, shows what would go, and needs force while jobs run",
          "[cli][R28]") {
    TestBroker broker;
    swarmq::Queue queue("q", broker.connect());
    queue.add_jobs(std::vector<swarmq::NewJob>(1'000, {"n", "p"}));
    queue.add_jobs(std::vector<swarmq::NewJob>(500, {"n", "p"}));
    queue.upsert_scheduler("hourly", swarmq::Repeat::each(swarmq::Milliseconds{3'600'000}), {"n"});
    swarmq::Puller puller({.queues = {"q"}, .connection = broker.connect()});
    const auto held = puller.take();
    REQUIRE(held);
    const Ended unasked = swarm(broker.server(), {"queue", "obliterate", "q", "--force"});
    CHECK(unasked.exit_code == 64);
    CHECK(unasked.err.find("--yes") != std::string::npos);
    const Ended dry = swarm(broker.server(), {"queue", "obliterate", "q", "--dry-run"});
    CHECK(dry.exit_code == 0);
    CHECK(dry.out.find("1500 jobs, 1 of them running, and 1 scheduler would be removed") !=
          std::string::npos);
    CHECK(dry.out.find("--force") != std::string::npos);
    CHECK(queue.get_metrics().waiting == 1'499);
    const Ended refused = swarm(broker.server(), {"queue", "obliterate", "q", "--yes"});
    CHECK(refused.exit_code == 1);
    CHECK(refused.err.find("1 active") != std::string::npos);
    CHECK(queue.get_metrics().waiting == 1'499);
    const Ended done =
        swarm(broker.server(), {"queue", "obliterate", "q", "--force", "--yes", "--json"});
    REQUIRE(done.exit_code == 0);
    CHECK(json::parse(done.out).at("changed") == 1'501);
    CHECK(swarm(broker.server(), {"queue", "metrics", "q"}).exit_code == 3);
    CHECK(swarm(broker.server(), {"queue", "obliterate", "q", "--yes"}).exit_code == 3);
}

TEST_CASE("a backup is taken by name, and a broker starts from it", "[cli][R28]") {
    const Folder folder;
    TestBroker broker({.arguments = {"--backup-dir", folder.path.string()}});
    const std::string id = swarmq::Queue("q", broker.connect()).add_job("n", "payload");
    const Ended taken = swarm(broker.server(), {"backup", "mine", "--json"});
    INFO(taken.err);
    REQUIRE(taken.exit_code == 0);
    const json::object backup = json::parse(taken.out).as_object();
    CHECK(backup.at("path") == (folder.path / "mine").c_str());
    CHECK(backup.at("bytes").to_number<std::uint64_t>() > 0);
    const Ended again = swarm(broker.server(), {"backup", "mine"});
    CHECK(again.exit_code == 1);
    CHECK(again.err.find("already") != std::string::npos);
    CHECK(swarm(broker.server(), {"backup", "no/name"}).exit_code == 64);
    const Ended unnamed = swarm(broker.server(), {"backup"});
    CHECK(unnamed.exit_code == 0);
    CHECK(unnamed.out.find(folder.path.string()) == 0);
    TestBroker restored({.data_dir = folder.path / "mine"});
    CHECK(swarmq::Queue("q", restored.connect()).get_job(id).payload == "payload");
    const TestBroker without;
    const Ended refused = swarm(without.server(), {"backup"});
    CHECK(refused.exit_code == 1);
    CHECK(refused.err.find("--backup-dir") != std::string::npos);
}

TEST_CASE("verify reads everything while the broker works", "[cli][R28]") {
    TestBroker broker;
    swarmq::Queue("q", broker.connect()).add_jobs(std::vector<swarmq::NewJob>(100, {"n", "p"}));
    const Ended sound = swarm(broker.server(), {"verify"});
    CHECK(sound.exit_code == 0);
    CHECK(sound.out.find("everything is in order") != std::string::npos);
    const Ended as_json = swarm(broker.server(), {"verify", "--json"});
    CHECK(json::parse(as_json.out).at("jobs") == 100);
    CHECK(json::parse(as_json.out).at("problem_count") == 0);
}

TEST_CASE("the doctor finds what is wrong with queues and says what to do", "[cli][R28][R30]") {
    TestBroker broker;
    json::object report = doctor(broker.server(), 0);
    CHECK(report.at("ok") == true);
    CHECK(swarm(broker.server(), {"doctor"}).out.find("nothing needs you") != std::string::npos);
    swarmq::Queue("alone", broker.connect()).add_job("n", "p");
    swarmq::Queue("paused", broker.connect()).add_job("n", "p");
    swarmq::Admin(broker.connect()).pause("paused");
    swarmq::Queue letters("letters", broker.connect());
    const std::string id = letters.add_job("n", "p");
    {
        swarmq::Worker worker({.queues = {"letters"}, .connection = broker.connect()},
                              [](auto&) { return swarmq::Outcome::fail("no"); });
        worker.start();
        letters.wait_result(id);
    }
    report = doctor(broker.server(), 5);
    CHECK(report.at("ok") == false);
    CHECK(has_check(report, "no_worker", "alone", "problem"));
    CHECK(has_check(report, "paused", "paused", "warning"));
    CHECK(has_check(report, "dead_letters", "letters", "note"));
    CHECK(has_check(report, "backup", "", "note"));
    const Ended shown = swarm(broker.server(), {"doctor"});
    CHECK(shown.exit_code == 5);
    CHECK(shown.out.find("swarm queue resume paused") != std::string::npos);
    CHECK(shown.out.find("swarm worker alone -- COMMAND") != std::string::npos);
}

TEST_CASE("the doctor finds what is wrong with the broker, or that there is none", "[cli][R28]") {
    const TestBroker memory({.arguments = {"--ephemeral"}});
    CHECK(has_check(doctor(memory.server(), 5), "durability", "", "warning"));
    const TestBroker periodic({.arguments = {"--durability", "periodic"}});
    CHECK(has_check(doctor(periodic.server(), 0), "durability", "", "note"));
    const TestBroker low({.arguments = {"--disk-reserve", "1000000G"}});
    CHECK(has_check(doctor(low.server(), 5), "adds_refused", "", "problem"));
    const json::object nobody = doctor("127.0.0.1:1", 69);
    CHECK(nobody.at("ok") == false);
    CHECK(has_check(nobody, "unreachable", "", "problem"));
}

TEST_CASE("the broker's own page has its disk, clock and protocol", "[cli][R28]") {
    TestBroker broker;
    const Ended shown = swarm(broker.server(), {"server", "info", "--json"});
    REQUIRE(shown.exit_code == 0);
    const json::object info = json::parse(shown.out).as_object();
    CHECK(info.at("protocol") == "1.0");
    CHECK(info.at("disk_bytes").to_number<std::uint64_t>() > 0);
    CHECK(info.at("can_back_up") == false);
    CHECK(info.at("alerts").as_array().empty());
    CHECK(swarm(broker.server(), {"server", "info"}).out.find("free") != std::string::npos);
}
