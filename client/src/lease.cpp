// Cancellation, and the way of an attempt's words to its pool.
#include "lease.h"

#include "handler_pool.h"

namespace swarmq::inline sdk {

void Lease::cancel(CancelReason reason) {
    auto none = CancelReason::None;
    if (!reason_.compare_exchange_strong(none, reason)) return;
    // The lock orders this with a waiter that has looked at the reason and is about to sleep.
    { const std::lock_guard lock(mutex_); }
    cancelled_.notify_all();
}

bool Lease::wait_cancelled(Milliseconds longest) {
    std::unique_lock lock(mutex_);
    return cancelled_.wait_for(lock, longest,
                               [this] { return cancel_reason() != CancelReason::None; });
}

void Lease::progress(std::string text) { pool_->progress(shared_from_this(), std::move(text)); }

void Lease::finish(Outcome outcome) { pool_->finish(shared_from_this(), std::move(outcome)); }

}  // namespace swarmq::inline sdk
