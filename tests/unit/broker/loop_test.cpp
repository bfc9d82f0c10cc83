// The loop's two ways of waiting.
#include "base/asio.h"
#include "base/loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <catch2/catch.hpp>

#include <chrono>
#include <ctime>
#include <functional>
#include <thread>
#include <vector>

using namespace swarmq;

TEST_CASE("a loop runs what comes soon and what comes late, in order, and ends without work", "[base][R36]") {
    const auto when_idle = GENERATE(Loop::WhenIdle::Sleeps, Loop::WhenIdle::Looks);
    asio::io_context context{1};
    Loop loop{context};
    auto work = asio::make_work_guard(context);
    std::vector<int> done;
    std::thread other([&] {
        for (int i = 0; i < 300; ++i) {
            // From at once over some microseconds to longer than anyone looks.
            const auto until = std::chrono::steady_clock::now() +
                               std::chrono::microseconds(i % 100 == 99 ? 3'000 : i % 7 * 10);
            while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
            loop.post([&done, i] { done.push_back(i); });
        }
        loop.post([&work] { work.reset(); });
    });
    asio::steady_timer timer{context, std::chrono::milliseconds(5)};
    bool is_rung = false;
    timer.async_wait([&](const error_code& error) { is_rung = !error; });
    loop.run(when_idle);
    other.join();
    CHECK(is_rung);
    REQUIRE(done.size() == 300);
    for (int i = 0; i < 300; ++i) CHECK(done[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("a loop that looks for work sleeps when none comes", "[base][R36]") {
    asio::io_context context{1};
    Loop loop{context};
    // Each wait is long, so that hardly any of it may be spent looking.
    int left = 20;
    asio::steady_timer timer{context};
    std::function<void()> wait = [&] {
        timer.expires_after(std::chrono::milliseconds(10));
        timer.async_wait([&](const error_code&) {
            if (--left > 0) wait();
        });
    };
    wait();
    const std::clock_t before = std::clock();
    loop.run(Loop::WhenIdle::Looks);
    const double cpu_seconds = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
    CHECK(left == 0);
    CHECK(cpu_seconds < 0.1);  // Of 0.2 s.
}
