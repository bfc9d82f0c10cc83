// One attempt that this worker holds: its job, whether it is still wanted, and whether it has ended.
#pragma once

#include <atomic>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <swarmq/handler.h>

#include "request.h"

namespace swarmq::inline sdk {

class AttemptTelling;
class Channel;
class HandlerPool;

// What a handler said and the broker has not heard yet. Bounded: of each kind only what the broker would keep.
struct Notes {
    std::optional<std::string> progress;    // The latest.
    std::list<std::string> log_lines;       // The newest kLogLinesMax; empty it takes no memory.
    std::optional<std::string> checkpoint;  // The newest.

    bool is_empty() const { return !progress && log_lines.empty() && !checkpoint; }
    std::size_t bytes() const;
};

// Thread safe but for started_at, which belongs to the thread that runs the handler.
class Lease : public AttemptSink, public std::enable_shared_from_this<Lease> {
  public:
    // `channel` is gone when the worker's connection is.
    Lease(ActiveJob job, std::shared_ptr<HandlerPool> pool, std::weak_ptr<Channel> channel = {});
    ~Lease() override;

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
    void log(std::string line) override;
    void save_checkpoint(std::string data) override;
    std::vector<AddedFlow> add_children(std::vector<FlowJob> children) override;
    ChildPage children(std::uint32_t limit, std::string cursor) override;
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

    // What was noted since the last time.
    Notes take_notes();
    // Nothing but log lines is there, which may as well go with the end of the attempt.
    bool has_only_lines() const;
    // These were taken and not heard: they are older than what was noted since.
    void note_again(Notes older);

    SteadyTime started_at{};
    SteadyTime given_at{};  // To the pool, which guards it.
    // Set before the handler begins, where someone wants to be told; thread safe.
    std::unique_ptr<AttemptTelling> telling;

  private:
    template <class Set>
    void note(Set set);
    std::shared_ptr<Channel> open_channel() const;

    const ActiveJob job_;
    const std::shared_ptr<HandlerPool> pool_;
    const std::weak_ptr<Channel> channel_;
    std::atomic<CancelReason> reason_{CancelReason::None};
    std::atomic<bool> has_started_{false};
    std::atomic<bool> is_ended_{false};
    mutable std::mutex mutex_;  // With cancelled_, for those who wait, and for notes_.
    std::condition_variable cancelled_;
    Notes notes_;
    std::atomic<bool> is_noted_{false};  // The pool knows that there are notes.
};

using LeasePtr = std::shared_ptr<Lease>;

}  // namespace swarmq::inline sdk
