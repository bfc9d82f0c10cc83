// What a handler sees of its job and how it answers. A handler is a plain function of a JobContext, so
// it can be tested without a broker: see testing.h.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <swarmq/flow.h>
#include <swarmq/job.h>
#include <swarmq/options.h>
#include <swarmq/payload.h>

namespace swarmq::inline sdk {

// The longest progress a job can have, in bytes.
inline constexpr std::size_t kProgressBytesMax = 4 * 1024;
// The largest checkpoint, in bytes.
inline constexpr std::size_t kCheckpointBytesMax = 1024 * 1024;

// The longest hold of a queue or a key.
inline constexpr Milliseconds kHoldMax{30LL * 86'400'000};

// Jobs that follow one attempt.
inline constexpr std::size_t kFollowUpsMax = 100;

// A job that is added in the step that ends another one.
struct FollowUp {
    std::string queue;
    NewJob job;
};

// How a handler ends its attempt.
class Outcome {
  public:
    enum class Kind { Complete, Fail, Unrecoverable, RetryIn, Delay, Release, WaitForChildren };

    // Success with nothing to say.
    Outcome() = default;
    // Success with these bytes as the result, at most 1 MiB.
    Outcome(std::string result) : text_(std::move(result)) {}
    Outcome(std::string_view result) : text_(result) {}
    Outcome(const char* result) : text_(result) {}

    // An empty content type means JSON, by convention; at most 128 bytes.
    static Outcome complete(std::string result = {}, std::string content_type = {});
    template <class Json>
    static Outcome json(const Json& value) {
        return complete(json_bytes(value));
    }
    template <class Message>
    static Outcome proto(const Message& message) {
        return complete(proto_bytes(message), "application/x-protobuf");
    }

    // A failed attempt; the job's attempts and backoff decide what follows. A reason over 16 KiB is
    // cut. unrecoverable: no further attempt, whatever they say. retry_in: the next attempt, if there
    // is one, starts after this long instead of the backoff.
    static Outcome fail(std::string reason);
    static Outcome unrecoverable(std::string reason);
    static Outcome retry_in(Milliseconds delay, std::string reason);

    // No attempt is counted: run the job again after this long, or hand it back to the head of its
    // priority at once.
    static Outcome delay(Milliseconds delay);
    static Outcome release();
    // No attempt is counted: run the job again when none of its children is pending, at once if none is; it fails when
    // a child with OnChildFailure::FailParent has failed meanwhile (R13). Look at JobContext::children_ended() first:
    // a handler that always answers this runs for ever.
    static Outcome wait_for_children();

    // The job that follows (R13): added in the same atomic step, with a success, and with a failure when it is the last;
    // else not at all. At most kFollowUpsMax, in any queues. An id that is stored already adds nothing. One that the
    // broker has no room for just now (QueueFull, DiskLow) is tried again while this worker keeps the job; one that can
    // never be added makes the attempt fail.
    Outcome&& then(std::string queue, NewJob job) &&;
    const std::vector<FollowUp>& follow_ups() const { return follow_ups_; }
    std::vector<FollowUp> take_follow_ups() && { return std::move(follow_ups_); }

    // The service behind the handler said "not now" (HTTP 429): the job goes back to the head of its
    // priority, no attempt is counted, and for this long nothing begins of its key, or of its queue
    // when it has no key.
    static Outcome rate_limited(Milliseconds hold);

    // With any outcome: nothing of the job's queue, or of its key, begins for this long, at most
    // kHoldMax; a longer hold that is there already stays. A key that is not there holds nothing.
    Outcome&& hold_queue(Milliseconds length) &&;
    Outcome&& hold_key(Milliseconds length) &&;

    Milliseconds queue_hold() const { return queue_hold_; }
    Milliseconds key_hold() const { return key_hold_; }
    bool is_rate_limited() const { return is_rate_limited_; }
    Kind kind() const { return kind_; }
    const std::string& result() const { return text_; }
    const std::string& reason() const { return text_; }
    const std::string& content_type() const { return content_type_; }
    Milliseconds wait() const { return wait_; }
    std::string take_text() && { return std::move(text_); }
    std::string take_content_type() && { return std::move(content_type_); }

