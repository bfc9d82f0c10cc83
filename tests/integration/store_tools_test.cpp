// The commands verify and repair, on what a killed or a damaged daemon leaves behind.
#include "support/programs.h"
#include "support/requests.h"
#include "support/table_files.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

using namespace swarmq;
using namespace swarmq::test;

namespace {

// The newest file of the store with this extension. The end of a log holds the last synced adds.
std::filesystem::path newest_file(const std::filesystem::path& data, const std::string& extension) {
    std::filesystem::path newest;
    for (const auto& entry : std::filesystem::directory_iterator(data / "shard-0"))
        if (entry.path().extension() == extension && (newest.empty() || entry.path() > newest))
            newest = entry.path();
    return newest;
}

}  // namespace

TEST_CASE("verify finds a killed daemon's store in order, and a cut one damaged; repair mends it",
          "[integration][R28][R34]") {
    TemporaryDirectory directory;
    const std::string data = directory.file("data");
    const std::vector<std::string> arguments{"--data-dir", data, "--disk-reserve", "0"};
    {
        DaemonProcess daemon(arguments);
        RawClient client(daemon.port());
        client.greet();
        for (int i = 0; i < 50; ++i) add_one(client, "q", std::string(500, 'x'));
        const auto open = run(0, "swarmqd verify --data-dir " + data);
        CHECK(open.exit_code == 1);
        CHECK(open.text.find("open") != std::string::npos);
        daemon.kill();
    }
    const auto in_order = run(0, "swarmqd verify --data-dir " + data);
    INFO(in_order.text);
    CHECK(in_order.exit_code == 0);
    CHECK(in_order.text.find("jobs         50") != std::string::npos);
    {
        // A clean stop writes down how far everything is synced; then the log loses its end.
        DaemonProcess daemon(arguments);
        RawClient client(daemon.port());
        client.greet();
        for (int i = 0; i < 50; ++i) add_one(client, "q", std::string(500, 'y'));
        client.drop();
        CHECK(daemon.stop() == 0);
    }
    const auto log = newest_file(data, ".rowlog");
    std::filesystem::resize_file(log, std::filesystem::file_size(log) / 2);
    CHECK_THROWS(DaemonProcess(arguments));
    const auto refused = run(0, "swarmqd --listen 127.0.0.1:0 --data-dir " + data);
    INFO(refused.text);
    CHECK(refused.exit_code == 2);
    CHECK(refused.text.find("swarmqd repair") != std::string::npos);
    const auto damaged = run(0, "swarmqd verify --data-dir " + data);
    INFO(damaged.text);
    CHECK(damaged.exit_code == 2);
    const auto repaired = run(0, "swarmqd repair --data-dir " + data);
    INFO(repaired.text);
    CHECK(repaired.exit_code == 0);
    DaemonProcess daemon(arguments);
    RawClient client(daemon.port());
    client.greet();
    CHECK(metrics(client, "q").waiting() >= 50);
    CHECK(run(0, "swarmqd verify --data-dir " + directory.file("nowhere")).exit_code == 1);
}

TEST_CASE("jobs in a damaged block are lost, and repair lets all the others go on",
          "[integration][R28][R34]") {
    TemporaryDirectory directory;
    const std::string data = directory.file("data");
    const std::vector<std::string> arguments{"--data-dir", data, "--disk-reserve", "0"};
    constexpr int kJobs = 500;
    {
        DaemonProcess daemon(arguments);
        RawClient client(daemon.port());
        client.greet();
        v1::Envelope request = add_request("q");
        for (int i = 0; i < kJobs; ++i) one_more(request, std::to_string(i));
        REQUIRE(client.call(request).add_jobs_result().jobs_size() == kJobs);
        daemon.kill();
    }
    std::fstream file(move_rows_into_tables(data + "/shard-0"),
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(5'000);
    file << std::string(20, '\x55');
    file.close();
    const auto refused = run(0, "swarmqd --listen 127.0.0.1:0 --data-dir " + data);
    INFO(refused.text);
    CHECK(refused.exit_code == 2);
    CHECK(refused.text.find("swarmqd repair") != std::string::npos);
    const auto damaged = run(0, "swarmqd verify --data-dir " + data);
    INFO(damaged.text);
    CHECK(damaged.exit_code == 2);
    CHECK(damaged.text.find("cannot be read") != std::string::npos);
    const auto repaired = run(0, "swarmqd repair --data-dir " + data);
    INFO(repaired.text);
    CHECK(repaired.exit_code == 0);
    DaemonProcess daemon(arguments);
    RawClient client(daemon.port());
    client.greet();
    CHECK(metrics(client, "q").waiting() < kJobs);
    CHECK(metrics(client, "q").waiting() > kJobs / 10);
}
