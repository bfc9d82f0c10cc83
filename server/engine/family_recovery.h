// Puts families together again from what each of their jobs says of itself (R13, R34).
#pragma once

#include "engine/memory.h"

#include <map>
#include <vector>

namespace swarmq::engine {

class FamilyRecovery {
  public:
    explicit FamilyRecovery(Memory& memory) : memory_(memory) {}

    // By rising seq.
    void child(Slot slot, const JobRecord& record);
    // A job that was removed and whose children go, too.
    void condemned(JobSeq seq);
    // When every job has its state and every parent its counts.
    void finish();

  private:
    struct Child {
        Slot slot = kNone;
        JobSeq parent{};
    };

    FamilyIndex family_of(JobSeq parent);
    void check_counts(Slot parent);

    Memory& memory_;
    std::vector<Child> children_;
    std::map<JobSeq, FamilyIndex> condemned_;
};

}  // namespace swarmq::engine
