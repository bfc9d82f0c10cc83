// The HTTP service of a real daemon: its figures, its health, its bounds.
#include "support/http_client.h"
#include "support/programs.h"
#include "support/requests.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace swarmq;
using namespace swarmq::test;

namespace {

// What `promtool check metrics` has to say of a page; nothing when it is good.
std::string complaints_about(const std::string& page, const TemporaryDirectory& directory) {
    std::ofstream(directory.file("page")) << page;
    const auto checked = run(0, "promtool check metrics < " + directory.file("page"));
    return checked.exit_code == 0 ? checked.text : checked.text + " (deploy/dependencies test)";
}

}  // namespace

TEST_CASE("the metrics of a daemon under load count what happened, and Prometheus accepts them",
          "[integration][R30]") {
    Broker broker;
    RawClient client(broker.daemon.port());
    client.greet();
    const std::string odd = "a.b_c:d-E";
    v1::Envelope request = add_request(odd);
    for (int i = 0; i < 900; ++i) one_more(request, "{}");
    REQUIRE(client.call(request).add_jobs_result().jobs_size() == 900);
    const auto taken = take(client, odd, 3);
    REQUIRE(taken.jobs_size() == 3);
    CHECK(complete(client, taken.jobs(0), "done") == v1::CODE_UNSPECIFIED);
    CHECK(fail(client, taken.jobs(1), "broke", true) == v1::CODE_UNSPECIFIED);
    for (int queue = 0; queue < 200; ++queue) add_one(client, "q" + std::to_string(queue), "{}");

    const auto answer = http_get(broker.daemon.http_port(), "/metrics");
    const std::string& page = answer.body;
    CHECK(answer.status == 200);
    CHECK(answer.head.find("text/plain; version=0.0.4") != std::string::npos);
    CHECK(complaints_about(page, broker.directory) == "");
    const std::string label = "{queue=\"" + odd + "\"}";
    CHECK(sample(page, "swarmq_queue_added_total" + label) == 900);
    CHECK(sample(page, "swarmq_queue_completed_total" + label) == 1);
    CHECK(sample(page, "swarmq_queue_failed_total" + label) == 1);
    const auto jobs_in = [&](const std::string& state) {
        return sample(page, "swarmq_queue_jobs{queue=\"" + odd + "\",state=\"" + state + "\"}");
    };
    CHECK(jobs_in("waiting") == 897);
    CHECK(jobs_in("active") == 1);
    CHECK(jobs_in("completed") == 1);
    CHECK(jobs_in("failed") == 1);
    CHECK(sample(page, "swarmq_jobs") == 1'100);
    CHECK(sample(page, "swarmq_queues") == 201);
    CHECK(sample(page, "swarmq_connections") == 1);
    CHECK(sample(page, "swarmq_sessions") == 1);
    CHECK(sample(page, "swarmq_requests_total") == 204);
    CHECK(sample(page, "swarmq_jobs_delivered_total") == 3);
    const double commits = sample(page, "swarmq_commit_duration_seconds_count");
    CHECK(commits >= 204);
    CHECK(sample(page, "swarmq_commit_duration_seconds_bucket{le=\"+Inf\"}") == commits);
    CHECK(sample(page, "swarmq_committed_bytes_total") > 900);
    CHECK(sample(page, "swarmq_disk_free_bytes") > 0);
    CHECK(sample(page, "swarmq_store_window_bytes") > 0);
    CHECK(sample(page, "process_resident_memory_bytes") > 1'000'000);
    CHECK(sample(page, "process_open_fds") > 5);
    CHECK(sample(page, "process_start_time_seconds") > 1'700'000'000);
}

TEST_CASE("Prometheus accepts every page of a daemon while it is hard at work",
          "[integration][R30]") {
    Broker broker;
    std::atomic<bool> is_over = false;
    std::atomic<int> completed = 0;
    std::thread worker([&] {
        RawClient client(broker.daemon.port());
        client.greet();
        while (!is_over) {
            v1::Envelope request = add_request("q" + std::to_string(completed % 7));
            for (int i = 0; i < 50; ++i) one_more(request, "{}").set_timeout_ms(60'000);
            client.call(request);
            const auto taken = take(client, request.add_jobs().queue(), 40);
            for (const auto& job : taken.jobs()) {
                if (completed % 10 == 9)
                    fail(client, job, "broke", true);
                else
                    complete(client, job, "done");
                ++completed;
            }
        }
    });
    std::vector<std::string> pages;
    for (int page = 1; page <= 3; ++page) {
        while (completed < 500 * page) std::this_thread::yield();
        pages.push_back(http_get(broker.daemon.http_port(), "/metrics").body);
    }
    is_over = true;
    worker.join();
    for (const auto& page : pages) {
        CHECK(complaints_about(page, broker.directory) == "");
        CHECK(sample(page, "swarmq_queue_completed_total{queue=\"q0\"}") > 0);
        CHECK(page.find("swarmq_queue_processing_seconds{queue=\"q0\",quantile=\"0.99\"}") !=
              std::string::npos);
    }
}

TEST_CASE("a ready daemon says so, and one with a low disk says why it is not",
          "[integration][R30]") {
    Broker broker;
    CHECK(http_get(broker.daemon.http_port(), "/livez").body == "ok\n");
    CHECK(http_get(broker.daemon.http_port(), "/readyz").status == 200);
    const DaemonProcess low(
        {"--data-dir", broker.directory.file("low"), "--disk-reserve", "1000000G"});
    CHECK(http_get(low.http_port(), "/livez").status == 200);
    const auto answer = http_get(low.http_port(), "/readyz");
    CHECK(answer.status == 503);
    CHECK(answer.body.starts_with("disk low: "));
    const auto page = http_get(low.http_port(), "/metrics").body;
    CHECK(sample(page, "swarmq_adds_refused") == 1);
}

TEST_CASE("the HTTP service answers only what it has, and bounds what it is sent",
          "[integration][R30][R36]") {
    const DaemonProcess daemon({"--dev"});
    const auto port = daemon.http_port();
    CHECK(http_get(port, "/").body.find("/metrics") != std::string::npos);
    CHECK(http_get(port, "/metrics?x=1").status == 200);
    CHECK(http_get(port, "/nothing").status == 404);
    CHECK(http_exchange(port, "DELETE /metrics HTTP/1.0\r\n\r\n").status == 405);
    CHECK(http_exchange(port, "POST /metrics HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello").status ==
          405);
    CHECK(http_exchange(port, "no request\r\n\r\n").status == 400);
    const std::string long_line(100'000, 'x');
    CHECK(http_exchange(port, "GET /" + long_line + " HTTP/1.1\r\n\r\n").status != 200);
    const auto head = http_exchange(port, "HEAD /livez HTTP/1.0\r\n\r\n");
    CHECK(head.status == 200);
    CHECK(head.body.empty());

    // Those that say nothing keep their places; one more is closed at once.
    std::vector<std::unique_ptr<HttpConnection>> silent;
    for (int i = 0; i < 32; ++i) silent.push_back(std::make_unique<HttpConnection>(port));
    CHECK(http_get(port, "/livez").status == 0);
    silent.front()->send("GET /livez HTTP/1.0\r\n\r\n");
    CHECK(silent.front()->rest().ends_with("ok\n"));
    CHECK(http_get(port, "/livez").status == 200);
}

TEST_CASE("the HTTP service can be left out, and is not opened to others by accident",
          "[integration][R30][R37]") {
    const DaemonProcess without({"--dev", "--http-listen", ""});
    CHECK(without.http_port() == 0);
    const auto open = run(0, "swarmqd --dev --listen 127.0.0.1:0 --http-listen 0.0.0.0:0");
    CHECK(open.exit_code == 1);
    CHECK(open.text.find("--http-listen 0.0.0.0") != std::string::npos);
    CHECK(open.text.find("--insecure") != std::string::npos);
    const auto bad = run(0, "swarmqd --dev --listen 127.0.0.1:0 --http-listen 6411");
    CHECK(bad.exit_code == 1);
    CHECK(bad.text.find("HOST:PORT") != std::string::npos);
    const DaemonProcess first({"--dev"});
    const auto taken = run(0, "swarmqd --dev --listen 127.0.0.1:0 --http-listen 127.0.0.1:" +
                                  std::to_string(first.http_port()));
    CHECK(taken.exit_code == 1);
    CHECK(taken.text.find("choose another with --http-listen") != std::string::npos);
}
