// One attempt that this worker holds: its job, whether it is still wanted, and whether it has ended.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

#include <swarmq/handler.h>

#include "request.h"

namespace swarmq::inline sdk {

class HandlerPool;

// Thread safe but for started_at, which belongs to the thread that runs the handler.
class Lease : public AttemptSink, public std::enable_shared_from_this<Lease> {
  public:
    Lease(ActiveJob job, std::shared_ptr<HandlerPool> pool)
        : job_(std::move(job)), pool_(std::move(pool)) {}

    const ActiveJob& job() const { return job_; }

    // The first reason counts.
    void cancel(CancelReason reason);
    // True for the one caller that may say how the attempt ended.
    bool claim_end() { return !is_ended_.exchange(true); }
    // The broker ended the attempt: whatever the handler says would be refused.
    bool is_lost() const {
        const auto reason = cancel_reason();
        return reason != CancelReason::None && reason != CancelReason::Stopping;
    }

    void progress(std::string text) override;
    CancelReason cancel_reason() const override { return reason_.load(); }
    bool wait_cancelled(Milliseconds longest) override;
    void finish(Outcome outcome) override;

    // A handler has begun.
    void note_start(SteadyTime now) {
        started_at = now;
        has_started_ = true;
    }
    bool has_started() const { return has_started_; }
    bool has_ended() const { return is_ended_; }

    SteadyTime started_at{};
    SteadyTime given_at{};  // To the pool, which guards it.

  private:
    const ActiveJob job_;
    const std::shared_ptr<HandlerPool> pool_;
    std::atomic<CancelReason> reason_{CancelReason::None};
    std::atomic<bool> has_started_{false};
    std::atomic<bool> is_ended_{false};
    std::mutex mutex_;  // With cancelled_, for those who wait.
    std::condition_variable cancelled_;
};

using LeasePtr = std::shared_ptr<Lease>;

}  // namespace swarmq::inline sdk
