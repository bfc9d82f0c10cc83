// The ends of the last minute, for those who ask late (R10). Owner: the broker's loop.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

#include "engine/effects.h"

namespace swarmq::broker {

// Keeps each end for 60 s, or until 20,000 others or 16 MiB of results came after it.
class LateEnds {
  public:
    void remember(engine::EndedJob&& ended, TimeMs now_ms);
    // Null when not known (any more). Valid until the next call that is not const.
    const engine::EndedJob* find(QueueId queue, const std::string& chosen_id) const;
    const engine::EndedJob* find(JobSeq seq) const;
    void forget_old(TimeMs now_ms);

  private:
    struct Recent {
        TimeMs until_ms = 0;
        std::size_t bytes = 0;
        engine::EndedJob ended;
    };

    static std::string chosen_key(QueueId queue, const std::string& chosen_id);
    void forget_oldest();

    std::deque<Recent> recent_;
    std::uint64_t forgotten_ = 0;  // How many have left the front of `recent_`.
    std::size_t bytes_ = 0;
    std::unordered_map<JobSeq, std::uint64_t> by_seq_;  // To forgotten_ + index.
    std::unordered_map<std::string, JobSeq> by_chosen_id_;
};

}  // namespace swarmq::broker
