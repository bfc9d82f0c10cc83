// A hook for tracing: told of every add, whose headers it may complete, and of every attempt
// (R17b).
#pragma once

#include <swarmq/handler.h>
#include <swarmq/job.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace swarmq::inline sdk {

struct AddEnd {
    std::string id{};  // Of the job; empty with an error.
    AddedJob::Outcome outcome = AddedJob::Outcome::Added;
    std::optional<Error> error{};      // The add was refused, or its end is not known.
    std::chrono::nanoseconds took{0};  // From the call to the broker's answer.
};

// One add, from before it is sent until it is answered.
class AddSpan {
  public:
    virtual ~AddSpan() = default;
    // Once, on the connection's callback thread.
    virtual void end(const AddEnd& end) = 0;
};

struct AttemptEnd {
    const Outcome& outcome;  // What the handler answered, or what its exception means.
    // Not None: it was not wanted any more, and the outcome was dropped.
    CancelReason cancelled = CancelReason::None;
    std::chrono::nanoseconds took{0};  // From the handler's start to its end, or to its finisher's.
};

// One attempt. For a job taken by hand it ends when its end was accepted.
class AttemptSpan {
  public:
    // Without an end(): the attempt was given up, for example because a taken job was dropped.
    virtual ~AttemptSpan() = default;
    // On the thread that called the handler, when that has returned: before end(), also where a
    // finisher is kept.
    virtual void handler_returned() {}
    // Once, on whatever thread ended the attempt.
    virtual void end(const AttemptEnd& end) = 0;
};

// Given to a Connection, or to one Queue or Worker in its place. Called from many threads at once;
// calls are part of what they tell of, so they should be short. What they throw is ignored. A null
// span: not interested.
class Telemetry {
  public:
    virtual ~Telemetry() = default;

    // On the caller's thread, for each job of add_job, add_jobs, add_and_wait (which ends with its
    // wait) and of flows, before its headers are checked: `headers` are those of the job, and may be added
    // to, most often `traceparent`. Attention: jobs that schedulers and the broker add have the
    // headers they were set up with.
    virtual std::unique_ptr<AddSpan> add(const std::string& queue, const std::string& name,
                                         std::map<std::string, std::string>& headers);

    // On the thread that is about to call the handler; for a batch, of each of its jobs. The job
    // has the headers of its producer, untouched.
    virtual std::unique_ptr<AttemptSpan> attempt(const ActiveJob& job);
};

}  // namespace swarmq::inline sdk
