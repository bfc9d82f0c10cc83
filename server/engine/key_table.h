// The keys of jobs, one entry for each queue and key that has jobs, or a past that still counts.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/rate_window.h"
#include "engine/slab.h"
#include "engine/timeline.h"

namespace swarmq::engine {

// kNone: jobs without a key.
using KeyIndex = std::uint32_t;

// What holds the jobs of a queue or of a key back.
struct Gate {
    std::uint64_t active = 0;  // Leases that are held now.
    std::vector<RateWindow> windows;
    TimerId timer = kNone;  // Looks again.
};

struct KeyState {
    std::uint32_t queue = kNone;
    const std::string* name = nullptr;
    std::uint32_t classes = 0;  // Of jobs, that have this key.
    std::uint64_t waiting = 0;
    std::uint32_t weight = 1;
    bool is_prepared = false;  // Its queue's settings are applied.
    bool is_closed = false;    // Its waiting jobs take no part in the turns.
    bool is_unused = false;    // Stands in `unused`.
    TimeMs idle_until_ms = 0;  // No job has it, and its past counts until then; 0: it is not idle.
    Gate gate;
};

class KeyTable {
  public:
    // Counts one more class with this key; makes the entry when it is new.
    KeyIndex acquire(std::uint32_t queue, const std::string& name);
    void release(KeyIndex key);
    // kNone when there is no entry.
    KeyIndex find(std::uint32_t queue, std::string_view name) const;
    // Of an entry that no class has.
    void erase(KeyIndex key);

    KeyState& operator[](KeyIndex key) { return keys_[key]; }
    const KeyState& operator[](KeyIndex key) const { return keys_[key]; }
    std::size_t size() const { return keys_.size(); }
    // Until a class has it again.
    void set_idle(KeyIndex key, TimeMs until_ms);
    std::size_t idle_count() const { return idle_.size(); }
    KeyIndex first_idle() const { return idle_.begin()->second; }
    // Keys that lost their last class, each once: to be erased, or found in use.
    std::vector<KeyIndex>& unused() { return unused_; }

    // Calls visit(key) for the keys of a queue in order of name, those after `after`, until it answers
    // false.
    template <class Visit>
    void each_of(std::uint32_t queue, std::string_view after, Visit visit) const;

  private:
    struct Before {
        using is_transparent = void;
        template <class A, class B>
        bool operator()(const A& a, const B& b) const {
            return std::pair<std::uint32_t, std::string_view>(a) <
                   std::pair<std::uint32_t, std::string_view>(b);
        }
    };
    using Name = std::pair<std::uint32_t, std::string_view>;

    Slab<KeyState> keys_;
    std::map<std::pair<std::uint32_t, std::string>, KeyIndex, Before> by_name_;
    std::vector<KeyIndex> unused_;
    std::set<std::pair<TimeMs, KeyIndex>> idle_;
};

template <class Visit>
void KeyTable::each_of(std::uint32_t queue, std::string_view after, Visit visit) const {
    for (auto it = by_name_.upper_bound(Name{queue, after});
         it != by_name_.end() && it->first.first == queue; ++it)
        if (!visit(it->second)) return;
}

}  // namespace swarmq::engine
