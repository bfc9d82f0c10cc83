// SIGHUP, the lines of the log, and the alerts that stand in it, of a real daemon.
#include <catch2/catch.hpp>

#include <csignal>
#include <fstream>
#include <optional>

#include "support/configured_daemon.h"
#include "support/error_lines.h"
#include "support/http_client.h"
#include "support/notify_socket.h"
#include "support/programs.h"
#include "support/requests.h"

using namespace swarmq;
using namespace swarmq::test;

TEST_CASE("a reload takes up what it can, names what it cannot, and tells the service manager",
          "[integration][R33]") {
    NotifySocket manager;
    const Environment notify("NOTIFY_SOCKET", manager.path());
    Configured configured("log_level = \"error\"\n");
    REQUIRE(manager.next_with("READY"));
    configured.reload("log_level = \"debug\"\nsync_every = \"7ms\"\n");
    const auto reloading = manager.next_with("RELOADING");
    REQUIRE(reloading);
    CHECK(std::stoull(reloading->at("MONOTONIC_USEC")) > 0);
    CHECK(manager.next_with("READY"));
    CHECK(configured.errors.next_with("reloaded: log_level = debug"));
    CHECK(configured.errors.next_with("needs a restart: sync_every = 7ms"));
    // The new level holds.
    configured.reload("log_level = \"info\"\n");
    CHECK(configured.errors.next_with("reloaded: log_level = info"));
    configured.reload("log_level = \"info\"\n");
    CHECK(configured.errors.next_with("reloaded: nothing has changed"));
}

TEST_CASE("a bad configuration is one line of error and changes nothing", "[integration][R33]") {
    Configured configured("log_level = \"info\"\n");
    configured.reload("log_level = \"debug\"\nconections_max = 5\n");
    const auto refused = configured.errors.next_with("not reloaded");
    REQUIRE(refused);
    CHECK(refused->find(" error ") != std::string::npos);
    CHECK(refused->find("did you mean \"connections_max\"") != std::string::npos);
    // Had the level been taken up, the next reload would not name it.
    configured.reload("log_level = \"debug\"\n");
    CHECK(configured.errors.next_with("reloaded: log_level = debug"));
    CHECK(configured.daemon->stop() == 0);
}

TEST_CASE("new bounds hold for the next connection", "[integration][R33][R36]") {
    Configured configured("log_level = \"info\"\n");
    configured.reload("log_level = \"info\"\nconnections_max = 1\n");
    REQUIRE(configured.errors.next_with("reloaded: connections_max = 1"));
    RawClient first(configured.daemon->port());
    first.greet();
    RawClient second(configured.daemon->port());
    CHECK(second.is_closed_within(std::chrono::seconds(10)));
}

TEST_CASE("lines for the journal carry a priority, and an inherited variable does not make a journal",
          "[integration][R33]") {
    ErrorLines errors;
    std::optional<DaemonProcess> daemon;
    const std::vector<std::string> arguments{"--dev", "--config", "/dev/null"};
    {
        const Environment journal("JOURNAL_STREAM", errors.stream());
        errors.while_redirected([&] { daemon.emplace(arguments); });
    }
    const auto line = errors.next_with("listening on");
    REQUIRE(line);
    CHECK(line->starts_with("<6>listening on "));
    daemon.reset();
    {
        const Environment other("JOURNAL_STREAM", "1:1");
        errors.while_redirected([&] { daemon.emplace(arguments); });
    }
    const auto plain = errors.next_with("listening on");
    REQUIRE(plain);
    CHECK(plain->starts_with("2"));
    CHECK(plain->find(" info ") != std::string::npos);
}

TEST_CASE("alerts are logged when they rise and when they fall, and stand in the metrics between",
          "[integration][R30]") {
    Configured configured("[alerts]\nbacklog = 2\nno_worker = \"1s\"\n");
    RawClient client(configured.daemon->port());
    client.greet();
    const auto http = configured.daemon->http_port();
    CHECK(http_get(http, "/metrics").body.find("swarmq_alert{") == std::string::npos);
    v1::Envelope request = add_request("q");
    for (int i = 0; i < 3; ++i) one_more(request, "{}");
    client.call(request);
    const auto backlog = configured.errors.next_with("alert: backlog of queue q");
    REQUIRE(backlog);
    CHECK(backlog->find(" warning ") != std::string::npos);
    CHECK(backlog->find("3 jobs wait, more than 2") != std::string::npos);
    CHECK(configured.errors.next_with("alert: no_worker of queue q"));
    // Pages may be a second old.
    std::string page;
    while (sample(page, "swarmq_alert{queue=\"q\",kind=\"no_worker\"}") != 1)
        page = http_get(http, "/metrics").body;
    CHECK(sample(page, "swarmq_alert{queue=\"q\",kind=\"backlog\"}") == 1);
    CHECK(take(client, "q", 3).jobs_size() == 3);
    CHECK(configured.errors.next_with("alert over: backlog of queue q"));
    CHECK(configured.errors.next_with("alert over: no_worker of queue q"));
    // A limit can be changed while it runs.
    configured.reload("[alerts]\nbacklog = 0\n");
    CHECK(configured.errors.next_with("reloaded: alerts_backlog = 0"));
}

TEST_CASE("options of alerts are checked, in the file and outside", "[integration][R30]") {
    const auto percent = run(0, "swarmqd --dev --alerts-failure-percent 101");
    CHECK(percent.exit_code == 1);
    CHECK(percent.text.find("0..100") != std::string::npos);
    const TemporaryDirectory directory;
    std::ofstream(directory.file("bad.toml")) << "[alerts]\nbacklogs = 1\n";
    const auto unknown = run(0, "swarmqd --print-config --config " + directory.file("bad.toml"));
    CHECK(unknown.exit_code == 1);
    CHECK(unknown.text.find("did you mean \"alerts_backlog\"") != std::string::npos);
    std::ofstream(directory.file("good.toml")) << "[alerts]\nbacklog = 7\n";
    const auto good = run(0, "swarmqd --print-config --config " + directory.file("good.toml"));
    CHECK(good.text.find("alerts_backlog = 7  (file ") != std::string::npos);
}

TEST_CASE("Prometheus accepts the alert rules, and they use names that the page has",
          "[integration][R30]") {
    const auto checked = run(0, std::string("promtool check rules ") + SWARMQ_ALERT_RULES);
    INFO(checked.text << " (deploy/dependencies test)");
    CHECK(checked.exit_code == 0);
    const DaemonProcess daemon({"--dev"});
    const std::string page = http_get(daemon.http_port(), "/metrics").body;
    std::ifstream rules(SWARMQ_ALERT_RULES);
    int names = 0;
    for (std::string line; std::getline(rules, line);) {
        for (auto at = line.find("swarmq_"); at != std::string::npos; at = line.find("swarmq_", at + 1)) {
            std::string name = line.substr(at, line.find_first_not_of(
                                                   "abcdefghijklmnopqrstuvwxyz_", at) - at);
            if (name.ends_with("_bucket")) name.resize(name.size() - 7);
            INFO(name);
            CHECK(page.find("# TYPE " + name + " ") != std::string::npos);
            ++names;
        }
    }
    CHECK(names > 10);
}
