// Adds, looks, waits.
#include "api/producer_api.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "api/connection.h"
#include "api/convert.h"
#include "api/results.h"
#include "engine/limits.h"
#include "swarmq/v1/envelope.pb.h"

namespace swarmq::api {
namespace {

// What a read of jobs needs to live until it is answered.
struct JobsRead {
    std::string queue;
    std::vector<engine::JobView> views;
    std::string next_cursor;
    bool with_payload = false;
    Result<std::vector<std::optional<storage::StoredJob>>> stored = Error{};
};

void read_jobs(Connection& connection, std::shared_ptr<JobsRead> jobs, std::uint64_t request,
               std::function<void(Connection&)> answer) {
    const ShardId shard = connection.facts().shard;
    auto self = connection.shared_from_this();
    connection.broker().read(
        [jobs, shard](const storage::Store& store) {
            std::vector<storage::JobKey> keys;
            for (const auto& view : jobs->views) keys.push_back({view.seq, view.rows});
            jobs->stored = storage::read_jobs(store, shard, keys, jobs->with_payload);
        },
        [self, jobs, request, answer = std::move(answer)] {
            if (!jobs->stored) return self->refuse(request, jobs->stored.error());
            answer(*self);
        },
        [self, request] {
            self->refuse(request, {Code::TooManyInflight, "too many reads wait; ask again", 100});
        });
}

void answer_job(Connection& connection, std::uint64_t request, JobsRead& jobs) {
    auto& stored = jobs.stored.value().front();
    if (!stored)
        return connection.refuse(request, {Code::NotFound, "the job was removed just now"});
    v1::Envelope& answer = connection.scratch();
    fill_job(connection.broker().engine(), jobs.queue, jobs.views.front(), std::move(*stored),
             jobs.with_payload, *answer.mutable_get_job_result()->mutable_job());
    connection.send(request, answer);
}

void answer_list(Connection& connection, std::uint64_t request, JobsRead& jobs) {
    v1::Envelope& answer = connection.scratch();
    v1::ListJobsResult& result = *answer.mutable_list_jobs_result();
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < jobs.views.size(); ++i) {
        auto& stored = jobs.stored.value()[i];
        if (!stored) continue;  // Removed since.
        v1::Job& job = *result.add_jobs();
        fill_job(connection.broker().engine(), jobs.queue, jobs.views[i], std::move(*stored),
                 jobs.with_payload, job);
        bytes += job.ByteSizeLong();
    }
    result.set_next_cursor(jobs.next_cursor);
    if (bytes > engine::kPayloadBytesMax * 3)
        return connection.refuse(request, {Code::TooLarge, "this page has " + std::to_string(bytes) +
                                                               " bytes; ask for fewer jobs, or without "
                                                               "payloads"});
    connection.send(request, answer);
}

}  // namespace

void add_jobs(Connection& connection, v1::Envelope& request) {
    if (connection.facts().is_draining)
        return connection.refuse(request.id(), {Code::Draining, "the broker is stopping", 500});
    broker::Broker& broker = connection.broker();
    v1::AddJobs& message = *request.mutable_add_jobs();
    const auto wait_ms = static_cast<DurationMs>(
        std::min<std::uint64_t>(message.wait_ms(), static_cast<std::uint64_t>(kWaitMaxMs)));
    const std::string queue = wait_ms > 0 ? message.queue() : std::string();
    const auto added = broker.change(connection.tag(request), [&]() -> Result<Answer> {
        if (broker.add_refusal()) return *broker.add_refusal();
        auto command = to_command(message);
        if (!command) return command.error();
        return broker.engine().add_jobs(std::move(*command));
    });
    if (!added) return connection.hold_refusal(request.id(), added.error());
    if (wait_ms > 0) {
        await_results(connection, request.id(), queue, *added, wait_ms);
        return;
    }
    v1::Envelope& answer = connection.scratch();
    fill_added(broker.engine(), *added, *answer.mutable_add_jobs_result()->mutable_jobs());
    connection.hold(request.id(), answer);
}

void wait_result(Connection& connection, v1::Envelope& request) {
    const v1::WaitResult& message = request.wait_result();
    if (message.timeout_ms() > static_cast<std::uint64_t>(kWaitMaxMs))
        return connection.refuse(request.id(),
                                 {Code::InvalidArgument, "timeout_ms: " + std::to_string(message.timeout_ms()) +
                                                             " is not in 1..3600000"});
    const auto timeout_ms = message.timeout_ms() == 0 ? kWaitDefaultMs
                                                      : static_cast<DurationMs>(message.timeout_ms());
    await_result(connection, request.id(), {message.queue(), message.id()}, timeout_ms);
}

void get_job(Connection& connection, v1::Envelope& request) {
    const v1::GetJob& message = request.get_job();
    auto view = connection.broker().engine().find_job({message.queue(), message.id()});
    if (!view) return connection.hold_refusal(request.id(), view.error());
    auto jobs = std::make_shared<JobsRead>();
    jobs->queue = message.queue();
    jobs->with_payload = !message.without_payload();
    jobs->views.push_back(std::move(*view));
    const std::uint64_t id = request.id();
    read_jobs(connection, jobs, id, [jobs, id](Connection& to) { answer_job(to, id, *jobs); });
}

void list_jobs(Connection& connection, v1::Envelope& request) {
    const v1::ListJobs& message = request.list_jobs();
    auto page = connection.broker().engine().list_jobs(
        {message.queue(), static_cast<JobState>(message.state()), message.limit(), message.cursor()});
    if (!page) return connection.hold_refusal(request.id(), page.error());
    auto jobs = std::make_shared<JobsRead>();
    jobs->queue = message.queue();
    jobs->with_payload = message.with_payload();
    jobs->views = std::move(page->jobs);
    jobs->next_cursor = std::move(page->next_cursor);
    const std::uint64_t id = request.id();
    read_jobs(connection, jobs, id, [jobs, id](Connection& to) { answer_list(to, id, *jobs); });
}

void remove_jobs(Connection& connection, v1::Envelope& request) {
    broker::Broker& broker = connection.broker();
    const v1::RemoveJobs& message = request.remove_jobs();
    const auto removed = broker.change(connection.tag(request), [&] {
        return broker.engine().remove_jobs(message.queue(), {message.ids().begin(), message.ids().end()});
    });
    if (!removed) return connection.hold_refusal(request.id(), removed.error());
    v1::Envelope& answer = connection.scratch();
    set_statuses(*removed, *answer.mutable_remove_jobs_result()->mutable_statuses());
    connection.hold(request.id(), answer);
}

}  // namespace swarmq::api
