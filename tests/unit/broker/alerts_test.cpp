// When alerts rise and fall.
#include "broker/alerts.h"

#include <catch2/catch.hpp>

using namespace swarmq;
using namespace swarmq::broker;

namespace {

engine::QueueGlance queue_with(std::uint64_t waiting, std::uint64_t workers = 1) {
    engine::QueueGlance queue;
    queue.id = QueueId{1};
    queue.name = "q";
    queue.by_state[static_cast<std::size_t>(JobState::Waiting)] = waiting;
    queue.workers = workers;
    return queue;
}

// The changes as words: "+backlog", "-backlog".
std::vector<std::string> look(Alerts& alerts, const engine::QueueGlance& queue, TimeMs now_ms) {
    std::vector<std::string> words;
    for (const auto& change : alerts.look({queue}, now_ms, true))
        words.push_back((change.is_up ? "+" : "-") + std::string(name_of(change.kind)));
    return words;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("an alert is told once when it rises and once when it falls", "[broker][R30]") {
    AlertLimits limits;
    limits.backlog = 10;
    Alerts alerts(limits);
    CHECK(look(alerts, queue_with(10), 1'000).empty());
    CHECK(look(alerts, queue_with(11), 2'000) == Words{"+backlog"});
    CHECK(look(alerts, queue_with(500), 3'000).empty());
    REQUIRE(alerts.raised(10).size() == 1);
    CHECK(alerts.raised(0).empty());
    CHECK(look(alerts, queue_with(10), 4'000) == Words{"-backlog"});
    CHECK(alerts.raised(10).empty());
}

TEST_CASE("a queue that was obliterated counts anew, and has no failures of before", "[broker][R30]") {
    Alerts alerts(AlertLimits{});
    auto queue = queue_with(0);
    queue.completed_total = 500;
    queue.failed_total = 500;
    CHECK(look(alerts, queue, 1'000).empty());
    queue.completed_total = 30;
    queue.failed_total = 0;
    CHECK(look(alerts, queue, 2'000).empty());
    queue.completed_total = 40;
    queue.failed_total = 10;
    CHECK(look(alerts, queue, 3'000) == Words{"+failure_rate"});
}

TEST_CASE("the failure rate is that of the window, and says nothing of few jobs", "[broker][R30]") {
    AlertLimits limits;
    limits.failure_window_ms = 10'000;
    limits.failure_jobs_min = 20;
    Alerts alerts(limits);
    auto queue = queue_with(0);
    queue.completed_total = 1'000'000;
    CHECK(look(alerts, queue, 100'000).empty());
    queue.failed_total = 19;
    CHECK(look(alerts, queue, 101'000).empty());
    queue.completed_total += 171;  // 19 of 190: ten percent are not more than ten.
    CHECK(look(alerts, queue, 102'000).empty());
    queue.failed_total += 1;
    CHECK(look(alerts, queue, 103'000) == Words{"+failure_rate"});
    CHECK(look(alerts, queue, 110'000).empty());
    // The window has left them behind.
    CHECK(look(alerts, queue, 114'000) == Words{"-failure_rate"});
}

TEST_CASE("waiting jobs without a worker are told after a while, but not of a paused queue",
          "[broker][R30]") {
    AlertLimits limits;
    limits.no_worker_ms = 5'000;
    Alerts alerts(limits);
    CHECK(look(alerts, queue_with(3, 0), 100'000).empty());
    CHECK(look(alerts, queue_with(3, 0), 104'999).empty());
    CHECK(look(alerts, queue_with(3, 0), 105'000) == Words{"+no_worker"});
    CHECK(look(alerts, queue_with(3, 1), 106'000) == Words{"-no_worker"});
    CHECK(look(alerts, queue_with(3, 0), 107'000).empty());
    auto paused = queue_with(3, 0);
    paused.is_paused = true;
    CHECK(look(alerts, paused, 120'000).empty());
    CHECK(look(alerts, queue_with(0, 0), 130'000).empty());
}

TEST_CASE("attempts near their timeout raise an alert unless that is switched off", "[broker][R30]") {
    AlertLimits limits;
    Alerts alerts(limits);
    auto queue = queue_with(0);
    queue.near_timeout = 1;
    CHECK(look(alerts, queue, 1'000) == Words{"+near_timeout"});
    limits.near_timeout = false;
    alerts.set_limits(limits);
    CHECK(look(alerts, queue, 2'000) == Words{"-near_timeout"});
}

TEST_CASE("a queue that is gone takes its alerts along", "[broker][R30][R36]") {
    AlertLimits limits;
    limits.backlog = 1;
    Alerts alerts(limits);
    CHECK(look(alerts, queue_with(2), 1'000) == Words{"+backlog"});
    // Half a round says nothing of the other half.
    CHECK(alerts.look({}, 2'000, false).empty());
    CHECK(alerts.look({queue_with(2)}, 2'000, true).empty());
    const auto changes = alerts.look({}, 3'000, true);
    REQUIRE(changes.size() == 1);
    CHECK_FALSE(changes[0].is_up);
    CHECK(changes[0].queue == "q");
    CHECK(alerts.raised(10).empty());
}

TEST_CASE("limits of zero switch alerts off", "[broker][R30]") {
    AlertLimits limits;
    limits.failure_percent = 0;
    limits.backlog = 0;
    limits.no_worker_ms = 0;
    Alerts alerts(limits);
    auto queue = queue_with(1'000'000'000, 0);
    CHECK(look(alerts, queue, 1'000).empty());
    queue.failed_total = 1'000;
    CHECK(look(alerts, queue, 900'000).empty());
}