  private:
    Kind kind_ = Kind::Complete;
    std::string text_;  // The result, or the reason of a failure.
    std::string content_type_;
    Milliseconds wait_{0};
    Milliseconds queue_hold_{0};
    Milliseconds key_hold_{0};
    bool is_rate_limited_ = false;  // key_hold_ is the queue's for a job without a key.
    std::vector<FollowUp> follow_ups_;
};

// The same by exception. Any other std::exception fails the attempt with its what().
class UnrecoverableFailure : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};
class RetryIn : public std::runtime_error {
  public:
    RetryIn(Milliseconds delay, const std::string& reason)
        : std::runtime_error(reason), delay_(delay) {}
    Milliseconds delay() const { return delay_; }

  private:
    Milliseconds delay_;
};
class DelayJob : public std::runtime_error {
  public:
    explicit DelayJob(Milliseconds delay) : std::runtime_error("delay this job"), delay_(delay) {}
    Milliseconds delay() const { return delay_; }

  private:
    Milliseconds delay_;
};

class WaitForChildren : public std::runtime_error {
  public:
    WaitForChildren() : std::runtime_error("wait for my children") {}
};

class RateLimited : public std::runtime_error {
  public:
    explicit RateLimited(Milliseconds hold) : std::runtime_error("rate limited"), hold_(hold) {}
    Milliseconds hold() const { return hold_; }

  private:
    Milliseconds hold_;
};

// Why an attempt is over although its handler still runs; what it returns will be refused.
enum class CancelReason {
    None,
    Cancelled,  // Someone removed or cancelled the job.
    LeaseLost,  // The broker gave the job away: this worker was not heard of for too long.
    TimedOut,   // The attempt ran longer than the job's timeout.
    Stopping,   // This worker is stopping and its grace time is over; the job goes back.
};

// The job of one attempt, as it was delivered.
struct ActiveJob {
    std::string id;
    std::string queue;
    std::string name;
    std::string payload;
    // Larger than every token given before: a store that refuses smaller tokens than it has seen is
    // safe from a handler that lost its lease without noticing.
    std::uint64_t token = 0;
    std::uint32_t attempt = 1;  // 1 for the first.
    std::uint32_t attempts_max = 1;
    std::uint32_t stalls = 0;
    int priority = kPriorityNormal;
    std::string key{};  // As the producer gave it; empty: none.
    WallTime created_at{};
    Milliseconds lease{0};
    // 0: none. In a worker it runs from the handler's start (R16, R18), however long the job was held ahead;
    // for a job taken by hand from when the broker gave it.
    Milliseconds timeout{0};
    std::map<std::string, std::string> headers{};
    std::vector<std::string> tags{};
    // The newest checkpoint of an attempt before this one; not set: none was saved (R20).
    std::optional<std::string> checkpoint{};
    // Of the job's children, when it was delivered: how many had ended, and how many had not (R13).
    std::uint32_t children_ended = 0;
    std::uint32_t children_pending = 0;
};

// Where an attempt's words go: the broker, or a test. Implementations are thread safe.
class AttemptSink {
  public:
    virtual ~AttemptSink() = default;
    virtual void progress(std::string text) = 0;
    virtual void log(std::string line) = 0;
    virtual void save_checkpoint(std::string data) = 0;
    // These two ask the broker, block, and throw SwarmqError.
    virtual std::vector<AddedFlow> add_children(std::vector<FlowJob> children) = 0;
    virtual ChildPage children(std::uint32_t limit, std::string cursor) = 0;
    virtual CancelReason cancel_reason() const = 0;
    // Blocks until the attempt is cancelled (true) or the time is over (false).
    virtual bool wait_cancelled(Milliseconds longest) = 0;
    virtual void finish(Outcome outcome) = 0;
};

// Says whether the attempt is still wanted. Thread safe; may outlive the handler.
class CancellationToken {
  public:
    explicit CancellationToken(std::shared_ptr<AttemptSink> sink) : sink_(std::move(sink)) {}

    bool is_cancelled() const { return reason() != CancelReason::None; }
    CancelReason reason() const { return sink_->cancel_reason(); }
    // A sleep that ends early, and returns true, when the attempt is cancelled.
    bool wait_for(Milliseconds longest) const { return sink_->wait_cancelled(longest); }

  private:
    std::shared_ptr<AttemptSink> sink_;
};

