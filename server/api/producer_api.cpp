// Adds, looks, waits.
#include "api/producer_api.h"

#include "api/connection.h"
#include "api/convert.h"
#include "api/convert_options.h"
#include "api/results.h"
#include "engine/limits.h"
#include "swarmq/v1/envelope.pb.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace swarmq::api {
namespace {

// A page ends before it is larger than this; a single job may be.
constexpr std::size_t kPageBytesMax = 2 * 1024 * 1024;

// What a read of jobs needs to live until it is answered.
struct JobsRead {
    std::string queue;
    std::vector<engine::JobView> views;
    std::string next_cursor;
    bool with_payload = false;
    // Set: of the jobs only those that pass are read whole, `limit` of them at most.
    std::optional<storage::RowFilter> filter;
    std::size_t limit = 0;
    Result<std::vector<std::optional<storage::StoredJob>>> stored = Error{};
};

std::vector<storage::JobKey> keys_of(const std::vector<engine::JobView>& views) {
    std::vector<storage::JobKey> keys;
    keys.reserve(views.size());
    for (const auto& view : views) keys.push_back({view.seq, view.rows});
    return keys;
}

// Leaves the jobs whose rows pass the filter. On the reader's thread.
Result<> sift(const storage::Store& store, ShardId shard, JobsRead& jobs) {
    auto found = storage::search_jobs(store, shard, keys_of(jobs.views), *jobs.filter, jobs.limit);
    if (!found) return found.error();
    if (found->looked_at < jobs.views.size())
        jobs.next_cursor = engine::cursor_text(jobs.views[found->looked_at - 1].place);
    std::vector<engine::JobView> passed;
    for (const std::size_t index : found->passed) passed.push_back(std::move(jobs.views[index]));
    jobs.views = std::move(passed);
    return {};
}

// Reads the page's jobs when the client has room for it, then `answer`. Jobs that would make the page too
// large are left to the next one.
void read_jobs(std::shared_ptr<Connection> self, std::shared_ptr<JobsRead> jobs,
               std::uint64_t request, std::function<void()> answer) {
    const ShardId shard = self->facts().shard;
    const auto work = [jobs, shard](const storage::Store& store) {
        if (jobs->filter) {
            if (auto sifted = sift(store, shard, *jobs); !sifted) {
                jobs->stored = sifted.error();
                return;
            }
        }
        jobs->stored = storage::read_jobs_within(store, shard, keys_of(jobs->views),
                                                 jobs->with_payload, kPageBytesMax);
    };
    const auto done = [self, jobs, request, answer = std::move(answer)] {
        if (jobs->stored)
            answer();
        else
            self->refuse(request, jobs->stored.error());
        self->end_read();
    };
    const auto refused = [self, request] {
        self->refuse(request, {Code::TooManyInflight, "too many reads wait; ask again", 100});
        self->end_read();
    };
    self->broker().read(work, done, refused);
}

engine::JobFilter to_filter(const v1::ListJobs& message) {
    return {message.name(),
            message.tag(),
            to_ms(message.created_from_ms()),
            to_ms(message.created_before_ms()),
            to_ms(message.finished_from_ms()),
            to_ms(message.finished_before_ms()),
            message.error_text()};
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
    auto& stored = jobs.stored.value();
    for (std::size_t i = 0; i < stored.size(); ++i)
        if (stored[i])  // Else it was removed since.
            fill_job(connection.broker().engine(), jobs.queue, jobs.views[i], std::move(*stored[i]),
                     jobs.with_payload, *result.add_jobs());
    result.set_next_cursor(stored.size() < jobs.views.size()
                               ? engine::cursor_text(jobs.views[stored.size() - 1].place)
                               : jobs.next_cursor);
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
    if (wait_ms > 0 && message.independent())
        return connection.refuse(request.id(), {Code::InvalidArgument,
                                                "independent: not with wait_ms; add all or none, or wait for each job"});
    std::vector<std::string> queues;  // Of those who wait.
    if (wait_ms > 0) queues.assign(message.queues().begin(), message.queues().end());
    if (wait_ms > 0 && queues.empty()) queues.push_back(message.queue());
    const auto added = broker.change(connection.tag(request), [&]() -> Result<Answer> {
        if (broker.add_refusal()) return *broker.add_refusal();
        auto command = to_command(message);
        if (!command) return command.error();
        return broker.engine().add_jobs(std::move(*command));
    });
    if (!added) return connection.hold_refusal(request.id(), added.error());
    if (wait_ms > 0) {
        const std::size_t jobs = added->items.empty() ? added->seq_count : added->items.size();
        if (queues.size() != 1 && queues.size() != jobs)  // What is remembered under its number.
            return connection.hold_refusal(request.id(),
                                           {Code::InvalidArgument, "queues: " + std::to_string(queues.size()) +
                                                                       " for " + std::to_string(jobs) +
                                                                       " jobs that this id was used for before"});
        await_results(connection, request.id(), queues, *added, wait_ms);
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
    auto jobs = std::make_shared<JobsRead>();
    const engine::JobName name{request.get_job().queue(), request.get_job().id()};
    jobs->queue = name.queue;
    jobs->with_payload = !request.get_job().without_payload();
    auto self = connection.shared_from_this();
    connection.begin_read([self, jobs, name, id = request.id()] {
        auto view = self->broker().engine().find_job(name);
        if (!view) {
            self->hold_refusal(id, view.error());
            return self->end_read();
        }
        jobs->views.push_back(std::move(*view));
        read_jobs(self, jobs, id, [self, jobs, id] { answer_job(*self, id, *jobs); });
    });
}

void list_jobs(Connection& connection, v1::Envelope& request) {
    const v1::ListJobs& message = request.list_jobs();
    const engine::List command{message.queue(), static_cast<JobState>(message.state()),
                               message.limit(), message.cursor(), to_filter(message)};
    auto jobs = std::make_shared<JobsRead>();
    if (const auto& filter = command.filter; filter.needs_rows()) {
        jobs->filter = {filter.tag, filter.created_from_ms, filter.created_before_ms,
                        filter.error_text};
        jobs->limit = command.limit == 0 ? engine::kListRowsDefault : command.limit;
    }
    jobs->queue = message.queue();
    jobs->with_payload = message.with_payload();
    auto self = connection.shared_from_this();
    connection.begin_read([self, jobs, command, id = request.id()] {
        auto page = self->broker().engine().list_jobs(command);
        if (!page) {
            self->hold_refusal(id, page.error());
            return self->end_read();
        }
        jobs->views = std::move(page->jobs);
        jobs->next_cursor = std::move(page->next_cursor);
        read_jobs(self, jobs, id, [self, jobs, id] { answer_list(*self, id, *jobs); });
    });
}

void remove_jobs(Connection& connection, v1::Envelope& request) {
    broker::Broker& broker = connection.broker();
    const v1::RemoveJobs& message = request.remove_jobs();
    const auto removed = broker.change(connection.tag(request), [&] {
        const std::vector<std::string> ids(message.ids().begin(), message.ids().end());
        return message.keep() ? broker.engine().cancel_jobs(message.queue(), ids)
                              : broker.engine().remove_jobs(message.queue(), ids);
    });
    if (!removed) return connection.hold_refusal(request.id(), removed.error());
    v1::Envelope& answer = connection.scratch();
    set_statuses(*removed, *answer.mutable_remove_jobs_result()->mutable_statuses());
    connection.hold(request.id(), answer);
}

}  // namespace swarmq::api
