// Whole queues through the SDK, over a real daemon.
#include <catch2/catch.hpp>

#include <algorithm>
#include <future>
#include <string>
#include <vector>

#include <swarmq/admin.h>
#include <swarmq/queue.h>
#include <swarmq/testing.h>

using namespace swarmq;
using testing::TestBroker;

TEST_CASE("all queues are listed, however many pages they fill", "[client][R8][R32]") {
    TestBroker broker;
    const auto connection = broker.connect();
    Queue queue("z", connection);
    for (int i = 0; i < 2'500; i += 500) {
        std::vector<NewJob> jobs(500, {"n", "p"});
        for (int j = 0; j < 500; ++j)
            jobs[static_cast<std::size_t>(j)].options.on_failure =
                OnFailure{"dead-" + std::to_string(i + j)};
        queue.add_jobs(std::move(jobs));
    }
    Admin admin(connection);
    const auto listed = admin.list_queues();
    REQUIRE(listed.size() == 2'501);
    CHECK(std::is_sorted(listed.begin(), listed.end(),
                         [](const auto& a, const auto& b) { return a.queue < b.queue; }));
    CHECK(listed.back().waiting == 2'500);
    std::promise<std::size_t> counted;
    admin.list_queues_async([&](Result<std::vector<QueueMetrics>> queues) {
        counted.set_value(queues.ok() ? queues->size() : 0);
    });
    CHECK(counted.get_future().get() == 2'501);
    CHECK(admin.server_info().queues == 2'501);
}
