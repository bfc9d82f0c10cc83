// A journal that misbehaves by a seeded schedule, in the ways a real one can: tests of the broker
// run on it.
#pragma once

#include "journal.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <random>

namespace swarmq::storage {

enum class JournalFault : std::uint8_t {
    None,
    Delay,        // Waits, then appends.
    UnknownKept,  // Appends, then answers Unknown.
    UnknownLost,  // Answers Unknown without appending.
    Fenced,       // Answers NotOwner: someone else has claimed.
    Full,         // Answers DiskLow, nothing appended; later appends may succeed.
};

struct FaultyJournalOptions {
    std::uint64_t seed = 1;
    // Chances of an append to go so, each 0..1, together at most 1.
    double delay = 0;
    double unknown_kept = 0;
    double unknown_lost = 0;
    double fenced = 0;
    double full = 0;
    double sync_unknown = 0;          // Of a sync: it happened or not, evenly.
    std::function<void()> wait = {};  // What a delay does; empty: nothing.
};

class FaultyJournal : public Journal {
  public:
    FaultyJournal(Journal& journal, const FaultyJournalOptions& options);

    // The next append goes so, whatever the chances; further calls queue up behind.
    void schedule(JournalFault fault) { scheduled_.push_back(fault); }
    std::uint64_t faults() const { return faults_; }

    Result<Epoch> claim() override { return journal_.claim(); }
    Result<Position> append(const Batch& batch, Position expected) override;
    // Any append may be a delay.
    AppendWaits waits(const Batch&) const override { return AppendWaits::ForMore; }
    Result<> sync() override;
    Result<> checkpoint() override;
    Position last() const override { return journal_.last(); }
    Result<> read(Position after, const BatchVisitor& visit) const override {
        return journal_.read(after, visit);
    }
    Result<> truncate(Position upto) override { return journal_.truncate(upto); }

  private:
    JournalFault draw();
    Error end(Code code, const char* why);

    Journal& journal_;
    const FaultyJournalOptions options_;
    std::mt19937_64 random_;
    std::deque<JournalFault> scheduled_;
    std::optional<Error> ended_;  // After Unknown or NotOwner: the answer to everything.
    std::uint64_t faults_ = 0;
};

}  // namespace swarmq::storage
