// The deduplication keys that stand, found by queue and key (R12).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/job_table.h"
#include "engine/slab.h"
#include "engine/timeline.h"
#include "model/changes.h"

namespace swarmq::engine {

// kNone: none.
using DedupIndex = std::uint32_t;

struct DedupKey {
    std::uint32_t queue = kNone;
    const std::string* name = nullptr;  // Null: the place is free.
    DedupMode mode = DedupMode::None;
    bool is_changed = false;  // Its row is written with this turn.
    bool is_stored = false;   // It has a row.
    JobSeq job{};             // That stands for it; of a throttle it may be stored no more.
    std::string chosen_id;    // Of that job.
    Slot successor = kNone;   // KeepLatest: waits for the end of that job.
    DurationMs window_ms = 0;
    TimeMs until_ms = 0;  // Throttle: the end of its window, and the timer for it.
    TimerId timer = kNone;
};

class DedupTable {
  public:
    DedupIndex find(std::uint32_t queue, std::string_view name) const;
    // Of a key that does not stand.
    DedupIndex add(std::uint32_t queue, const std::string& name, DedupMode mode);
    void erase(DedupIndex index);

    DedupKey& operator[](DedupIndex index) { return keys_[index]; }
    const DedupKey& operator[](DedupIndex index) const { return keys_[index]; }
    std::size_t size() const { return keys_.size(); }
    // Throttles: nothing else bounds them, for their jobs may be gone.
    std::size_t windows() const { return windows_; }
    // The first key of the queue; kNone when it has none.
    DedupIndex first_of(std::uint32_t queue) const;

    // Calls visit(index) for every key.
    template <class Visit>
    void each(Visit visit) const {
        for (const auto& [name, index] : by_name_) visit(index);
    }

  private:
    struct Before {
        using is_transparent = void;
        template <class A, class B>
        bool operator()(const A& a, const B& b) const {
            return std::pair<std::uint32_t, std::string_view>(a) <
                   std::pair<std::uint32_t, std::string_view>(b);
        }
    };

    Slab<DedupKey> keys_;
    std::map<std::pair<std::uint32_t, std::string>, DedupIndex, Before> by_name_;
    std::size_t windows_ = 0;
};

}  // namespace swarmq::engine
