// Tells a user's Telemetry of adds and attempts, and lets none of its exceptions out.
#pragma once

#include "channel.h"

#include <swarmq/queue.h>
#include <swarmq/telemetry.h>

#include <mutex>
#include <vector>

namespace swarmq::inline sdk {

// `done`, so that it also ends the spans that this begins; `done` itself where there is no
// telemetry.
Callback<AddedJob> told(Channel& channel, Telemetry* telemetry, const std::string& queue,
                        NewJob& job, Callback<AddedJob> done);
Callback<JobResult> told(Channel& channel, Telemetry* telemetry, const std::string& queue,
                         NewJob& job, Callback<JobResult> done);
Callback<std::vector<AddedJob>> told(Channel& channel, Telemetry* telemetry,
                                     const std::string& queue, std::vector<NewJob>& jobs,
                                     Callback<std::vector<AddedJob>> done);

// Of every job of the flows.
Callback<std::vector<AddedFlow>> told(Channel& channel, Telemetry* telemetry,
                                      std::vector<FlowJob>& roots,
                                      Callback<std::vector<AddedFlow>> done);

// The span of one attempt. end() may come before handler_returned(); the user hears them in order.
class AttemptTelling {
  public:
    AttemptTelling(Telemetry& telemetry, const ActiveJob& job);

    void handler_returned();
    void end(const Outcome& outcome, CancelReason cancelled);

  private:
    struct Ended {
        Outcome outcome;
        CancelReason cancelled;
        std::chrono::nanoseconds took;
    };
    void tell_end(const Ended& ended);

    std::mutex mutex_;
    SteadyTime begun_;
    std::unique_ptr<AttemptSpan> span_;
    bool has_returned_ = false;
    std::optional<Ended> ended_;  // Before the handler has returned.
};

// Null where there is no telemetry.
std::unique_ptr<AttemptTelling> tell_attempt(Telemetry* telemetry, const ActiveJob& job);

}  // namespace swarmq::inline sdk
