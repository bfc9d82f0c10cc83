// Posts to Asio, and waits with it.
#include "base/loop.h"

#include <boost/asio/post.hpp>

#include <chrono>
#include <thread>

#include "base/asio.h"

namespace swarmq {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::microseconds kLookFor{50};
// Work that comes no later than this might as well have been waited for.
constexpr std::chrono::microseconds kSoon{100};

// Whether work came before the time was over.
bool look_for_work(asio::io_context& context, steady_clock::time_point until) {
    do {
        std::this_thread::yield();
        if (context.poll() > 0) return true;
    } while (!context.stopped() && steady_clock::now() < until);
    return false;
}

}  // namespace

void Loop::run(WhenIdle when_idle) {
    if (when_idle == WhenIdle::Sleeps || std::thread::hardware_concurrency() < 2) {
        context_.run();
        return;
    }
    bool comes_soon = false;
    while (!context_.stopped()) {
        if (context_.poll() > 0 && !comes_soon) continue;
        const auto began = steady_clock::now();
        if (comes_soon && look_for_work(context_, began + kLookFor)) continue;
        context_.run_one();
        comes_soon = steady_clock::now() - began < kSoon;
    }
}

void Loop::stand_in(const std::atomic<bool>& is_over) {
    while (!is_over && !context_.stopped()) context_.run_one();
}

void Loop::wake() {
    asio::post(context_, [] {});
}

bool Loop::is_stopped() const { return context_.stopped(); }

void Loop::post(std::function<void()> work) { asio::post(context_, std::move(work)); }

}  // namespace swarmq
