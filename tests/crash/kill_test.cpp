// Kills the daemon under load with SIGKILL, again and again: nothing that was acknowledged is lost,
// doubled, early, or done again.
#include <catch2/catch.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "kill_clients.h"
#include "support/daemon_process.h"
#include "support/temporary_directory.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

int number_from(const char* variable, int otherwise) {
    const char* const text = std::getenv(variable);
    return text ? std::atoi(text) : otherwise;
}

// Reads every job of the queue, page by page, into the history's last check.
std::size_t check_ends(KillHistory& history, std::uint16_t port) {
    RawClient client(port);
    client.greet();
    std::size_t seen = 0;
    std::string cursor;
    do {
        v1::Envelope request;
        request.mutable_list_jobs()->set_queue("load");
        request.mutable_list_jobs()->set_limit(1000);
        request.mutable_list_jobs()->set_with_payload(true);
        request.mutable_list_jobs()->set_cursor(cursor);
        const auto answer = client.call(request);
        for (const auto& job : answer.list_jobs_result().jobs()) history.check_end(job);
        seen += static_cast<std::size_t>(answer.list_jobs_result().jobs_size());
        cursor = answer.list_jobs_result().next_cursor();
    } while (!cursor.empty());
    history.check_all_seen();
    return seen;
}

v1::QueueMetrics metrics(std::uint16_t port) {
    RawClient client(port);
    client.greet();
    v1::Envelope request;
    request.mutable_get_queue_metrics()->set_queue("load");
    return client.call(request).queue_metrics();
}

}  // namespace

TEST_CASE("nothing acknowledged is lost or done twice over many kills of the daemon",
          "[crash][R4][R5][R12][R17][R22][R34][R35]") {
    const int kills = number_from("SWARMQ_CRASH_KILLS", 200);
    const auto seed = static_cast<unsigned>(number_from("SWARMQ_CRASH_SEED", std::random_device{}() & 0x7fffffff));
    std::cout << "kills " << kills << ", seed " << seed << '\n' << std::flush;
    std::mt19937 random(seed);
    TemporaryDirectory directory;
    const std::vector<std::string> arguments{"--data-dir", directory.path(), "--disk-reserve", "0"};
    KillScene scene;
    std::vector<std::thread> producers;
    std::vector<std::thread> workers;
    for (unsigned i = 0; i < 3; ++i) {
        producers.emplace_back([&scene, i] { KillProducer(scene, i).run(scene.may_add); });
        workers.emplace_back([&scene, i] { KillWorker(scene, i).run(scene.may_work); });
    }
    const auto end_threads = [&] {
        scene.may_add = false;
        for (auto& thread : producers) thread.join();
        producers.clear();
    };

    auto daemon = std::make_unique<DaemonProcess>(arguments);
    for (int i = 0; i < kills; ++i) {
        scene.port = daemon->port();
        scene.port.notify_all();
        scene.history.await_news(random() % 600);
        scene.port = 0;
        daemon->kill();
        daemon = std::make_unique<DaemonProcess>(arguments);
    }
    scene.port = daemon->port();
    scene.port.notify_all();
    end_threads();
    // Everything acknowledged must end by itself now.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(120);
    v1::QueueMetrics last;
    do {
        last = metrics(daemon->port());
    } while (last.waiting() + last.active() + last.delayed() > 0 &&
             std::chrono::steady_clock::now() < deadline);
    scene.may_work = false;
    for (auto& thread : workers) thread.join();
    INFO(last.ShortDebugString());
    CHECK(last.waiting() + last.active() + last.delayed() == 0);
    const std::size_t seen = check_ends(scene.history, daemon->port());
    std::cout << scene.history.acknowledged() << " acknowledged adds, " << scene.history.ended()
              << " acknowledged ends, " << seen << " jobs stored" << '\n' << std::flush;
    for (const auto& violation : scene.history.violations()) FAIL_CHECK(violation);
    CHECK(seen == scene.history.acknowledged());
    CHECK(last.completed() + last.failed() == seen);
    CHECK(last.added_total() == seen);
    CHECK(scene.history.acknowledged() > static_cast<std::size_t>(kills));
    CHECK(daemon->stop() == 0);
}
