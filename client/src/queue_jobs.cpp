// What a producer asks about jobs that are there: their state, their results, their removal.
#include <algorithm>
#include <utility>

#include "call.h"
#include "convert.h"
#include "queue_state.h"
#include "telling.h"
#include "validate.h"

namespace swarmq::inline sdk {
namespace {

constexpr std::uint32_t kHistoryMinutesMax = 120;

}  // namespace

bool Queue::State::default_job_is_set() const {
    const auto& job = default_job;
    return job.priority || job.lifo || job.delay || job.run_at || job.attempts || job.backoff ||
           job.timeout || job.ttl || job.max_stalled || job.remove_on_complete ||
           job.remove_on_fail || job.on_failure || job.deduplication || !job.key.empty() ||
           !job.headers.empty() || !job.tags.empty();
}

void request_job(Channel& channel, std::string queue, std::string id, bool with_payload,
                 Callback<Job> done, Channel::Room room) {
    if (auto error = check_name("job id", id)) return done(std::move(*error));
    auto request = make_request(channel, Request::Kind::Read);
    auto& get = *request->envelope.mutable_get_job();
    get.set_queue(std::move(queue));
    get.set_id(std::move(id));
    get.set_without_payload(!with_payload);
    send_request<Job>(channel, std::move(request), room, std::move(done),
                      [](v1::Envelope& answer) -> Result<Job> {
                          if (!answer.has_get_job_result()) {
                              return unexpected_answer("GetJobResult", answer);
                          }
                          return to_job(*answer.mutable_get_job_result()->mutable_job());
                      });
}

void request_metrics(Channel& channel, std::string queue, MetricsOptions options,
                     Callback<QueueMetrics> done, Channel::Room room) {
    if (options.history_minutes > kHistoryMinutesMax) {
        return done(Error{Code::InvalidArgument,
                          "history_minutes is " + std::to_string(options.history_minutes) +
                              "; it must be 0..120"});
    }
    auto request = make_request(channel, Request::Kind::Read);
    auto& get = *request->envelope.mutable_get_queue_metrics();
    get.set_queue(std::move(queue));
    get.set_by_name(options.by_name);
    get.set_history_minutes(options.history_minutes);
    send_request<QueueMetrics>(channel, std::move(request), room, std::move(done),
                               [](v1::Envelope& answer) -> Result<QueueMetrics> {
                                   if (!answer.has_queue_metrics()) {
                                       return unexpected_answer("QueueMetrics", answer);
                                   }
                                   return to_metrics(answer.queue_metrics());
                               });
}

void Queue::State::get(std::string id, Callback<Job> done, Channel::Room room) {
    if (auto error = check_open()) return done(std::move(*error));
    request_job(*channel, name, std::move(id), true, std::move(done), room);
}

void Queue::State::metrics(MetricsOptions options, Callback<QueueMetrics> done,
                           Channel::Room room) {
    if (auto error = check_open()) return done(std::move(*error));
    request_metrics(*channel, name, options, std::move(done), room);
}

void Queue::State::remove(std::string id, bool keep, Callback<bool> done, Channel::Room room) {
    if (auto error = check_open()) return done(std::move(*error));
    if (auto error = check_name("job id", id)) return done(std::move(*error));
    auto request = make_request(*channel, Request::Kind::Change);
    request->envelope.mutable_remove_jobs()->set_queue(name);
    request->envelope.mutable_remove_jobs()->add_ids(std::move(id));
    request->envelope.mutable_remove_jobs()->set_keep(keep);
    send_request<bool>(*channel, std::move(request), room, std::move(done),
                       [](v1::Envelope& answer) -> Result<bool> {
                           const auto& statuses = answer.remove_jobs_result().statuses();
                           if (statuses.size() != 1) {
                               return unexpected_answer("RemoveJobsResult", answer);
                           }
                           const Error error = to_error(statuses[0]);
                           if (error.code == Code::Ok) return true;
                           if (error.code == Code::NotFound) return false;
                           if (error.code == Code::WrongState) return false;
                           return error;
                       });
}

void Queue::State::wait(std::string id, Milliseconds timeout, Callback<JobResult> done,
                        Channel::Room room) {
    if (auto error = check_open()) return done(std::move(*error));
    if (auto error = check_name("job id", id)) return done(std::move(*error));
    if (auto error = check_wait(timeout)) return done(std::move(*error));
    auto request = make_request(*channel, Request::Kind::Read, timeout);
    auto& wait = *request->envelope.mutable_wait_result();
    wait.set_queue(name);
    wait.set_id(id);
    wait.set_timeout_ms(static_cast<std::uint64_t>(timeout.count()));
    send_request<JobResult>(*channel, std::move(request), room, std::move(done),
                            [id = std::move(id)](v1::Envelope& answer) -> Result<JobResult> {
                                if (!answer.has_job_result()) {
                                    return unexpected_answer("JobResult", answer);
                                }
                                return to_job_result(*answer.mutable_job_result(), id);
                            });
}

// Recognised when it is sent again after a lost connection, the add is answered without a result, and when
// other large results were there first, with a cut one: the wait then goes on by id.
void Queue::State::add_and_wait(NewJob job, Milliseconds timeout, Callback<JobResult> done,
                                Channel::Room room) {
    done = told(*channel, telemetry.get(), name, job, std::move(done));
    if (auto error = check_wait(timeout)) return done(std::move(*error));
    if (auto error = prepare(job)) return done(std::move(*error));
    auto request = make_request(*channel, Request::Kind::Change, timeout);
    auto& adds = *request->envelope.mutable_add_jobs();
    adds.set_queue(name);
    adds.set_wait_ms(static_cast<std::uint64_t>(timeout.count()));
    adds.mutable_jobs()->AddAllocated(
        to_proto(std::move(job.name), std::move(job.payload), std::move(job.options)).release());
    request->done = [self = shared_from_this(), timeout, started = request->submitted,
                     done = std::move(done)](Result<v1::Envelope*> answer) {
        if (!answer.ok()) return done(answer.error());
        auto& added = *(*answer)->mutable_add_jobs_result();
        if (added.jobs_size() != 1) return done(unexpected_answer("AddJobsResult", **answer));
        const std::string& id = added.jobs(0).id();
        if (added.results_size() == 1 && !added.results(0).is_cut()) {
            return done(to_job_result(*added.mutable_results(0), id));
        }
        const auto spent = std::chrono::duration_cast<Milliseconds>(
            std::chrono::steady_clock::now() - started);
        self->wait(id, std::max(timeout - spent, Milliseconds{1}), done, Channel::Room::Refuse);
    };
    channel->submit(std::move(request), room);
}

Job Queue::get_job(std::string id) {
    return block_on<Job>(*state_->channel, [&](Callback<Job> done, Channel::Room room) {
        state_->get(std::move(id), std::move(done), room);
    });
}

std::future<Job> Queue::get_job_future(std::string id) {
    return future_of<Job>([&](Callback<Job> done, Channel::Room room) {
        state_->get(std::move(id), std::move(done), room);
    });
}

void Queue::get_job_async(std::string id, Callback<Job> done) {
    state_->get(std::move(id), on_callback_thread(*state_->channel, std::move(done)),
                Channel::Room::Refuse);
}

QueueMetrics Queue::get_metrics(MetricsOptions options) {
    return block_on<QueueMetrics>(*state_->channel, [&](Callback<QueueMetrics> done, Channel::Room room) {
        state_->metrics(options, std::move(done), room);
    });
}

void Queue::get_metrics_async(Callback<QueueMetrics> done) {
    get_metrics_async(MetricsOptions(), std::move(done));
}

void Queue::get_metrics_async(MetricsOptions options, Callback<QueueMetrics> done) {
    state_->metrics(options, on_callback_thread(*state_->channel, std::move(done)),
                    Channel::Room::Refuse);
}

bool Queue::remove_job(std::string id) {
    return block_on<bool>(*state_->channel, [&](Callback<bool> done, Channel::Room room) {
        state_->remove(std::move(id), false, std::move(done), room);
    });
}

void Queue::remove_job_async(std::string id, Callback<bool> done) {
    state_->remove(std::move(id), false, on_callback_thread(*state_->channel, std::move(done)),
                   Channel::Room::Refuse);
}

bool Queue::cancel_job(std::string id) {
    return block_on<bool>(*state_->channel, [&](Callback<bool> done, Channel::Room room) {
        state_->remove(std::move(id), true, std::move(done), room);
    });
}

void Queue::cancel_job_async(std::string id, Callback<bool> done) {
    state_->remove(std::move(id), true, on_callback_thread(*state_->channel, std::move(done)),
                   Channel::Room::Refuse);
}

JobResult Queue::wait_result(std::string id, Milliseconds timeout) {
    return block_on<JobResult>(*state_->channel, [&](Callback<JobResult> done, Channel::Room room) {
        state_->wait(std::move(id), timeout, std::move(done), room);
    });
}

std::future<JobResult> Queue::wait_result_future(std::string id, Milliseconds timeout) {
    return future_of<JobResult>([&](Callback<JobResult> done, Channel::Room room) {
        state_->wait(std::move(id), timeout, std::move(done), room);
    });
}

void Queue::wait_result_async(std::string id, Milliseconds timeout, Callback<JobResult> done) {
    state_->wait(std::move(id), timeout, on_callback_thread(*state_->channel, std::move(done)),
                 Channel::Room::Refuse);
}

JobResult Queue::add_and_wait(std::string name, std::string payload, JobOptions options,
                              Milliseconds timeout) {
    NewJob job{std::move(name), std::move(payload), std::move(options)};
    return block_on<JobResult>(*state_->channel, [&](Callback<JobResult> done, Channel::Room room) {
        state_->add_and_wait(std::move(job), timeout, std::move(done), room);
    });
}

void Queue::add_and_wait_async(std::string name, std::string payload, JobOptions options,
                               Milliseconds timeout, Callback<JobResult> done) {
    state_->add_and_wait({std::move(name), std::move(payload), std::move(options)}, timeout,
                         on_callback_thread(*state_->channel, std::move(done)),
                         Channel::Room::Refuse);
}

}  // namespace swarmq::inline sdk