// Ends an attempt later, from any thread. The first call counts; a finisher that is destroyed without
// one fails the attempt. Until then it may also say what JobContext can, by the same rules.
class Finisher {
  public:
    explicit Finisher(std::shared_ptr<AttemptSink> sink) : sink_(std::move(sink)) {}
    Finisher(Finisher&&) = default;
    Finisher& operator=(Finisher&&) = delete;
    ~Finisher();

    void finish(Outcome outcome);

    void update_progress(int percent);
    void update_progress(std::string json);
    void log(std::string_view text);
    void save_checkpoint(std::string data);

  private:
    std::shared_ptr<AttemptSink> sink_;
};

// A handler's view of its job. Used by one thread; its cancellation token and finisher by any.
class JobContext {
  public:
    JobContext(const ActiveJob& job, std::shared_ptr<AttemptSink> sink)
        : job_(job), sink_(std::move(sink)) {}
    JobContext(const JobContext&) = delete;

    const ActiveJob& job() const { return job_; }
    const std::string& id() const { return job_.id; }
    const std::string& queue() const { return job_.queue; }
    const std::string& name() const { return job_.name; }
    const std::string& payload() const { return job_.payload; }
    std::uint64_t token() const { return job_.token; }
    std::uint32_t attempt() const { return job_.attempt; }
    std::uint32_t attempts_max() const { return job_.attempts_max; }

    // The payload as a protobuf message, or a JSON value of a type with a static parse().
    template <class T>
    T payload_as() const {
        if constexpr (requires(T value) { value.ParseFromArray(nullptr, 0); }) {
            return proto_from<T>(job_.payload);
        } else {
            return json_from<T>(job_.payload);
        }
    }

    // Percent 0..100, or any text of at most kProgressBytesMax, by convention JSON. Seen by others at
    // once. Does not block; newer values overtake older ones that were not sent yet; after a lost
    // lease it has no effect. Throws SwarmqError{TooLarge}.
    void update_progress(int percent);
    void update_progress(std::string json);

    // Lines for the job's log (R20), one for each line of the text: the newest 100 of a job are kept, over all its
    // attempts, whatever becomes of them. A line longer than 4 KiB is cut. Does not block; what was said before the
    // attempt ends is stored with its end at the latest; after a lost lease it has no effect.
    void log(std::string_view text);

    // What a later attempt of this job is to know, any bytes; it takes the place of the checkpoint before, and goes
    // when the job completes (R20). Does not block, and is stored before the attempt ends; only the newest counts.
    // Throws SwarmqError{TooLarge} over kCheckpointBytesMax.
    void save_checkpoint(std::string data);
    // The newest checkpoint of an attempt before this one; nothing when none was saved.
    const std::optional<std::string>& checkpoint() const { return job_.checkpoint; }

    // How many children the job had, when it was delivered, that had ended, and that had not (R13).
    std::uint32_t children_ended() const { return job_.children_ended; }
    std::uint32_t children_pending() const { return job_.children_pending; }
    // Adds children to this job while it runs, and theirs, in any queues, all or none; answers when they are durable.
    // The handler goes on, and may end with Outcome::wait_for_children(). Choose their ids, or look at children_ended() and
    // children_pending() first: a later attempt would add them again. Blocks and throws as FlowProducer::add_flow; also
    // StaleLease when the lease was lost, TooLarge over 10,000 children in all.
    std::vector<AddedFlow> add_children(std::vector<FlowJob> children) {
        return sink_->add_children(std::move(children));
    }
    AddedFlow add_child(FlowJob child);
    // How the children that have ended did, by index: all of them, however large. Blocks; throws SwarmqError.
    std::vector<ChildOutcome> children();
    // The same in pages: limit 1..1000, cursor of the page before or empty.
    ChildPage children_page(std::uint32_t limit = 100, std::string cursor = {}) {
        return sink_->children(limit, std::move(cursor));
    }

    bool is_cancelled() const { return sink_->cancel_reason() != CancelReason::None; }
    CancellationToken cancellation() const { return CancellationToken(sink_); }

    // From now on the finisher ends the attempt; what the handler returns or throws is ignored. The
    // lease is kept, and the job counts towards the concurrency, until then. Call it once.
    Finisher finish_later();
    bool is_finished_later() const { return is_finished_later_; }

  private:
    const ActiveJob& job_;
    std::shared_ptr<AttemptSink> sink_;
    bool is_finished_later_ = false;
};

using Handler = std::function<Outcome(JobContext&)>;

}  // namespace swarmq::inline sdk
