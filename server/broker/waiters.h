// Those who wait for the end of a job, and the ends of the last minute for those who ask late (R10).
// Owner: the broker's loop.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "broker/late_ends.h"
#include "engine/effects.h"

namespace swarmq::broker {

class Waiters {
  public:
    // Called once: with the end of the job, or without when the time was over.
    using Callback = std::function<void(const engine::EndedJob* ended)>;

    // `owner` names whoever waits, for cancel_all.
    void wait(JobSeq seq, TimeMs until_ms, const void* owner, Callback callback);
    // Forgets the owner's waits without calling them.
    void cancel_all(const void* owner);

    // Calls those who wait for it and remembers it for late ones.
    void end(engine::EndedJob&& ended, TimeMs now_ms);
    // A late look: what ended within the last minute and is stored no more. Null when not known.
    const engine::EndedJob* find_recent(QueueId queue, const std::string& chosen_id) const;
    const engine::EndedJob* find_recent(JobSeq seq) const;

    // Calls those whose time is over, and forgets old ends.
    void advance(TimeMs now_ms);
    std::optional<TimeMs> next_deadline() const;
    std::size_t size() const { return waits_.size(); }

  private:
    using WaitId = std::uint64_t;
    struct Wait {
        JobSeq seq{};
        TimeMs until_ms = 0;
        const void* owner = nullptr;
        Callback callback;
    };

    void cancel(WaitId wait);

    WaitId next_id_ = 1;
    std::unordered_map<WaitId, Wait> waits_;
    std::unordered_multimap<JobSeq, WaitId> by_job_;
    std::multimap<TimeMs, WaitId> by_deadline_;
    std::unordered_multimap<const void*, WaitId> by_owner_;

    // Of jobs that are stored and can be pushed out by later ends, and of those that were removed at their end: the
    // former take no room from the latter, whose result is nowhere else.
    LateEnds stored_;
    LateEnds removed_;
};

}  // namespace swarmq::broker
