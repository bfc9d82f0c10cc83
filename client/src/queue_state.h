// What the copies of a Queue share, and its calls in the form with a callback.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <swarmq/queue.h>

#include "channel.h"

namespace swarmq::inline sdk {

// The callbacks of these are called on the I/O thread, or by the caller's when a check fails.
struct Queue::State : std::enable_shared_from_this<Queue::State> {
    std::shared_ptr<Channel> channel;
    std::string name;
    JobOptions default_job;
    bool has_default_job = false;
    std::atomic<bool> is_closed{false};
    std::shared_ptr<Telemetry> telemetry;

    bool default_job_is_set() const;
    std::optional<Error> check_open() const;
    // Completes a job with the defaults and checks it.
    std::optional<Error> prepare(NewJob& job) const;

    void add(NewJob job, Callback<AddedJob> done, Channel::Room room);
    void add_all(std::vector<NewJob> jobs, Callback<std::vector<AddedJob>> done,
                 Channel::Room room);
    void get(std::string id, Callback<Job> done, Channel::Room room);
    void metrics(MetricsOptions options, Callback<QueueMetrics> done, Channel::Room room);
    // With `keep` it is cancelled and its record stays.
    void remove(std::string id, bool keep, Callback<bool> done, Channel::Room room);
    void upsert_scheduler(std::string key, const Repeat& repeat, NewJob job,
                          std::uint32_t next_ticks, Callback<Scheduler> done, Channel::Room room);
    void wait(std::string id, Milliseconds timeout, Callback<JobResult> done, Channel::Room room);
    void add_and_wait(NewJob job, Milliseconds timeout, Callback<JobResult> done,
                      Channel::Room room);
};

// Asks for one job; Queue and Admin both do.
void request_job(Channel& channel, std::string queue, std::string id, bool with_payload,
                 Callback<Job> done, Channel::Room room);
void request_metrics(Channel& channel, std::string queue, MetricsOptions options,
                     Callback<QueueMetrics> done, Channel::Room room);

}  // namespace swarmq::inline sdk
