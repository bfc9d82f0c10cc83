// What a real daemon tells a service manager, and when it stops doing so.
#include <catch2/catch.hpp>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "support/http_client.h"
#include "support/notify_socket.h"
#include "support/programs.h"
#include "support/requests.h"

using namespace swarmq;
using namespace swarmq::test;
using namespace std::chrono_literals;

TEST_CASE("the service manager hears of the start, of readiness and of the stop, in that order",
          "[integration][R33]") {
    NotifySocket manager;
    const Environment notify("NOTIFY_SOCKET", manager.path());
    Broker broker;
    const auto first = manager.next(30s);
    REQUIRE(first);
    CHECK_FALSE(first->contains("READY"));
    CHECK(first->at("STATUS") == "opening the store");
    CHECK(std::stoll(first->at("EXTEND_TIMEOUT_USEC")) == 60'000'000);
    const auto ready = manager.next_with("READY");
    REQUIRE(ready);
    // Ready means that it listens.
    RawClient client(broker.daemon.port());
    client.greet();
    CHECK(ready->at("STATUS").starts_with("listening on 127.0.0.1:"));
    client.drop();
    CHECK(broker.daemon.stop() == 0);
    const auto stopping = manager.next_with("STOPPING");
    REQUIRE(stopping);
    CHECK(stopping->at("STATUS") == "stopping");
    CHECK_FALSE(manager.next_with("WATCHDOG", 0ms));
}

TEST_CASE("a daemon that stands still does not feed the watchdog", "[integration][R33]") {
    NotifySocket manager;
    const Environment notify("NOTIFY_SOCKET", manager.path());
    const Environment watchdog("WATCHDOG_USEC", "400000");
    Broker broker;
    CHECK(manager.next_with("WATCHDOG"));
    CHECK(manager.next_with("WATCHDOG"));
    broker.daemon.signal(SIGSTOP);
    manager.next(400ms);  // One may be on its way.
    CHECK_FALSE(manager.next_with("WATCHDOG", 1s));
    broker.daemon.signal(SIGCONT);
    CHECK(manager.next_with("WATCHDOG"));
}

TEST_CASE("a commit that hangs ends the feeding, and its end begins it again", "[integration][R33]") {
    NotifySocket manager;
    TemporaryDirectory directory;
    const std::string hang = directory.file("hang");
    const Environment notify("NOTIFY_SOCKET", manager.path());
    const Environment watchdog("WATCHDOG_USEC", "400000");
    const Environment file("SWARMQ_TEST_HANG", hang);
    const Environment preload("LD_PRELOAD", SWARMQ_HANGING_SYNC);
    Broker broker;
    RawClient client(broker.daemon.port());
    client.greet();
    CHECK_FALSE(add_one(client, "q", "{}").empty());
    REQUIRE(manager.next_with("WATCHDOG"));
    std::ofstream(hang) << "";
    v1::Envelope request = add_request("q");
    one_more(request, "{}");
    const auto id = client.send(request);
    // The loop turns: it answers others all the while.
    manager.next_with("WATCHDOG", 600ms);
    CHECK_FALSE(manager.next_with("WATCHDOG", 1s));
    CHECK(http_get(broker.daemon.http_port(), "/livez").status == 200);
    std::filesystem::remove(hang);
    CHECK(client.answer_to(id).add_jobs_result().jobs_size() == 1);
    CHECK(manager.next_with("WATCHDOG"));
}

TEST_CASE("another process's watchdog is not fed", "[integration][R33]") {
    NotifySocket manager;
    const Environment notify("NOTIFY_SOCKET", manager.path());
    const Environment watchdog("WATCHDOG_USEC", "100000");
    const Environment pid("WATCHDOG_PID", "1");
    Broker broker;
    REQUIRE(manager.next_with("READY"));
    CHECK_FALSE(manager.next_with("WATCHDOG", 500ms));
}
