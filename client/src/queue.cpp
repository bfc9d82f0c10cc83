// Adds and looks: every call is written once, with a callback, and its other forms are made of it.
#include "queue_state.h"

#include <utility>

#include "call.h"
#include "convert.h"
#include "telling.h"
#include "validate.h"

namespace swarmq::inline sdk {
namespace {

Error closed_error(const std::string& queue) {
    return {Code::Unavailable, "this handle of queue '" + queue + "' was closed"};
}

// About what it takes in a frame.
std::size_t bytes_of(const NewJob& job) {
    constexpr std::size_t kOtherFields = 256;
    const JobOptions& options = job.options;
    std::size_t bytes = job.payload.size() + job.name.size() + options.id.size() + options.key.size() + kOtherFields;
    for (const auto& [name, value] : options.headers) bytes += name.size() + value.size() + 16;
    for (const auto& tag : options.tags) bytes += tag.size() + 4;
    return bytes;
}

}  // namespace

Queue::Queue(QueueOptions options) {
    require(check_name("queue", options.name));
    require(check_options(options.default_job));
    state_ = std::make_shared<State>();
    state_->channel = options.connection.channel();
    state_->name = std::move(options.name);
    state_->telemetry = options.telemetry ? std::move(options.telemetry)
                                          : state_->channel->options().telemetry;
    state_->default_job = std::move(options.default_job);
    state_->has_default_job = state_->default_job_is_set();
}

const std::string& Queue::name() const { return state_->name; }

void Queue::close() { state_->is_closed = true; }

std::optional<Error> Queue::State::check_open() const {
    if (is_closed) return closed_error(name);
    return std::nullopt;
}

std::optional<Error> Queue::State::prepare(NewJob& job) const {
    if (auto error = check_open()) return error;
    if (has_default_job) job.options = merged(default_job, std::move(job.options));
    return check_job(job.name, job.payload, job.options);
}

void Queue::State::add(NewJob job, Callback<AddedJob> done, Channel::Room room) {
    done = told(*channel, telemetry.get(), name, job, std::move(done));
    if (auto error = prepare(job)) return done(std::move(*error));
    SingleAdd add;
    add.queue = name;
    add.bytes = bytes_of(job) + name.size();
    add.job = to_proto(std::move(job.name), std::move(job.payload), std::move(job.options));
    add.submitted = std::chrono::steady_clock::now();
    add.deadline = add.submitted + channel->options().request_timeout;
    add.done = std::move(done);
    channel->submit(std::move(add), room);
}

void Queue::State::add_all(std::vector<NewJob> jobs, Callback<std::vector<AddedJob>> done,
                           Channel::Room room) {
    if (jobs.empty() || jobs.size() > kJobsPerRequestMax) {
        return done(Error{Code::TooLarge, std::to_string(jobs.size()) +
                                              " jobs in one call; 1..1000 are allowed, and what "
                                              "must be added together is not split"});
    }
    done = told(*channel, telemetry.get(), name, jobs, std::move(done));
    auto request = make_request(*channel, Request::Kind::Change);
    auto& adds = *request->envelope.mutable_add_jobs();
    adds.set_queue(name);
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        auto& job = jobs[i];
        if (auto error = prepare(job)) {
            error->message = "job " + std::to_string(i) + " of " + std::to_string(jobs.size()) +
                             ": " + error->message + "; none was added";
            return done(std::move(*error));
        }
        adds.mutable_jobs()->AddAllocated(
            to_proto(std::move(job.name), std::move(job.payload), std::move(job.options))
                .release());
    }
    if (const auto bytes = adds.ByteSizeLong(); bytes > kFrameBytesMax) {
        return done(Error{Code::TooLarge, "the jobs have " + std::to_string(bytes) +
                                              " bytes together; at most 4193280 are allowed"});
    }
    const std::size_t count = jobs.size();
    send_request<std::vector<AddedJob>>(
        *channel, std::move(request), room, std::move(done),
        [count](v1::Envelope& answer) -> Result<std::vector<AddedJob>> {
            const auto& added = answer.add_jobs_result().jobs();
            if (static_cast<std::size_t>(added.size()) != count) {
                return unexpected_answer("AddJobsResult", answer);
            }
            std::vector<AddedJob> plain;
            plain.reserve(count);
            for (const auto& job : added) plain.push_back(added_job(job));
            return plain;
        });
}

std::string Queue::add_job(std::string name, std::string payload, JobOptions options) {
    NewJob job{std::move(name), std::move(payload), std::move(options)};
    return block_on<AddedJob>(*state_->channel, [&](Callback<AddedJob> done, Channel::Room room) {
               state_->add(std::move(job), std::move(done), room);
           })
        .id;
}

std::future<AddedJob> Queue::add_job_future(std::string name, std::string payload,
                                            JobOptions options) {
    NewJob job{std::move(name), std::move(payload), std::move(options)};
    return future_of<AddedJob>([&](Callback<AddedJob> done, Channel::Room room) {
        state_->add(std::move(job), std::move(done), room);
    });
}

void Queue::add_job_async(std::string name, std::string payload, JobOptions options,
                          Callback<AddedJob> done) {
    state_->add({std::move(name), std::move(payload), std::move(options)},
                on_callback_thread(*state_->channel, std::move(done)), Channel::Room::Refuse);
}

std::vector<AddedJob> Queue::add_jobs(std::vector<NewJob> jobs) {
    using Added = std::vector<AddedJob>;
    return block_on<Added>(*state_->channel, [&](Callback<Added> done, Channel::Room room) {
        state_->add_all(std::move(jobs), std::move(done), room);
    });
}

std::future<std::vector<AddedJob>> Queue::add_jobs_future(std::vector<NewJob> jobs) {
    using Added = std::vector<AddedJob>;
    return future_of<Added>([&](Callback<Added> done, Channel::Room room) {
        state_->add_all(std::move(jobs), std::move(done), room);
    });
}

void Queue::add_jobs_async(std::vector<NewJob> jobs, Callback<std::vector<AddedJob>> done) {
    state_->add_all(std::move(jobs), on_callback_thread(*state_->channel, std::move(done)),
                    Channel::Room::Refuse);
}

}  // namespace swarmq::inline sdk
