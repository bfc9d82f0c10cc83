// Each alert of a real daemon in all four places: its log, its metrics, its events, its answer to
// GetServerInfo.
#include "support/configured_daemon.h"
#include "support/http_client.h"
#include "support/programs.h"
#include "support/requests.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

using namespace swarmq;
using namespace swarmq::test;

namespace {

const std::string kLimits =
    "[alerts]\nfailure_percent = 10\nfailure_jobs_min = 5\nbacklog = 5\nno_worker = \"1s\"\n";

struct Watched {
    Watched() {
        client.greet();
        v1::Envelope request;
        request.mutable_watch_events()->set_subscription(1);
        request.mutable_watch_events()->set_queue("q");
        request.mutable_watch_events()->add_kinds(v1::EVENT_KIND_ALERT);
        client.call(request);
    }

    void add(int jobs, const v1::JobOptions& options = {}) {
        v1::Envelope request = add_request("q");
        for (int i = 0; i < jobs; ++i) one_more(request, "{}") = options;
        client.call(request);
    }

    // What the next event of this alert says.
    v1::Event next_event(const std::string& kind, bool is_over) {
        while (true) {
            const auto push = client.receive_push();
            for (const auto& event : push.events().events())
                if (event.reason().starts_with(kind) && event.alert_is_over() == is_over)
                    return event;
        }
    }

    bool is_up(const std::string& kind) {
        v1::Envelope request;
        request.mutable_get_server_info();
        const auto info = client.call(request).server_info();
        return std::any_of(info.alerts().begin(), info.alerts().end(), [&](const auto& alert) {
            return alert.queue() == "q" && alert.kind() == kind;
        });
    }

    // Pages may be a second old.
    void await_metric(const std::string& kind) {
        while (sample(http_get(configured.daemon->http_port(), "/metrics").body,
                      "swarmq_alert{queue=\"q\",kind=\"" + kind + "\"}") != 1) {
        }
    }

    void check_raised(const std::string& kind, const std::string& detail) {
        const auto event = next_event(kind, false);
        CHECK(event.queue() == "q");
        CHECK(event.reason().find(detail) != std::string::npos);
        const auto line = configured.errors.next_with("alert: " + kind + " of queue q");
        REQUIRE(line);
        CHECK(line->find(" warning ") != std::string::npos);
        CHECK(line->find(detail) != std::string::npos);
        CHECK(is_up(kind));
        await_metric(kind);
    }

    void check_over(const std::string& kind) {
        next_event(kind, true);
        CHECK(configured.errors.next_with("alert over: " + kind + " of queue q"));
        CHECK_FALSE(is_up(kind));
    }

    Configured configured{kLimits};
    RawClient client{configured.daemon->port()};
};

}  // namespace

TEST_CASE("the alert backlog rises when more jobs wait than the limit, and falls",
          "[integration][R30]") {
    Watched watched;
    watched.add(6);
    watched.check_raised("backlog", "6 jobs wait, more than 5");
    CHECK(take(watched.client, "q", 2).jobs_size() == 2);
    watched.check_over("backlog");
}

TEST_CASE(
    "the alert no_worker rises where jobs wait and nobody takes them, and falls when someone does",
    "[integration][R30]") {
    Watched watched;
    watched.add(1);
    watched.check_raised("no_worker", "1 jobs wait and no worker");
    subscribe(watched.client, "q", 1);
    watched.check_over("no_worker");
}

TEST_CASE("the alert failure_rate rises when more than one job in ten failed",
          "[integration][R30]") {
    Watched watched;
    // It counts from its first look on; that there was one shows in the other alert.
    watched.add(1);
    watched.next_event("no_worker", false);
    watched.add(9);
    const auto taken = take(watched.client, "q", 10);
    REQUIRE(taken.jobs_size() == 10);
    for (int i = 0; i < 8; ++i) complete(watched.client, taken.jobs(i), "done");
    fail(watched.client, taken.jobs(8), "broke");
    fail(watched.client, taken.jobs(9), "broke");
    watched.check_raised("failure_rate", "2 of 10 jobs failed");
    // Better times dilute it.
    watched.add(20);
    const auto more = take(watched.client, "q", 20);
    REQUIRE(more.jobs_size() == 20);
    for (const auto& job : more.jobs()) complete(watched.client, job, "done");
    watched.check_over("failure_rate");
}

TEST_CASE("the alert near_timeout rises before an attempt is out of time, and falls with its end",
          "[integration][R30]") {
    Watched watched;
    v1::JobOptions options;
    options.set_timeout_ms(15'000);
    watched.add(1, options);
    const auto taken = take(watched.client, "q", 1);
    REQUIRE(taken.jobs_size() == 1);
    watched.check_raised("near_timeout", "four fifths of their timeout");
    complete(watched.client, taken.jobs(0), "in time");
    watched.check_over("near_timeout");
}

TEST_CASE("the rules for Prometheus rise over the same things, and only over those", "[integration][R30]") {
    std::ifstream file(SWARMQ_ALERT_RULES_TEST);
    std::string text(std::istreambuf_iterator<char>(file), {});
    const std::string mark = "[RULES]";
    REQUIRE(text.find(mark) != std::string::npos);
    text.replace(text.find(mark), mark.size(), std::string("[") + SWARMQ_ALERT_RULES + "]");
    const TemporaryDirectory directory;
    std::ofstream(directory.file("rules.yml")) << text;
    const auto judged = run(0, "promtool test rules " + directory.file("rules.yml"));
    INFO(judged.text << " (deploy/dependencies test)");
    CHECK(judged.exit_code == 0);
}
