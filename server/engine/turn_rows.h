// Which stored turns still say something: a turn's row may go when every status in it is superseded, and
// old rows that keep only a few are rewritten, as a log-structured file system cleans its segments.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "model/ids.h"

namespace swarmq::engine {

class TurnRows {
  public:
    TurnNumber current() const { return current_; }
    // At the end of recovery, or of a turn: the next one begins.
    void begin(TurnNumber turn);

    // A job's newest status is in the current turn now and no more in `old` (0: in none).
    void moved_here(JobSeq seq, TurnNumber old);
    // A job with a status in `turn` (0: none) is gone.
    void gone(TurnNumber turn);
    // Recovery: a stored status of `seq` in `turn` is its newest now, `old` held the one before.
    void recovered(JobSeq seq, TurnNumber turn, TurnNumber old);

    // True while much more is stored than lives.
    bool wants_cleaning() const { return stored_ > kStoredPerLive * live_ + kStoredFree; }
    // The oldest turn's jobs: those whose status is still there are to be written again.
    const std::vector<JobSeq>& oldest_jobs() const { return rows_.front().jobs; }
    TurnNumber oldest() const { return rows_.empty() ? current_ : rows_.front().turn; }

    // Turns whose rows may be deleted, since the last call. Never the current one.
    std::vector<TurnNumber> take_dropped();
    // Statuses of the current turn that still count.
    std::uint64_t live_in_current() const;
    std::uint64_t live() const { return live_; }

  private:
    static constexpr std::uint64_t kStoredPerLive = 4;
    static constexpr std::uint64_t kStoredFree = 10'000;

    struct Row {
        TurnNumber turn{};
        std::uint64_t live = 0;
        std::vector<JobSeq> jobs;
    };

    Row* find(TurnNumber turn);
    void lose(TurnNumber turn);

    TurnNumber current_{1};
    std::deque<Row> rows_;  // By turn; rows with nothing live stay until those before them are gone.
    std::vector<TurnNumber> dropped_;
    std::uint64_t stored_ = 0;
    std::uint64_t live_ = 0;
};

}  // namespace swarmq::engine
