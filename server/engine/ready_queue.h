// The waiting jobs of one queue: a lane for each priority, each in order of rank.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "engine/job_table.h"

namespace swarmq::engine {

// One priority. Jobs come almost always in order of rank, so they form a linked list; the few that come
// back between others (returned by a lost worker, due late) stand in a set beside it.
class Lane {
  public:
    explicit Lane(std::uint8_t priority) : priority_(priority) {}

    void insert(JobTable& jobs, Slot slot);
    void remove(JobTable& jobs, Slot slot);
    // The job that runs next; kNone when empty.
    Slot front(const JobTable& jobs) const;
    // Appends jobs in order of rank, those after `after` if given, until `out` has `size_max`. Quick when
    // `hint` is a job in the lane's list that is not after `after`.
    void collect(const JobTable& jobs, const std::optional<Rank>& after, Slot hint,
                 std::size_t size_max, std::vector<Slot>& out) const;

    std::uint8_t priority() const { return priority_; }
    std::size_t size() const { return size_; }

  private:
    using Strays = std::set<std::pair<Rank, Slot>>;

    Slot head_ = kNone;
    Slot tail_ = kNone;
    std::size_t size_ = 0;
    std::unique_ptr<Strays> strays_;
    std::uint8_t priority_;
};

class ReadyQueue {
  public:
    void insert(JobTable& jobs, Slot slot) { lane(jobs[slot].priority).insert(jobs, slot); }
    void remove(JobTable& jobs, Slot slot) { lane(jobs[slot].priority).remove(jobs, slot); }
    // The first job of the most urgent priority that has one; kNone when there is none.
    Slot front(const JobTable& jobs) const;

    // By priority, most urgent first; some may be empty.
    const std::vector<Lane>& lanes() const { return lanes_; }

  private:
    Lane& lane(std::uint8_t priority);

    std::vector<Lane> lanes_;
};

}  // namespace swarmq::engine
