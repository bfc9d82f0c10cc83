// Cancellation, and the way of an attempt's words to its pool.
#include "lease.h"

#include <iterator>
#include <utility>

#include <swarmq/job.h>

#include "call.h"
#include "flows.h"
#include "handler_pool.h"
#include "telling.h"

namespace swarmq::inline sdk {

Lease::Lease(ActiveJob job, std::shared_ptr<HandlerPool> pool, std::weak_ptr<Channel> channel)
    : job_(std::move(job)), pool_(std::move(pool)), channel_(std::move(channel)) {}

Lease::~Lease() = default;

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

std::size_t Notes::bytes() const {
    std::size_t sum = (progress ? progress->size() : 0) + (checkpoint ? checkpoint->size() : 0);
    for (const auto& line : log_lines) sum += line.size() + 4;
    return sum;
}

// What is said after the end is no part of the attempt.
template <class Set>
void Lease::note(Set set) {
    if (is_lost() || has_ended()) return;
    {
        const std::lock_guard lock(mutex_);
        set(notes_);
        if (is_noted_.exchange(true)) return;
    }
    pool_->noted(shared_from_this());
}

void Lease::progress(std::string text) {
    note([&](Notes& notes) { notes.progress = std::move(text); });
}

void Lease::log(std::string line) {
    note([&](Notes& notes) {
        if (notes.log_lines.size() == kLogLinesMax) notes.log_lines.pop_front();
        notes.log_lines.push_back(std::move(line));
    });
}

void Lease::save_checkpoint(std::string data) {
    note([&](Notes& notes) { notes.checkpoint = std::move(data); });
}

Notes Lease::take_notes() {
    if (!is_noted_) return {};
    const std::lock_guard lock(mutex_);
    is_noted_ = false;
    return std::exchange(notes_, {});
}

bool Lease::has_only_lines() const {
    const std::lock_guard lock(mutex_);
    return !notes_.progress && !notes_.checkpoint;
}

void Lease::note_again(Notes older) {
    note([&](Notes& notes) {
        if (!notes.progress) notes.progress = std::move(older.progress);
        if (!notes.checkpoint) notes.checkpoint = std::move(older.checkpoint);
        auto& lines = notes.log_lines;
        lines.insert(lines.begin(), std::make_move_iterator(older.log_lines.begin()),
                     std::make_move_iterator(older.log_lines.end()));
        while (lines.size() > kLogLinesMax) lines.pop_front();
    });
}

std::shared_ptr<Channel> Lease::open_channel() const {
    if (auto channel = channel_.lock()) return channel;
    throw SwarmqError({Code::Unavailable, "the worker of job '" + job_.id + "' is gone"});
}

std::vector<AddedFlow> Lease::add_children(std::vector<FlowJob> children) {
    return blocking<std::vector<AddedFlow>>(*open_channel(), request_flow, std::move(children),
                                            HeldJob{job_.queue, job_.id, job_.token});
}

ChildPage Lease::children(std::uint32_t limit, std::string cursor) {
    return blocking<ChildPage>(*open_channel(), request_children, job_.queue, job_.id, limit,
                               std::move(cursor));
}

void Lease::finish(Outcome outcome) { pool_->finish(shared_from_this(), std::move(outcome)); }

}  // namespace swarmq::inline sdk
