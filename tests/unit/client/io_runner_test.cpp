// Who runs the I/O: its thread, and callers that ask one thing after another.
#include "io_runner.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

using namespace swarmq;

namespace {

constexpr std::chrono::seconds kPatience{30};

// The answers come from the context itself, on whatever thread runs it.
class Scene {
  public:
    ~Scene() {
        stop();
        thread_.join();
    }
    void stop() { io_.stop(); }

    // Asks, waits, and answers who ran the answer.
    std::thread::id ask() {
        // As the connection: what is asked is known when the context has taken it.
        asio::post(io_, [this] {
            ++open_;
            runner_.set_quiet(false);
        });
        auto answer = send([this] { runner_.set_quiet(--open_ == 0); });
        runner_.run_until([&] { return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
        return answer.get();
    }
    // Until a caller hears of an answer on its own thread.
    bool lets_callers_run() {
        const auto end = std::chrono::steady_clock::now() + kPatience;
        while (std::chrono::steady_clock::now() < end)
            if (ask() == std::this_thread::get_id()) return true;
        return false;
    }
    // Until this thread may serve: something that runs says so again and again.
    bool lets_serve() {
        const auto end = std::chrono::steady_clock::now() + kPatience;
        while (std::chrono::steady_clock::now() < end) {
            send([this] { runner_.step_aside_for_worker(); }).wait();
            if (runner_.begin_serving()) return true;
        }
        return false;
    }
    // Something that nobody waits for.
    std::future<std::thread::id> send(std::function<void()> then = [] {}) {
        auto done = std::make_shared<std::promise<std::thread::id>>();
        asio::post(io_, [done, then = std::move(then)] {
            then();
            done->set_value(std::this_thread::get_id());
        });
        return done->get_future();
    }
    IoRunner& runner() { return runner_; }
    std::thread::id io_thread() const { return thread_.get_id(); }

  private:
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
    int open_ = 0;  // Of whoever runs the context.
    IoRunner runner_{io_};
    std::thread thread_{[this] { runner_.run(); }};
};

}  // namespace

TEST_CASE("a caller that asks one thing after another runs the I/O itself", "[client]") {
    Scene scene;
    REQUIRE(scene.lets_callers_run());
    // Whoever runs, what is asked is answered.
    for (int i = 0; i < 1'000; ++i) {
        const auto by = scene.ask();
        CHECK((by == std::this_thread::get_id() || by == scene.io_thread()));
    }
}

TEST_CASE("what nobody waits for is run by the I/O thread", "[client]") {
    Scene scene;
    REQUIRE(scene.lets_callers_run());
    auto done = scene.send();
    SECTION("at once when it is called") { scene.runner().call_back(); }
    SECTION("soon when it is not") {}
    REQUIRE(done.wait_for(kPatience) == std::future_status::ready);
    CHECK(done.get() == scene.io_thread());
}

TEST_CASE("a caller that waits for long leaves when others ask", "[client]") {
    Scene scene;
    REQUIRE(scene.lets_callers_run());
    std::atomic<bool> has_left = false;
    // It runs, or somebody else does; its answer never comes.
    std::thread caller([&] {
        scene.runner().run_until([] { return false; });
        has_left = true;
    });
    const auto end = std::chrono::steady_clock::now() + kPatience;
    std::thread::id by;
    while ((!has_left || by != scene.io_thread()) && std::chrono::steady_clock::now() < end) {
        auto done = scene.send();
        scene.runner().call_back();
        by = done.get();
    }
    CHECK(has_left);
    CHECK(by == scene.io_thread());
    if (!has_left) scene.stop();
    caller.join();
}

TEST_CASE("several callers are all answered", "[client]") {
    Scene scene;
    REQUIRE(scene.lets_callers_run());
    std::vector<std::thread> callers;
    std::atomic<int> answered = 0;
    for (int i = 0; i < 4; ++i)
        callers.emplace_back([&] {
            for (int asked = 0; asked < 2'000; ++asked) {
                scene.ask();
                ++answered;
            }
        });
    for (auto& caller : callers) caller.join();
    CHECK(answered == 8'000);
}

TEST_CASE("the end ends the I/O thread, which may be away", "[client]") {
    for (int i = 0; i < 20; ++i) {
        Scene scene;
        CHECK(scene.lets_callers_run());
    }
}

TEST_CASE("a thread that waits for work runs what comes for everybody", "[client]") {
    Scene scene;
    REQUIRE(scene.lets_serve());
    // Not quiet: others wait for answers, and get them from whoever serves.
    scene.runner().set_quiet(false);
    int here = 0;
    for (int round = 0; round < 100; ++round) {
        auto done = scene.send();
        const auto is_done = [&] { return done.wait_for(std::chrono::seconds(0)) == std::future_status::ready; };
        scene.runner().serve_until(is_done);
        done.wait();
        const auto by = done.get();
        CHECK((by == std::this_thread::get_id() || by == scene.io_thread()));
        here += by == std::this_thread::get_id() ? 1 : 0;
        if (!scene.runner().begin_serving()) REQUIRE(scene.lets_serve());
    }
    scene.runner().serve_until([] { return true; });
    CHECK(here > 0);
}

TEST_CASE("the I/O thread is back when whoever served stays away", "[client]") {
    Scene scene;
    REQUIRE(scene.lets_serve());
    scene.runner().serve_until([] { return true; });
    auto done = scene.send();
    SECTION("soon") {}
    SECTION("at once when it is called") { scene.runner().call_back(); }
    REQUIRE(done.wait_for(kPatience) == std::future_status::ready);
    CHECK(done.get() == scene.io_thread());
}

TEST_CASE("whoever serves leaves when the I/O thread is called", "[client]") {
    Scene scene;
    REQUIRE(scene.lets_serve());
    std::atomic<bool> has_left = false;
    std::thread caller([&] {
        while (!has_left) scene.runner().call_back();
    });
    scene.runner().serve_until([] { return false; });
    has_left = true;
    caller.join();
    auto done = scene.send();
    REQUIRE(done.wait_for(kPatience) == std::future_status::ready);
    CHECK(done.get() == scene.io_thread());
}

TEST_CASE("the end ends whoever serves", "[client]") {
    Scene scene;
    REQUIRE(scene.lets_serve());
    std::thread end([&] { scene.stop(); });
    scene.runner().serve_until([] { return false; });
    end.join();
    CHECK_FALSE(scene.runner().begin_serving());
}
