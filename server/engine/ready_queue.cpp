// Lanes and levels, and how jobs enter and leave them.
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

Level::KeyLane* Level::find(KeyIndex key) {
    if (key == kNone) return &keyless_;
    const auto found = keyed_.find(key);
    return found == keyed_.end() ? nullptr : found->second.get();
}

// At the end of the round.
void Level::enter_turns(KeyLane& lane) {
    lane.turns_left = lane.weight;
    if (turn_ == nullptr) {
        turn_ = lane.next = lane.prev = &lane;
        return;
    }
    lane.next = turn_;
    lane.prev = turn_->prev;
    lane.prev->next = lane.next->prev = &lane;
}

void Level::leave_turns(KeyLane& lane) {
    if (turn_ == &lane) turn_ = lane.next == &lane ? nullptr : lane.next;
    lane.prev->next = lane.next;
    lane.next->prev = lane.prev;
    lane.next = lane.prev = nullptr;
}

void Level::insert(JobTable& jobs, Slot slot, KeyIndex key, std::uint32_t weight, bool is_closed) {
    KeyLane* lane = find(key);
    if (lane == nullptr) {
        lane = (keyed_[key] = std::make_unique<KeyLane>()).get();
        lane->weight = weight;
    }
    lane->lane.insert(jobs, slot);
    ++size_;
    if (!is_closed && lane->next == nullptr) enter_turns(*lane);
}

void Level::remove(JobTable& jobs, Slot slot, KeyIndex key) {
    KeyLane* const lane = find(key);
    SWARMQ_CHECK(lane != nullptr && size_ > 0);
    lane->lane.remove(jobs, slot);
    --size_;
    if (lane->lane.size() > 0) return;
    if (lane->next != nullptr) leave_turns(*lane);
    if (key != kNone) keyed_.erase(key);
}

void Level::set_closed(KeyIndex key, bool is_closed) {
    KeyLane* const lane = find(key);
    if (lane == nullptr || lane->lane.size() == 0) return;
    const bool has_turns = lane->next != nullptr;
    if (is_closed && has_turns) leave_turns(*lane);
    if (!is_closed && !has_turns) enter_turns(*lane);
}

void Level::set_weight(KeyIndex key, std::uint32_t weight) {
    KeyLane* const lane = find(key);
    if (lane == nullptr) return;
    lane->weight = weight;
    lane->turns_left = std::min(lane->turns_left, weight);
}

Slot Level::front(const JobTable& jobs) const {
    return turn_ == nullptr ? kNone : turn_->lane.front(jobs);
}

Slot Level::any(const JobTable& jobs) const {
    if (size_ == 0) return kNone;
    if (keyless_.lane.size() > 0) return keyless_.lane.front(jobs);
    return keyed_.begin()->second->lane.front(jobs);
}

void Level::take_turn() {
    if (--turn_->turns_left > 0) return;
    turn_->turns_left = turn_->weight;
    turn_ = turn_->next;
}

void Level::collect(const JobTable& jobs, KeyIndex after_key, const std::optional<Rank>& after,
                    Slot hint, std::size_t size_max, std::vector<Slot>& out) const {
    if (after_key == kNone) keyless_.lane.collect(jobs, after, hint, size_max, out);
    for (auto it = keyed_.lower_bound(after_key); it != keyed_.end() && out.size() < size_max; ++it) {
        const bool is_first = it->first == after_key;
        it->second->lane.collect(jobs, is_first ? after : std::nullopt, is_first ? hint : kNone,
                                 size_max, out);
    }
}

// Each lane that has turns gets an equal part.
void Level::coming(const JobTable& jobs, std::size_t size_max, std::vector<Slot>& out) const {
    if (turn_ == nullptr || out.size() >= size_max) return;
    const std::size_t wanted = size_max - out.size();
    std::size_t lanes = 0;
    const KeyLane* lane = turn_;
    do {
        ++lanes;
        lane = lane->next;
    } while (lane != turn_ && lanes < wanted);
    for (lane = turn_; lanes > 0; --lanes, lane = lane->next)
        lane->lane.collect(jobs, std::nullopt, kNone, out.size() + (size_max - out.size()) / lanes,
                           out);
}

void ReadyQueue::set_closed(KeyIndex key, bool is_closed) {
    for (const auto& level : levels_) level->set_closed(key, is_closed);
}

void ReadyQueue::set_weight(KeyIndex key, std::uint32_t weight) {
    for (const auto& level : levels_) level->set_weight(key, weight);
}

Slot ReadyQueue::front(const JobTable& jobs) const {
    for (const auto& level : levels_)
        if (level->has_turns()) return level->front(jobs);
    return kNone;
}

Slot ReadyQueue::any(const JobTable& jobs) const {
    for (const auto& level : levels_)
        if (level->size() > 0) return level->any(jobs);
    return kNone;
}

std::vector<Slot> ReadyQueue::coming(const JobTable& jobs, std::size_t size_max) const {
    std::vector<Slot> found;
    for (const auto& level : levels_) level->coming(jobs, size_max, found);
    return found;
}

Level& ReadyQueue::level(std::uint8_t priority) {
    const auto at = std::lower_bound(
        levels_.begin(), levels_.end(), priority,
        [](const auto& level, std::uint8_t wanted) { return level->priority() < wanted; });
    if (at != levels_.end() && (*at)->priority() == priority) return **at;
    return **levels_.insert(at, std::make_unique<Level>(priority));
}

}  // namespace swarmq::engine
