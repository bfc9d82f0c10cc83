// Keeps payloads in memory, so that jobs are delivered without a read: those of fresh jobs, and
// those that were read ahead because their jobs come next. Bounded, each for itself: when it is
// full, new jobs stay only until their turn is durable, and what was read ahead first makes room;
// what is not here is read from the store.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <unordered_map>

#include "model/changes.h"
#include "records.h"

namespace swarmq::broker {

class PayloadWindow {
  public:
    explicit PayloadWindow(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    void add(const JobRecord& record);
    // One that is stored, as it is stored.
    void add_ahead(JobSeq seq, storage::DeliverableJob&& job);
    // In place of what is here of the job.
    void replace(const JobRecord& record);
    // What is here of the job gets these contents; nothing for one that is not here.
    void patch(const JobPatch& patch);
    // Whether the job is to be erased when its turn is durable: there is no room, or it will not run soon.
    bool is_unwanted(const JobRecord& record) const {
        return bytes_ > bytes_max_ || record.due_ms != 0 || record.waits_first;
    }
    const storage::DeliverableJob* find(JobSeq seq) const;
    // Nothing happens when it is not here.
    void erase(JobSeq seq);

    // Of fresh jobs, and of those read ahead.
    std::size_t bytes() const { return bytes_; }
    std::size_t ahead_bytes() const { return ahead_bytes_; }
    std::size_t ahead_bytes_max() const { return bytes_max_ / kAheadShare; }

  private:
    static constexpr std::size_t kAheadShare = 8;

    struct Entry {
        storage::DeliverableJob job;
        bool is_ahead = false;
    };

    static std::size_t cost(const storage::DeliverableJob& job);
    std::size_t& bytes_of(const Entry& entry) { return entry.is_ahead ? ahead_bytes_ : bytes_; }
    void make_room_ahead();

    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    std::size_t ahead_bytes_ = 0;
    std::unordered_map<JobSeq, Entry> jobs_;
    std::deque<JobSeq> ahead_;  // As they were read; some may be gone.
};

}  // namespace swarmq::broker
