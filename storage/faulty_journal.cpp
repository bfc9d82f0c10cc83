// Draws the faults and commits them.
#include "faulty_journal.h"

namespace swarmq::storage {

FaultyJournal::FaultyJournal(Journal& journal, const FaultyJournalOptions& options)
    : journal_(journal), options_(options), random_(options.seed) {}

JournalFault FaultyJournal::draw() {
    double chance = std::uniform_real_distribution<double>{}(random_);
    if (!scheduled_.empty()) {
        const JournalFault fault = scheduled_.front();
        scheduled_.pop_front();
        return fault;
    }
    const std::pair<double, JournalFault> chances[] = {
        {options_.delay, JournalFault::Delay},
        {options_.unknown_kept, JournalFault::UnknownKept},
        {options_.unknown_lost, JournalFault::UnknownLost},
        {options_.fenced, JournalFault::Fenced},
        {options_.full, JournalFault::Full},
    };
    for (const auto& [share, fault] : chances) {
        if (chance < share) return fault;
        chance -= share;
    }
    return JournalFault::None;
}

Error FaultyJournal::end(Code code, const char* why) {
    ended_ = Error{code, why};
    return *ended_;
}

Result<Position> FaultyJournal::append(const Batch& batch, Position expected) {
    if (ended_) return *ended_;
    const JournalFault fault = draw();
    if (fault != JournalFault::None) ++faults_;
    switch (fault) {
        case JournalFault::Delay:
            if (options_.wait) options_.wait();
            break;
        case JournalFault::UnknownKept:
            if (auto appended = journal_.append(batch, expected); !appended.ok()) return appended;
            return end(Code::Unknown, "injected: the append was made, its answer was lost");
        case JournalFault::UnknownLost:
            return end(Code::Unknown, "injected: the append was lost before it was made");
        case JournalFault::Fenced:
            return end(Code::NotOwner, "injected: another owner has claimed the journal");
        case JournalFault::Full:
            return Error{Code::DiskLow, "injected: no room, nothing was appended"};
        case JournalFault::None:
            break;
    }
    return journal_.append(batch, expected);
}

Result<> FaultyJournal::sync() {
    if (ended_) return *ended_;
    if (std::uniform_real_distribution<double>{}(random_) >= options_.sync_unknown)
        return journal_.sync();
    ++faults_;
    if (random_() & 1)
        if (auto synced = journal_.sync(); !synced.ok()) return synced;
    return end(Code::Unknown, "injected: the sync's answer was lost");
}

Result<> FaultyJournal::checkpoint() {
    if (ended_) return *ended_;
    return journal_.checkpoint();
}

}  // namespace swarmq::storage
