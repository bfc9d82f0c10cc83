// Jobs that leave the pool as they came: no handler has begun them.
#include "handler_pool.h"

#include <iterator>
#include <utility>

namespace swarmq::inline sdk {

std::vector<LeasePtr> HandlerPool::take_back() {
    const std::lock_guard lock(mutex_);
    std::vector<LeasePtr> leases(std::make_move_iterator(backlog_.begin()),
                                 std::make_move_iterator(backlog_.end()));
    backlog_.clear();
    return leases;
}

std::vector<LeasePtr> HandlerPool::take_overdue(SteadyTime now) {
    {
        const std::lock_guard lock(mutex_);
        if (!handler_ || backlog_.empty()) return {};
        const auto waited = now - backlog_.front()->given_at;
        if (waited < kAheadLongest) return {};
        prefetch_.note_waited(waited.count());
    }
    return take_back();
}

// A handler stopped its queue or key: what is held of it would begin all the same.
std::vector<Finished> HandlerPool::take_held(const ActiveJob& job, const Outcome& outcome) {
    const bool is_queue =
        outcome.queue_hold().count() > 0 || (outcome.is_rate_limited() && job.key.empty());
    std::vector<Finished> released;
    if (!is_queue && job.key.empty()) return released;
    std::erase_if(backlog_, [&](const LeasePtr& lease) {
        const ActiveJob& other = lease->job();
        if (other.queue != job.queue || !(is_queue || other.key == job.key)) return false;
        if (lease->claim_end()) released.push_back({lease, Outcome::release()});
        return true;
    });
    return released;
}

}  // namespace swarmq::inline sdk
