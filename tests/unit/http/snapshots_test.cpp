// The loop is asked once for many, and one that does not answer is noticed.
#include "http/snapshots.h"

#include <catch2/catch.hpp>

#include <boost/asio/co_spawn.hpp>

#include <exception>

using namespace swarmq;
using namespace swarmq::http;

namespace {

struct Asked {
    int answers = 0;
    int refusals = 0;
};

asio::awaitable<void> ask(std::shared_ptr<Snapshots> snapshots, Asked& asked) {
    const auto snapshot = co_await snapshots->ask();
    ++(snapshot ? asked.answers : asked.refusals);
}

struct TwoLoops {
    asio::io_context own{1};
    asio::io_context context{1};
    Loop loop{context};
    int taken = 0;
    std::shared_ptr<Snapshots> snapshots = std::make_shared<Snapshots>(own, loop, [this] {
        ++taken;
        return Snapshot{};
    });
    Asked asked;

    void spawn() {
        asio::co_spawn(own, ask(snapshots, asked), [](std::exception_ptr thrown) {
            if (thrown) std::terminate();
        });
    }
};

}  // namespace

TEST_CASE("many scrapes at once cost the loop one snapshot, and so do those of the next second",
          "[http][R30]") {
    TwoLoops loops;
    for (int i = 0; i < 20; ++i) loops.spawn();
    loops.own.poll();
    loops.context.run();
    loops.own.run();
    CHECK(loops.taken == 1);
    CHECK(loops.asked.answers == 20);
    loops.own.restart();
    loops.context.restart();
    loops.spawn();
    loops.own.run();
    loops.context.run();
    CHECK(loops.taken == 1);
    CHECK(loops.asked.answers == 21);
}

TEST_CASE("a loop that stands still is asked once, and whoever asks hears of it", "[http][R30]") {
    TwoLoops loops;
    for (int i = 0; i < 3; ++i) loops.spawn();
    loops.own.run();
    CHECK(loops.asked.refusals == 3);
    loops.context.run();
    CHECK(loops.taken == 1);
}
