// Who runs when: one mutex, held for moments, taken once per job.
#include "handler_pool.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "run_handler.h"
#include "telling.h"
#include "utf8.h"
#include "validate.h"

namespace swarmq::inline sdk {
namespace {

// Work worth waking a thread for, and how long and how many results may collect.
constexpr std::int64_t kWakeWorthNs = 100'000;
constexpr std::chrono::microseconds kCollectLongest{100};
constexpr std::size_t kCollectMost = 64;

// Most often the target is empty, and both keep their memory.
template <class T>
void move_to_end(std::vector<T>& from, std::vector<T>& to) {
    if (to.empty()) {
        std::swap(from, to);
        return;
    }
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    from.clear();
}

}  // namespace

HandlerPool::HandlerPool(Handler handler, std::size_t concurrency, std::function<void()> wake_io)
    : handler_(std::move(handler)), wake_io_(std::move(wake_io)), concurrency_(concurrency) {}

// What the broker would refuse is said here.
Outcome HandlerPool::checked(Outcome outcome) {
    if (auto error = check_follow_ups(outcome.follow_ups())) return Outcome::fail(std::move(error->message));
    if (outcome.kind() != Outcome::Kind::Complete) return outcome;
    if (outcome.result().size() > kResultBytesMax) {
        return Outcome::fail("the result has " + std::to_string(outcome.result().size()) +
                             " bytes; at most 1048576 are allowed");
    }
    return outcome;
}

HandlerPool::Given HandlerPool::give(std::vector<LeasePtr> leases) {
    std::unique_lock lock(mutex_);
    const bool is_nobody_busy = running_ == 0 && threads_idle_ + (is_serving_ ? 1 : 0) == threads_alive_;
    is_lone_ = leases.size() == 1 && backlog_.empty() && is_nobody_busy;
    has_work_ = true;
    const auto now = std::chrono::steady_clock::now();
    for (const auto& lease : leases) {
        lease->given_at = now;
        prefetch_.note_payload(lease->job().payload.size());
    }
    backlog_.insert(backlog_.end(), std::make_move_iterator(leases.begin()),
                    std::make_move_iterator(leases.end()));
    wake_threads(threads_for_backlog());
    if (is_to_serve()) return Given::ToServingThread;
    return is_tiny() ? Given::NeedsNudge : Given::ToThreads;
}

std::size_t HandlerPool::threads_for_backlog() const {
    const std::size_t awake = threads_alive_ - threads_idle_;
    // Of a batch that is not full yet one thread has to see that it waits no longer than it may.
    if (!handler_) return (backlog_.size() + batch_.jobs_max - 1) / batch_.jobs_max;
    if (!is_tiny()) return backlog_.size();
    const auto work_ns = static_cast<std::int64_t>(backlog_.size()) * mean_ns();
    const auto worthwhile = static_cast<std::size_t>(work_ns / kWakeWorthNs + 1);
    return worthwhile > awake ? worthwhile - awake : 0;
}

void HandlerPool::wake_threads(std::size_t count) {
    const std::size_t idle = std::min(count, threads_idle_);
    for (std::size_t i = 0; i < idle; ++i) work_.notify_one();
    for (std::size_t i = idle; i < count && threads_alive_ < concurrency_; ++i) spawn();
}

void HandlerPool::spawn() {
    threads_.remove_if([](Thread& old) {
        if (old.is_over) old.thread.join();
        return old.is_over;
    });
    Thread& added = threads_.emplace_back();
    ++threads_alive_;
    added.thread = std::thread([self = shared_from_this(), &added] { self->run(added); });
}

void HandlerPool::run(Thread& self) {
    std::unique_lock lock(mutex_);
    while (threads_alive_ <= concurrency_) {
        if (can_begin()) {
            handler_ ? run_one(lock) : run_batch(lock);
        } else if (serve_io(lock)) {
            // What was finished is sent.
        } else if (!finished_.empty() && !is_io_woken_) {
            is_io_woken_ = true;
            lock.unlock();
            wake_io_();
            lock.lock();
        } else if (is_joining_) {
            break;
        } else {
            wait_for_work(lock);
        }
    }
    --threads_alive_;
    if (!backlog_.empty()) work_.notify_one();  // This thread was counted on.
    self.is_over = true;
    const bool must_wake = !finished_.empty() && !std::exchange(is_io_woken_, true);
    lock.unlock();
    if (must_wake) wake_io_();
}

bool HandlerPool::can_begin() const {
    if (handler_ || backlog_.empty()) return !backlog_.empty();
    return is_full_batch() ||
           std::chrono::steady_clock::now() - backlog_.front()->given_at >= batch_.longest_wait;
}

void HandlerPool::wait_for_work(std::unique_lock<std::mutex>& lock) {
    ++threads_idle_;
    if (backlog_.empty())
        work_.wait(lock);
    else
        work_.wait_until(lock, backlog_.front()->given_at + batch_.longest_wait);
    --threads_idle_;
}

void HandlerPool::run_one(std::unique_lock<std::mutex>& lock) {
    LeasePtr lease = std::move(backlog_.front());
    backlog_.pop_front();
    ++running_;
    const bool must_wake = note_start(lease);
    lock.unlock();
    if (must_wake) wake_io_();

    Outcome outcome = Outcome::release();
    bool is_later = false;
    if (!lease->is_lost()) {
        JobContext context(lease->job(), lease);
        lease->telling = tell_attempt(telemetry_.get(), lease->job());
        outcome = checked(run_handler(handler_, context));
        is_later = context.is_finished_later();
        if (lease->telling && !is_later) lease->telling->end(outcome, lease->cancel_reason());
        if (lease->telling) lease->telling->handler_returned();
    }
    const auto now = std::chrono::steady_clock::now();
    lock.lock();
    if (is_later) return;
    if (lease->claim_end()) {
        end_one(std::move(lease), std::move(outcome), now);
    } else {
        end_running();
    }
}

// True: the I/O thread must be woken.
bool HandlerPool::note_start(const LeasePtr& lease) {
    lease->note_start(std::chrono::steady_clock::now());
    // Its timeout runs from when the broker hears of the start. While handlers are tiny the next nudge, or whoever runs
    // the I/O next, takes the word along, most often with the result.
    const bool is_timed = lease->job().timeout.count() > 0 && !lease->is_lost();
    if (is_timed) started_.push_back(lease);
    const bool must_wake =
        must_wake_io(lease->started_at) || (is_timed && !is_tiny() && !is_io_woken_);
    if (must_wake) is_io_woken_ = true;
    return must_wake;
}

void HandlerPool::end_running() {
    --running_;
    if (running_ == 0) idle_changed_.notify_all();
}

void HandlerPool::end_one(LeasePtr lease, Outcome outcome, SteadyTime now, std::size_t together) {
    const std::int64_t took = (now - lease->started_at).count() / static_cast<std::int64_t>(together);
    prefetch_.note_handler(took);
    end_running();
    if (finished_.empty()) first_finished_ = now;
    std::vector<Finished> held;
    if (outcome.queue_hold().count() > 0 || outcome.key_hold().count() > 0)
        held = take_held(lease->job(), outcome);
    finished_.push_back({std::move(lease), std::move(outcome)});
    if (!held.empty()) move_to_end(held, finished_);
}

bool HandlerPool::must_wake_io(SteadyTime now) const {
    if (finished_.empty() || is_io_woken_) return false;
    return mean_ns() >= kTinyNs || finished_.size() >= kCollectMost ||
           now - first_finished_ >= kCollectLongest;
}

void HandlerPool::finish(LeasePtr lease, Outcome outcome) {
    outcome = checked(std::move(outcome));
    if (lease->telling) lease->telling->end(outcome, lease->cancel_reason());
    {
        const std::lock_guard lock(mutex_);
        if (!lease->claim_end()) return end_running();
        end_one(std::move(lease), std::move(outcome), std::chrono::steady_clock::now());
        if (std::exchange(is_io_woken_, true)) return;
    }
    wake_io_();
}

void HandlerPool::noted(LeasePtr lease) {
    {
        const std::lock_guard lock(mutex_);
        noted_.push_back(std::move(lease));
        if (std::exchange(is_io_woken_, true)) return;
    }
    wake_io_();
}

void HandlerPool::collect(std::vector<Finished>& finished, std::vector<LeasePtr>& noted,
                          std::vector<LeasePtr>& started) {
    const std::lock_guard lock(mutex_);
    is_io_woken_ = false;
    move_to_end(finished_, finished);
    move_to_end(noted_, noted);
    move_to_end(started_, started);
}

bool HandlerPool::nudge() {
    std::unique_lock lock(mutex_);
    if (backlog_.empty()) {
        front_at_nudge_ = nullptr;
        return false;
    }
    const Lease* const front = backlog_.front().get();
    // Nobody has taken a job since the last time: those who are awake are busy with long ones.
    if (front == front_at_nudge_) wake_threads(backlog_.size());
    front_at_nudge_ = front;
    return is_tiny();
}

std::size_t HandlerPool::jobs_wanted() const {
    const std::lock_guard lock(mutex_);
    return prefetch_.jobs_wanted(concurrency_ * batch_.jobs_max);
}

std::size_t HandlerPool::jobs_at_once() const {
    const std::lock_guard lock(mutex_);
    return concurrency_ * batch_.jobs_max;
}

void HandlerPool::note_turn(std::chrono::nanoseconds length) {
    const std::lock_guard lock(mutex_);
    prefetch_.note_turn(length.count());
}

void HandlerPool::set_concurrency(std::size_t concurrency) {
    {
        const std::lock_guard lock(mutex_);
        concurrency_ = concurrency;
        wake_threads(threads_for_backlog());
    }
    work_.notify_all();
    wake_io_();
}

std::size_t HandlerPool::running() const {
    const std::lock_guard lock(mutex_);
    return running_;
}

bool HandlerPool::wait_idle(Milliseconds longest) {
    std::unique_lock lock(mutex_);
    return idle_changed_.wait_for(lock, longest, [this] { return running_ == 0; });
}

void HandlerPool::join() {
    std::list<Thread> threads;
    bool is_served = false;
    {
        const std::lock_guard lock(mutex_);
        is_joining_ = true;
        has_work_ = true;
        is_served = is_serving_;
        std::swap(threads, threads_);
    }
    work_.notify_all();
    if (is_served) wake_io_();
    for (auto& one : threads) one.thread.join();
    const std::lock_guard lock(mutex_);
    is_joining_ = false;
}

}  // namespace swarmq::inline sdk
