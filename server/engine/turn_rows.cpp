// Counts the living statuses of each stored turn.
#include "engine/turn_rows.h"

#include <algorithm>
#include <utility>

#include "model/check.h"

namespace swarmq::engine {

void TurnRows::begin(TurnNumber turn) { current_ = turn; }

TurnRows::Row* TurnRows::find(TurnNumber turn) {
    const auto at = std::lower_bound(rows_.begin(), rows_.end(), turn,
                                     [](const Row& row, TurnNumber t) { return row.turn < t; });
    return at != rows_.end() && at->turn == turn ? &*at : nullptr;
}

void TurnRows::lose(TurnNumber turn) {
    if (turn == TurnNumber{}) return;
    Row* const row = find(turn);
    SWARMQ_CHECK_VALUES(row && row->live > 0, raw(turn), row ? 1 : 0);
    --row->live;
    --live_;
    if (row->live > 0 || turn == current_) return;
    dropped_.push_back(turn);
    stored_ -= row->jobs.size();
    std::vector<JobSeq>().swap(row->jobs);
    while (!rows_.empty() && rows_.front().live == 0 && rows_.front().turn != current_)
        rows_.pop_front();
}

void TurnRows::moved_here(JobSeq seq, TurnNumber old) {
    if (old == current_) return;
    if (rows_.empty() || rows_.back().turn != current_) rows_.push_back({current_, 0, {}});
    rows_.back().jobs.push_back(seq);
    ++rows_.back().live;
    ++stored_;
    ++live_;
    lose(old);
}

void TurnRows::gone(TurnNumber turn) { lose(turn); }

void TurnRows::recovered(JobSeq seq, TurnNumber turn, TurnNumber old) {
    const TurnNumber current = std::exchange(current_, turn);
    moved_here(seq, old);
    current_ = current;
}

std::vector<TurnNumber> TurnRows::take_dropped() {
    // A turn whose statuses were all superseded within itself is never written.
    if (!rows_.empty() && rows_.back().turn == current_ && rows_.back().live == 0) {
        stored_ -= rows_.back().jobs.size();
        rows_.pop_back();
    }
    return std::exchange(dropped_, {});
}

std::uint64_t TurnRows::live_in_current() const {
    return !rows_.empty() && rows_.back().turn == current_ ? rows_.back().live : 0;
}

}  // namespace swarmq::engine
