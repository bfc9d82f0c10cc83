// The waiting jobs of one queue: a level for each priority, in it a lane for each key, each in order of rank.
// Lanes of one level are served in turns, by weight (R15).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "engine/job_table.h"
#include "engine/key_table.h"

namespace swarmq::engine {

// Jobs come almost always in order of rank, so they form a linked list; the few that come back between
// others (returned by a lost worker, due late) stand in a set beside it.
class Lane {
  public:
    void insert(JobTable& jobs, Slot slot);
    void remove(JobTable& jobs, Slot slot);
    // The job that runs next; kNone when empty.
    Slot front(const JobTable& jobs) const;
    // Appends jobs in order of rank, those after `after` if given, until `out` has `size_max`. Quick when
    // `hint` is a job in the lane's list that is not after `after`.
    void collect(const JobTable& jobs, const std::optional<Rank>& after, Slot hint,
                 std::size_t size_max, std::vector<Slot>& out) const;

    std::size_t size() const { return size_; }

  private:
    using Strays = std::set<std::pair<Rank, Slot>>;

    Slot head_ = kNone;
    Slot tail_ = kNone;
    std::size_t size_ = 0;
    std::unique_ptr<Strays> strays_;
};

// One priority. Deficit round robin: a lane is served as often as its weight says, then the next.
class Level {
  public:
    explicit Level(std::uint8_t priority) : priority_(priority) {}
    Level(const Level&) = delete;

    void insert(JobTable& jobs, Slot slot, KeyIndex key, std::uint32_t weight, bool is_closed);
    void remove(JobTable& jobs, Slot slot, KeyIndex key);
    // A closed key's lane takes no part in the turns.
    void set_closed(KeyIndex key, bool is_closed);
    void set_weight(KeyIndex key, std::uint32_t weight);
    // The job that runs next; kNone when no open lane has one.
    Slot front(const JobTable& jobs) const;
    // A job of any lane; kNone when there is none.
    Slot any(const JobTable& jobs) const;
    // front() is about to be given out: it is one turn of its lane.
    void take_turn();
    // As Lane::collect, lane after lane in order of key; `after` is in the lane of `after_key`.
    void collect(const JobTable& jobs, KeyIndex after_key, const std::optional<Rank>& after,
                 Slot hint, std::size_t size_max, std::vector<Slot>& out) const;
    // Appends jobs that come next, about in the order of the turns, until `out` has `size_max`.
    void coming(const JobTable& jobs, std::size_t size_max, std::vector<Slot>& out) const;

    // Calls visit(slot) with the first job of each lane, of no more than `lanes_max` with a key.
    template <class Visit>
    void each_front(const JobTable& jobs, std::size_t lanes_max, Visit visit) const {
        if (keyless_.lane.size() > 0) visit(keyless_.lane.front(jobs));
        for (auto it = keyed_.begin(); it != keyed_.end() && lanes_max > 0; ++it, --lanes_max)
            visit(it->second->lane.front(jobs));
    }

    std::uint8_t priority() const { return priority_; }
    std::size_t size() const { return size_; }
    bool has_turns() const { return turn_ != nullptr; }

  private:
    struct KeyLane {
        Lane lane;
        std::uint32_t weight = 1;
        std::uint32_t turns_left = 0;
        KeyLane* next = nullptr;  // In the ring of turns; null: not in it.
        KeyLane* prev = nullptr;
    };

    KeyLane* find(KeyIndex key);
    void enter_turns(KeyLane& lane);
    void leave_turns(KeyLane& lane);

    std::uint8_t priority_;
    std::size_t size_ = 0;
    KeyLane keyless_;
    std::map<KeyIndex, std::unique_ptr<KeyLane>> keyed_;
    KeyLane* turn_ = nullptr;
};

class ReadyQueue {
  public:
    void insert(JobTable& jobs, Slot slot, KeyIndex key, std::uint32_t weight, bool is_closed) {
        level(jobs[slot].priority).insert(jobs, slot, key, weight, is_closed);
    }
    void remove(JobTable& jobs, Slot slot, KeyIndex key) {
        level(jobs[slot].priority).remove(jobs, slot, key);
    }
    void set_closed(KeyIndex key, bool is_closed);
    void set_weight(KeyIndex key, std::uint32_t weight);
    // The job that runs next: of the most urgent priority that has one whose key is open. kNone when
    // there is none.
    Slot front(const JobTable& jobs) const;
    // A waiting job, open or not; kNone when there is none.
    Slot any(const JobTable& jobs) const;
    // Jobs that come next, the most urgent first, no more than `size_max`.
    std::vector<Slot> coming(const JobTable& jobs, std::size_t size_max) const;
    // `slot` is front() and is about to be given out.
    void take_turn(const JobTable& jobs, Slot slot) { level(jobs[slot].priority).take_turn(); }

    // By priority, most urgent first; some may be empty.
    const std::vector<std::unique_ptr<Level>>& levels() const { return levels_; }

  private:
    Level& level(std::uint8_t priority);

    std::vector<std::unique_ptr<Level>> levels_;
};

}  // namespace swarmq::engine
