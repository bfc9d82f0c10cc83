// Lanes and how jobs enter and leave them.
#include "engine/ready_queue.h"

#include <algorithm>

#include "model/check.h"

namespace swarmq::engine {

void Lane::insert(JobTable& jobs, Slot slot) {
    ++size_;
    JobSlot& job = jobs[slot];
    job.next = job.prev = kNone;
    job.is_stray = 0;
    const Rank rank = jobs.rank(slot);
    if (tail_ == kNone) {
        head_ = tail_ = slot;
    } else if (jobs.rank(tail_) < rank) {
        job.prev = tail_;
        jobs[tail_].next = slot;
        tail_ = slot;
    } else if (rank < jobs.rank(head_)) {
        job.next = head_;
        jobs[head_].prev = slot;
        head_ = slot;
    } else {
        job.is_stray = 1;
        if (!strays_) strays_ = std::make_unique<Strays>();
        strays_->emplace(rank, slot);
    }
}

void Lane::remove(JobTable& jobs, Slot slot) {
    SWARMQ_CHECK(size_ > 0);
    --size_;
    JobSlot& job = jobs[slot];
    if (job.is_stray) {
        SWARMQ_CHECK(strays_ && strays_->erase({jobs.rank(slot), slot}) == 1);
        if (strays_->empty()) strays_.reset();
        job.is_stray = 0;
        return;
    }
    (job.prev == kNone ? head_ : jobs[job.prev].next) = job.next;
    (job.next == kNone ? tail_ : jobs[job.next].prev) = job.prev;
    job.next = job.prev = kNone;
}

Slot Lane::front(const JobTable& jobs) const {
    if (!strays_) return head_;
    const auto& [rank, slot] = *strays_->begin();
    return head_ != kNone && jobs.rank(head_) < rank ? head_ : slot;
}

void Lane::collect(const JobTable& jobs, const std::optional<Rank>& after, Slot hint,
                   std::size_t size_max, std::vector<Slot>& out) const {
    Slot listed = hint != kNone ? hint : head_;
    while (after && listed != kNone && !(*after < jobs.rank(listed))) listed = jobs[listed].next;
    static const Strays kNoStrays;
    const Strays& strays = strays_ ? *strays_ : kNoStrays;
    auto stray = after ? strays.upper_bound({*after, ~Slot{0}}) : strays.begin();
    while (out.size() < size_max && (listed != kNone || stray != strays.end())) {
        const bool takes_listed =
            stray == strays.end() || (listed != kNone && jobs.rank(listed) < stray->first);
        if (takes_listed) {
            out.push_back(listed);
            listed = jobs[listed].next;
        } else {
            out.push_back(stray->second);
            ++stray;
        }
    }
}

Slot ReadyQueue::front(const JobTable& jobs) const {
    for (const Lane& lane : lanes_)
        if (lane.size() > 0) return lane.front(jobs);
    return kNone;
}

Lane& ReadyQueue::lane(std::uint8_t priority) {
    const auto at = std::lower_bound(
        lanes_.begin(), lanes_.end(), priority,
        [](const Lane& lane, std::uint8_t wanted) { return lane.priority() < wanted; });
    if (at != lanes_.end() && at->priority() == priority) return *at;
    return *lanes_.emplace(at, priority);
}

}  // namespace swarmq::engine
