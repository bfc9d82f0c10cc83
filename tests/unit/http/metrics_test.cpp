// The text that Prometheus reads.
#include "http/metrics.h"

#include <catch2/catch.hpp>

#include "http/prometheus.h"

using namespace swarmq;
using namespace swarmq::http;

TEST_CASE("labels are escaped and numbers are plain", "[http][R30]") {
    PrometheusPage page;
    page.family("x_total", "counter", "Help.");
    page.sample({{"a", "q\"\\\n"}, {"b", ""}}, std::uint64_t{18'446'744'073'709'551'615u});
    page.gauge("y", 0.5, "Half.");
    CHECK(page.take() == "# HELP x_total Help.\n"
                         "# TYPE x_total counter\n"
                         "x_total{a=\"q\\\"\\\\\\n\",b=\"\"} 18446744073709551615\n"
                         "# HELP y Half.\n"
                         "# TYPE y gauge\n"
                         "y 0.5\n");
}

TEST_CASE("queues that have no samples of their own are summed under a name no queue can have",
          "[http][R30][R36]") {
    Snapshot snapshot;
    snapshot.overview.queues.resize(1);
    snapshot.overview.queues[0].name = "shown";
    snapshot.overview.other_queues = 5;
    snapshot.overview.others.added_total = 77;
    snapshot.alerts.push_back({"shown", "backlog"});
    const std::string page = metrics_page("1.2.3", &snapshot, nullptr);
    CHECK(page.find("swarmq_queues 6\n") != std::string::npos);
    CHECK(page.find("swarmq_queue_added_total{queue=\"(others)\"} 77\n") != std::string::npos);
    CHECK(page.find("swarmq_alert{queue=\"shown\",kind=\"backlog\"} 1\n") != std::string::npos);
    snapshot.overview.other_queues = 0;
    CHECK(metrics_page("1.2.3", &snapshot, nullptr).find("(others)") == std::string::npos);
}

TEST_CASE("times of a queue are a summary, and left out where there are none", "[http][R8][R30]") {
    Snapshot snapshot;
    snapshot.overview.queues.resize(2);
    snapshot.overview.queues[0].name = "busy";
    snapshot.overview.queues[1].name = "idle";
    engine::QueueTimes& times = snapshot.overview.queues[0].times;
    times.time_in_queue = {7, 0, 250, 1'500, 2'000};
    times.time_in_queue_sum_ms = 3'500;
    const std::string page = metrics_page("1.2.3", &snapshot, nullptr);
    const std::string name = "swarmq_queue_time_in_queue_seconds";
    CHECK(page.find("# TYPE " + name + " summary\n") != std::string::npos);
    CHECK(page.find(name + "{queue=\"busy\",quantile=\"0.5\"} 0.25\n") != std::string::npos);
    CHECK(page.find(name + "{queue=\"busy\",quantile=\"0.99\"} 1.5\n") != std::string::npos);
    CHECK(page.find(name + "_sum{queue=\"busy\"} 3.5\n") != std::string::npos);
    CHECK(page.find(name + "_count{queue=\"busy\"} 7\n") != std::string::npos);
    CHECK(page.find(name + "{queue=\"idle\"") == std::string::npos);
}

TEST_CASE("commits are counted in cumulative buckets", "[http][R30]") {
    Snapshot snapshot;
    snapshot.stats.count_commit(250, 10);
    snapshot.stats.count_commit(251, 10);
    snapshot.stats.count_commit(9'000'000, 10);
    const std::string page = metrics_page("1.2.3", &snapshot, nullptr);
    const std::string name = "swarmq_commit_duration_seconds";
    CHECK(page.find(name + "_bucket{le=\"0.00025\"} 1\n") != std::string::npos);
    CHECK(page.find(name + "_bucket{le=\"0.0005\"} 2\n") != std::string::npos);
    CHECK(page.find(name + "_bucket{le=\"5.0\"} 2\n") != std::string::npos);
    CHECK(page.find(name + "_bucket{le=\"+Inf\"} 3\n") != std::string::npos);
    CHECK(page.find(name + "_count 3\n") != std::string::npos);
    CHECK(page.find("swarmq_committed_bytes_total 30\n") != std::string::npos);
}

TEST_CASE("a daemon that recovers has a page already", "[http][R30]") {
    const std::string page = metrics_page("1.2.3", nullptr, nullptr);
    CHECK(page.find("swarmq_recovering 1\n") != std::string::npos);
    CHECK(page.find("process_cpu_seconds_total ") != std::string::npos);
    CHECK(page.find("swarmq_queues") == std::string::npos);
}
