// Keeps the payloads of fresh jobs in memory, so that they are delivered without a read. Bounded: when it
// is full, new jobs stay only until their turn is durable; what is not here is read from the store.
#pragma once

#include <cstddef>
#include <optional>
#include <unordered_map>

#include "model/changes.h"
#include "records.h"

namespace swarmq::broker {

class PayloadWindow {
  public:
    explicit PayloadWindow(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    void add(const JobRecord& record);
    // In place of what is here of the job.
    void replace(const JobRecord& record);
    // What is here of the job gets these contents; nothing for one that is not here.
    void patch(const JobPatch& patch);
    // Whether the job is to be erased when its turn is durable: there is no room, or it will not run soon.
    bool is_unwanted(const JobRecord& record) const {
        return bytes_ > bytes_max_ || record.due_ms != 0 || record.waits_first;
    }
    // Takes it out. Nothing when it is not here.
    std::optional<storage::DeliverableJob> take(JobSeq seq);
    const storage::DeliverableJob* find(JobSeq seq) const;
    void erase(JobSeq seq) { take(seq); }

    std::size_t bytes() const { return bytes_; }

  private:
    static std::size_t cost(const storage::DeliverableJob& job);

    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    std::unordered_map<JobSeq, storage::DeliverableJob> jobs_;
};

}  // namespace swarmq::broker
