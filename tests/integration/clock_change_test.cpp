// A scheduler over the changes of its zone's clock, with the daemon started anew in between (R14).
#include <catch2/catch.hpp>

#include <chrono>
#include <string>

#include <swarmq/puller.h>
#include <swarmq/queue.h>

#include "support/daemon_process.h"
#include "support/notify_socket.h"
#include "support/temporary_directory.h"

using namespace swarmq;
using namespace std::chrono_literals;

namespace {

constexpr auto kSpringForward = 1'901'149'200s;  // 2030-03-31 01:00 UTC: Berlin goes from two to three.
constexpr auto kFirstHalfPastTwo = 1'919'291'400s;   // 2030-10-27 00:30 UTC, summer time.
constexpr auto kSecondHalfPastTwo = 1'919'295'000s;  // An hour later, winter time.

// A daemon whose wall clock shows `at` when it starts.
class DaemonAt {
  public:
    DaemonAt(const test::TemporaryDirectory& directory, std::chrono::seconds at)
        : preload_("LD_PRELOAD", SWARMQ_SHIFTED_CLOCK),
          shift_("SWARMQ_TEST_CLOCK_SHIFT", std::to_string(shift_to(at))),
          daemon_({"--data-dir", directory.file("data"), "--disk-reserve", "0"}),
          connection_("127.0.0.1:" + std::to_string(daemon_.port())), queue_("reports", connection_),
          puller_("reports", connection_) {}

    Queue& queue() { return queue_; }
    // The time of the tick that added the next job within the wait, in seconds; 0: none came.
    std::chrono::seconds next_tick(Milliseconds wait) {
        auto taken = puller_.take(wait);
        if (!taken) return 0s;
        const auto tick = std::stoll(taken->job().headers.at("swarmq-tick-ms"));
        taken->complete();
        return std::chrono::duration_cast<std::chrono::seconds>(Milliseconds(tick));
    }
    void kill() { daemon_.kill(); }

  private:
    static long long shift_to(std::chrono::seconds at) {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        return (at - std::chrono::duration_cast<std::chrono::seconds>(now)).count();
    }

    const test::Environment preload_;
    const test::Environment shift_;
    test::DaemonProcess daemon_;
    Connection connection_;
    Queue queue_;
    Puller puller_;
};

}  // namespace

TEST_CASE("a scheduler ticks once over each change of the clock, whenever the broker is started again",
          "[scenario][R14][R34]") {
    const test::TemporaryDirectory directory;
    const auto next_days = [](DaemonAt& daemon) { return daemon.queue().get_scheduler("nightly", 3).next; };
    {
        DaemonAt daemon(directory, kSpringForward - 3s);
        const auto made = daemon.queue().upsert_scheduler(
            "nightly", Repeat::by_cron("30 2 * * *", "Europe/Berlin"), {"report", "{}"}, 3);
        REQUIRE(made.next.size() == 3);
        CHECK(made.next[0] == WallTime(kSpringForward));            // Half past two does not come: three.
        CHECK(made.next[1] == WallTime(kSpringForward + 23h + 30min));
        CHECK(made.next[2] == made.next[1] + 24h);
        daemon.kill();
    }
    {
        DaemonAt daemon(directory, kSpringForward - 2s);
        CHECK(daemon.next_tick(10s) == kSpringForward);
        CHECK(next_days(daemon)[0] == WallTime(kSpringForward + 23h + 30min));
        daemon.kill();
    }
    {
        DaemonAt daemon(directory, kSpringForward + 5s);  // No tick twice.
        CHECK(daemon.next_tick(500ms) == 0s);
        CHECK(daemon.queue().get_scheduler("nightly").added == 1);
        daemon.kill();
    }
    {
        // Half a year of missed ticks is made up for once, by the first; then half past two comes, twice.
        DaemonAt daemon(directory, kFirstHalfPastTwo - 3s);
        CHECK(daemon.next_tick(10s) == kSpringForward + 23h + 30min);
        CHECK(daemon.next_tick(10s) == kFirstHalfPastTwo);
        CHECK(next_days(daemon)[0] == WallTime(kSecondHalfPastTwo + 24h));
        daemon.kill();
    }
    {
        DaemonAt daemon(directory, kSecondHalfPastTwo - 2s);
        CHECK(daemon.next_tick(4s) == 0s);
        CHECK(daemon.queue().get_scheduler("nightly").added == 3);
    }
}
