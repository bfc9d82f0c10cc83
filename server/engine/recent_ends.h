// Remembers how attempts ended whose jobs are stored no more, so that the same answer of a worker, sent
// again, is still a success (R22). Bounded in number; the oldest go first.
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>

#include "engine/limits.h"
#include "model/ids.h"
#include "model/job.h"

namespace swarmq::engine {

class RecentEnds {
  public:
    void remember(LeaseToken token, AnswerKind answer) {
        if (!answers_.emplace(token, answer).second) return;
        order_.push_back(token);
        if (order_.size() <= kRecentEndsMax) return;
        answers_.erase(order_.front());
        order_.pop_front();
    }
    // AnswerKind::None when it is not known.
    AnswerKind find(LeaseToken token) const {
        const auto found = answers_.find(token);
        return found == answers_.end() ? AnswerKind::None : found->second;
    }

  private:
    std::deque<LeaseToken> order_;
    std::unordered_map<LeaseToken, AnswerKind> answers_;
};

}  // namespace swarmq::engine
