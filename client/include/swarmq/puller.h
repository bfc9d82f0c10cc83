// Takes jobs without a handler: the caller decides when to take, and ends each job by hand.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <swarmq/connection.h>
#include <swarmq/handler.h>
#include <swarmq/queue.h>

namespace swarmq::inline sdk {

struct PullerOptions {
    std::vector<std::string> queues{};  // 1..64 names.
    Connection connection{};
    // How long a taken job stays its taker's without extend(): 1 s..1 day.
    Milliseconds lease{30'000};
};

// A job that was taken. Nobody renews its lease but extend(): a job that is not ended in time goes back
// to its queue, and counts as the loss of a worker. Thread safe.
class TakenJob {
  public:
    const ActiveJob& job() const;
    const std::string& id() const { return job().id; }
    const std::string& payload() const { return job().payload; }

    // Each ends the job, blocks until that is durable, and throws SwarmqError: StaleLease when the
    // lease was lost (nothing was changed), NotFound when the job is stored no more. The same answer
    // given again is a success. When a job that follows (Outcome::then) cannot be added now, the error says why
    // (QueueFull, DiskLow, MemoryLimit), nothing was changed, and the job is still held.
    void complete(std::string result = {}, std::string content_type = {});
    void fail(std::string reason);
    void release();
    void finish(Outcome outcome);
    void finish_async(Outcome outcome, Callback<void> done);

    // Renews the lease for its full length from now. Own error: StaleLease.
    void extend();
    // These renew the lease, too, and block until they are stored. Own errors: StaleLease, and TooLarge over
    // kProgressBytesMax and kCheckpointBytesMax. The rules of the log are those of JobContext::log; the checkpoint of
    // an attempt before is job().checkpoint.
    void update_progress(std::string json);
    void log(std::string_view text);
    void save_checkpoint(std::string data);

    // As those of JobContext (R13).
    std::vector<AddedFlow> add_children(std::vector<FlowJob> children);
    ChildPage children_page(std::uint32_t limit = 100, std::string cursor = {});

  private:
    friend class Puller;
    struct State;
    std::shared_ptr<State> state_;
};

// Thread safe.
class Puller {
  public:
    // Throws SwarmqError{InvalidArgument}.
    template <Text QueueName>
    explicit Puller(QueueName&& queue, Connection connection = Connection())
        : Puller(PullerOptions{.queues = {std::string(std::forward<QueueName>(queue))},
                               .connection = std::move(connection)}) {}
    explicit Puller(PullerOptions options);

    // Blocks until a job turns up, or until `wait` is over (nothing); 0: does not wait. At most 1 h.
    std::optional<TakenJob> take(Milliseconds wait = Milliseconds{0});
    // 1..1000 jobs: those that are there, or the first to turn up. Empty at the end of the wait.
    std::vector<TakenJob> take_many(std::size_t jobs_max, Milliseconds wait = Milliseconds{0});
    void take_async(std::size_t jobs_max, Milliseconds wait,
                    Callback<std::vector<TakenJob>> done);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace swarmq::inline sdk
