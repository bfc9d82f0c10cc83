// The delayed jobs of a queue by due time, in sorted runs: 24 bytes each and what is free in their
// run, where a node of std::set would take 64.
#pragma once

#include "engine/job_table.h"
#include "model/job.h"

#include <compare>
#include <cstddef>
#include <map>
#include <vector>

namespace swarmq::engine {

struct DelayedKey {
    Rank due;
    Slot slot = kNone;
    auto operator<=>(const DelayedKey&) const = default;
};

class DelayedSet {
    using Run = std::vector<DelayedKey>;
    // By a key that is not after any of the run and after all of the one before. None is empty.
    using Runs = std::map<DelayedKey, Run>;

  public:
    // In order of due time; until the set changes.
    class Iterator {
      public:
        const DelayedKey& operator*() const { return run_->second[index_]; }
        const DelayedKey* operator->() const { return &**this; }
        Iterator& operator++();
        bool operator==(const Iterator&) const = default;

      private:
        friend class DelayedSet;
        Iterator(Runs::const_iterator run, std::size_t index) : run_(run), index_(index) {}

        Runs::const_iterator run_;
        std::size_t index_;
    };

    // False: it is there already.
    bool insert(const DelayedKey& key);
    // False: it is not there.
    bool erase(const DelayedKey& key);

    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }
    const DelayedKey& front() const { return runs_.begin()->second.front(); }
    Iterator begin() const { return {runs_.begin(), 0}; }
    Iterator end() const { return {runs_.end(), 0}; }
    Iterator lower_bound(const DelayedKey& key) const;
    Iterator upper_bound(const DelayedKey& key) const;

  private:
    Runs::const_iterator run_of(const DelayedKey& key) const;

    Runs runs_;
    std::size_t size_ = 0;
};

}  // namespace swarmq::engine
