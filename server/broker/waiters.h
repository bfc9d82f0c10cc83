// Those who wait for the end of a job, and the ends of the last minute for those who ask late (R10).
// Owner: the broker's loop.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

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
    struct Recent {
        TimeMs until_ms = 0;
        std::size_t bytes = 0;
        engine::EndedJob ended;
    };

    void cancel(WaitId wait);
    static std::string chosen_key(QueueId queue, const std::string& chosen_id);
    void remember(engine::EndedJob&& ended, TimeMs now_ms);
    void forget_oldest();

    WaitId next_id_ = 1;
    std::unordered_map<WaitId, Wait> waits_;
    std::unordered_multimap<JobSeq, WaitId> by_job_;
    std::multimap<TimeMs, WaitId> by_deadline_;
    std::unordered_multimap<const void*, WaitId> by_owner_;

    std::deque<Recent> recent_;
    std::uint64_t forgotten_ = 0;  // How many have left the front of `recent_`.
    std::size_t recent_bytes_ = 0;
    std::unordered_map<JobSeq, std::uint64_t> recent_by_seq_;  // To forgotten_ + index.
    std::unordered_map<std::string, JobSeq> recent_by_chosen_id_;
};

}  // namespace swarmq::broker
