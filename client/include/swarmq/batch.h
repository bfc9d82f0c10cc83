// A handler for many jobs in one call, where the work is cheaper together than one by one: embeddings,
// inference, bulk writes. Testable without a broker like any handler: see FakeBatch in testing.h.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <swarmq/handler.h>

namespace swarmq::inline sdk {

// The jobs of one call, oldest first: 1..BatchOptions::jobs_max of them. Each has its own attempt, lease,
// timeout and cancellation. Used by one thread.
class JobBatch {
  public:
    using iterator = std::deque<JobContext>::iterator;

    std::size_t size() const { return jobs_.size(); }
    JobContext& operator[](std::size_t index) { return jobs_[index]; }
    iterator begin() { return jobs_.begin(); }
    iterator end() { return jobs_.end(); }

    // For workers and tests; `job` outlives the batch.
    void add(const ActiveJob& job, std::shared_ptr<AttemptSink> sink) {
        jobs_.emplace_back(job, std::move(sink));
    }

  private:
    std::deque<JobContext> jobs_;
};

// Answers one outcome for each job of the batch, in their order, so that some may fail and others not. An
// exception is the outcome of every job, as with a Handler; so is a wrong number of outcomes, as a failure.
// A job whose finisher was taken (JobContext::finish_later) ends with that; its outcome here is ignored.
using BatchHandler = std::function<std::vector<Outcome>(JobBatch&)>;

// When a call begins: as soon as a handler thread is free and jobs_min jobs are there, or fewer whose first has
// waited for longest_wait. Jobs that wait are held by this worker, their leases are renewed, and their
// timeouts begin with the call (R18).
struct BatchOptions {
    std::size_t jobs_max = 16;     // 1..1000.
    std::size_t jobs_min = 1;      // 1..jobs_max.
    Milliseconds longest_wait{0};  // 0..1 h; 0: a call begins with what is there.
};

}  // namespace swarmq::inline sdk
