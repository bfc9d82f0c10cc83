// One thread, one queue, handed over in batches.
#include "callbacks.h"

#include <iterator>
#include <utility>

namespace swarmq::inline sdk {

void Callbacks::add(Call call) {
    if (io_thread_.load(std::memory_order_relaxed) == std::this_thread::get_id()) {
        collected_.push_back(std::move(call));
        return;
    }
    std::vector<Call> one;
    one.push_back(std::move(call));
    hand_over(one);
}

void Callbacks::flush() {
    if (!collected_.empty()) hand_over(collected_);
}

void Callbacks::hand_over(std::vector<Call>& calls) {
    bool was_empty = false;
    {
        std::unique_lock lock(mutex_);
        if (is_stopping_) {
            lock.unlock();
            for (auto& call : calls) call();
            calls.clear();
            return;
        }
        was_empty = waiting_.empty();
        if (was_empty) {
            std::swap(waiting_, calls);
        } else {
            waiting_.insert(waiting_.end(), std::make_move_iterator(calls.begin()),
                            std::make_move_iterator(calls.end()));
        }
        if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    }
    calls.clear();
    if (was_empty) wake_.notify_one();
}

void Callbacks::run() {
    std::vector<Call> calls;
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [this] { return !waiting_.empty() || is_stopping_; });
        if (waiting_.empty()) return;
        std::swap(calls, waiting_);
        lock.unlock();
        for (auto& call : calls) {
            call();
            call = nullptr;  // What it holds may be the last handle of something: let go of it now.
        }
        calls.clear();
        lock.lock();
    }
}

void Callbacks::stop() {
    std::thread thread;
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
        std::swap(thread, thread_);
    }
    wake_.notify_one();
    if (thread.joinable()) thread.join();
}

bool Callbacks::is_current_thread() const {
    const std::lock_guard lock(mutex_);
    return thread_.get_id() == std::this_thread::get_id();
}

}  // namespace swarmq::inline sdk
