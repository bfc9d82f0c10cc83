// Everything that happens by itself at a time, in one heap: the only source of next_deadline().
// Entries at one time fire in the order they were set.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/slab.h"
#include "model/ids.h"

namespace swarmq::engine {

enum class TimerKind : std::uint8_t {
    QueueDue,        // owner: queue; its earliest delayed job.
    AttemptTimeout,  // owner: job slot.
    JobExpiry,       // owner: job slot; its ttl.
    LeaseEnd,        // owner: subscription; its earliest lease, or earlier.
    SessionGrace,    // owner: session.
    TakeEnd,         // owner: subscription of a waiting Take.
    EndedAge,        // owner: group of ended jobs; the age of its oldest.
    ClientExpiry,    // owner: ledger client.
    QueueForget,     // owner: queue.
    SchedulerTick,   // owner: scheduler.
    QueueGate,       // owner: queue; a hold or a rate may let jobs go on.
    KeyGate,         // owner: key; as QueueGate, or the key may be forgotten.
    DedupWindow,     // owner: deduplication key; the end of its window.
};

using TimerId = std::uint32_t;

class Timeline {
  public:
    struct Entry {
        TimerKind kind{};
        std::uint32_t owner = kNone;
    };

    TimerId set(TimeMs when_ms, TimerKind kind, std::uint32_t owner);
    // Does nothing for kNone; sets `timer` to kNone.
    void cancel(TimerId& timer);
    TimeMs when(TimerId timer) const { return nodes_[timer].when_ms; }

    std::optional<TimeMs> next() const;
    // Removes and answers the first entry due at `now_ms`. Its id is free from now on.
    std::optional<Entry> pop_due(TimeMs now_ms);
    std::size_t size() const { return heap_.size(); }

  private:
    struct Node {
        TimeMs when_ms = 0;
        std::uint64_t order = 0;
        Entry entry;
        std::uint32_t position = 0;
    };

    bool before(TimerId a, TimerId b) const;
    void place(std::size_t position, TimerId timer);
    void rise(std::size_t position);
    void sink(std::size_t position);
    void erase_at(std::size_t position);

    Slab<Node> nodes_;
    std::vector<TimerId> heap_;
    std::uint64_t order_ = 0;
};

}  // namespace swarmq::engine
