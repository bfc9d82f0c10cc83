// Who may run the context, one at a time: the I/O thread, callers, and threads that wait for work.
#include "io_runner.h"

#include <boost/asio/post.hpp>

#include <thread>
#include <utility>

namespace swarmq::inline sdk {
namespace {

using std::chrono::steady_clock;

// Waits that follow each other so closely are those of a caller that asks one thing after another.
constexpr std::chrono::milliseconds kOneAfterAnother{2};
// How long the I/O thread stays away when nobody else runs; up to twice as long after a short run.
constexpr std::chrono::milliseconds kAside{10};
// So long after it was called it does not step aside for those who wait for work: it would be called again.
constexpr std::chrono::milliseconds kCalled{50};
// While answers come within microseconds a caller looks for them rather than sleeps: to be woken up takes as long.
constexpr std::chrono::microseconds kLookFor{50};
constexpr std::chrono::microseconds kSoon{100};

}  // namespace

void IoRunner::run() {
    std::unique_lock lock(mutex_);
    while (!io_.stopped()) {
        if (wanted_ != Aside::No) step_aside(lock, std::exchange(wanted_, Aside::No));
        is_running_ = true;
        lock.unlock();
        io_.run_one();
        lock.lock();
        is_running_ = false;
    }
}

// Whoever sends without waiting looks whether the thread is aside after it has sent; so the thread looks for what was sent
// after it has said that it is. (A thread that waits for work runs that too, and all the rest.)
void IoRunner::step_aside(std::unique_lock<std::mutex>& lock, Aside wanted) {
    is_called_back_ = false;
    is_aside_ = true;
    is_running_ = true;
    lock.unlock();
    const bool has_run = io_.poll() > 0;
    lock.lock();
    is_running_ = false;
    bool is_needed = wanted == Aside::ForCaller && (!is_quiet_ || has_run);
    while (!is_needed && !is_called_back_ && !io_.stopped()) {
        const auto runs = runs_of_others_;
        changed_.wait_for(lock, kAside, [this] { return is_called_back_.load(); });
        if (runs_of_others_ != runs) continue;
        is_needed = !is_running_;
        awaits_runner_ = is_running_;
        changed_.wait(lock, [this] { return is_called_back_ || !is_running_; });
        awaits_runner_ = false;
    }
    if (is_called_back_) called_back_at_ = steady_clock::now();
    if (wanted_ == Aside::ForWorker) wanted_ = Aside::No;  // Of a job that came while it stepped aside.
    is_aside_ = false;
    changed_.wait(lock, [this] { return !is_running_; });
}

void IoRunner::run_until(const std::function<bool()>& is_done) noexcept {
    if (is_done()) return;
    {
        const std::lock_guard lock(mutex_);
        if (!is_free()) return leave_to_others();
        is_running_ = true;
    }
    run_here(is_done);
    const std::lock_guard lock(mutex_);
    if (!is_quiet_) is_called_back_ = true;
    end_run();
}

void IoRunner::step_aside_for_worker() {
    if (is_run_by_other_) return;
    const std::lock_guard lock(mutex_);
    if (steady_clock::now() - called_back_at_ >= kCalled) wanted_ = Aside::ForWorker;
}

bool IoRunner::begin_serving() {
    const std::lock_guard lock(mutex_);
    if (is_free()) return is_running_ = true;
    // The thread is not to step aside for one who has gone to sleep.
    if (wanted_ == Aside::ForWorker) wanted_ = Aside::No;
    if (is_aside_) is_called_back_ = true;
    return false;
}

void IoRunner::serve_until(const std::function<bool()>& is_done) noexcept {
    run_here(is_done);
    const std::lock_guard lock(mutex_);
    end_run();
}

void IoRunner::run_here(const std::function<bool()>& is_done) {
    is_run_by_other_ = true;
    while (!is_done() && !is_called_back_ && !io_.stopped()) run_one();
    is_run_by_other_ = false;
}

// With the mutex.
void IoRunner::end_run() {
    is_running_ = false;
    ++runs_of_others_;
    if (is_called_back_ || awaits_runner_ || !is_aside_) changed_.notify_one();
}

// With the mutex. A caller that runs may leave before it gets to what this one asks: then it is the thread's.
void IoRunner::leave_to_others() {
    if (is_aside_) is_called_back_ = true;
    const auto now = steady_clock::now();
    const auto self = std::this_thread::get_id();
    const bool is_same = std::exchange(last_waiter_, self) == self;
    const bool is_next = now - std::exchange(last_wait_, now) < kOneAfterAnother && is_same;
    wanted_ = is_next ? Aside::ForCaller : Aside::No;
}

void IoRunner::call_back() {
    if (!is_aside_) return;
    bool must_caller_leave = false;
    {
        const std::lock_guard lock(mutex_);
        must_caller_leave = !is_called_back_.exchange(true) && is_running_;
    }
    changed_.notify_one();
    if (must_caller_leave) asio::post(io_, [] {});
}

void IoRunner::run_one() {
    static const bool has_processors = std::thread::hardware_concurrency() > 1;
    const auto began = steady_clock::now();
    if (comes_soon_ && look(began + kLookFor)) return;
    io_.run_one();
    comes_soon_ = steady_clock::now() - began < kSoon && has_processors;
}

// Whether something came before the time was over.
bool IoRunner::look(SteadyTime until) {
    do {
        std::this_thread::yield();
        if (io_.poll_one() > 0) return true;
    } while (!io_.stopped() && steady_clock::now() < until);
    return false;
}

}  // namespace swarmq::inline sdk
