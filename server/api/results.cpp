// A result comes from the job's end, from the memory of recent ends, or from the store.
#include "api/results.h"

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "api/connection.h"
#include "api/convert.h"
#include "swarmq/v1/envelope.pb.h"

namespace swarmq::api {
namespace {

using Told = std::function<void(const engine::EndedJob* ended)>;

// The end of a job that is still stored: its outcome is read.
void read_end(Connection& connection, engine::JobView view, Told told) {
    struct Read {
        engine::JobView view;
        Result<std::vector<std::optional<storage::StoredJob>>> stored = Error{};
    };
    auto read = std::make_shared<Read>();
    read->view = std::move(view);
    const ShardId shard = connection.facts().shard;
    const auto done = [read, told] {
        engine::EndedJob ended;
        ended.seq = read->view.seq;
        ended.state = read->view.state;
        ended.failure_kind = read->view.failure_kind;
        if (read->stored && read->stored->front()) {
            OutcomeRecord& outcome = read->stored->front()->outcome;
            ended.result = std::move(outcome.result);
            ended.content_type = std::move(outcome.content_type);
            ended.failed_reason = std::move(outcome.failed_reason);
        }
        told(&ended);
    };
    connection.broker().read(
        [read, shard](const storage::Store& store) {
            const storage::JobKey key{read->view.seq, read->view.rows};
            read->stored = storage::read_jobs(store, shard, {&key, 1}, false);
        },
        done, done);
}

// Calls `told` once, perhaps at once: with the end of the job, or with null after `timeout_ms`.
// Error when nothing is known of it.
Result<> tell_end(Connection& connection, const engine::JobName& name, DurationMs timeout_ms, Told told) {
    broker::Broker& broker = connection.broker();
    auto view = broker.engine().find_job(name);
    if (view && is_ended(view->state)) {
        read_end(connection, std::move(*view), std::move(told));
        return {};
    }
    if (view) {
        broker.waiters().wait(view->seq, broker.now_ms() + timeout_ms, &connection, std::move(told));
        return {};
    }
    const auto generated = parse_job_id(name.id);
    const auto queue = broker.engine().queue_view(name.queue);
    const engine::EndedJob* recent = nullptr;
    if (queue && generated) recent = broker.waiters().find_recent(generated->seq);
    if (queue && !generated) recent = broker.waiters().find_recent(queue->record.id, name.id);
    if (recent && recent->queue == queue->record.id) {
        told(recent);
        return {};
    }
    return view.error();
}

// The results of one AddJobs, as they come in.
struct Batch {
    std::shared_ptr<Connection> connection;
    std::uint64_t request = 0;
    Answer added;
    std::vector<v1::JobResult> results;
    std::size_t missing = 0;

    void set(std::size_t index, const engine::EndedJob* ended) {
        fill_result(ended, results[index]);
        if (--missing > 0) return;
        connection->end_wait();
        v1::Envelope& answer = connection->scratch();
        v1::AddJobsResult& result = *answer.mutable_add_jobs_result();
        fill_added(connection->broker().engine(), added, *result.mutable_jobs());
        for (std::size_t i = 0; i < results.size(); ++i) {
            results[i].set_id(result.jobs(static_cast<int>(i)).id());
            result.add_results()->Swap(&results[i]);
        }
        connection->send(request, answer);
    }
};

}  // namespace

void await_result(Connection& connection, std::uint64_t request, const engine::JobName& job,
                  DurationMs timeout_ms) {
    if (!connection.begin_wait(request)) return;
    auto self = connection.shared_from_this();
    // What memory says now may rest on a turn that is under way: look when that is durable.
    connection.broker().after_durable([self, request, job, timeout_ms] {
        if (!self->is_open()) return;
        const auto told = tell_end(*self, job, timeout_ms,
                                   [self, request, id = job.id](const engine::EndedJob* ended) {
                                       self->end_wait();
                                       v1::Envelope& answer = self->scratch();
                                       fill_result(ended, *answer.mutable_job_result());
                                       answer.mutable_job_result()->set_id(id);
                                       self->send(request, answer);
                                   });
        if (told) return;
        self->end_wait();
        self->refuse(request, told.error());
    });
}

void await_results(Connection& connection, std::uint64_t request, const std::string& queue,
                   const Answer& added, DurationMs timeout_ms) {
    if (!connection.begin_wait(request)) return;
    const engine::Engine& engine = connection.broker().engine();
    v1::AddJobsResult names;
    fill_added(engine, added, *names.mutable_jobs());
    auto batch = std::make_shared<Batch>();
    batch->connection = connection.shared_from_this();
    batch->request = request;
    batch->added = added;
    batch->missing = static_cast<std::size_t>(names.jobs_size());
    batch->results.resize(batch->missing);
    for (int i = 0; i < names.jobs_size(); ++i) {
        const auto index = static_cast<std::size_t>(i);
        const auto told = tell_end(
            connection, {queue, names.jobs(i).id()}, timeout_ms,
            [batch, index](const engine::EndedJob* ended) { batch->set(index, ended); });
        if (told) continue;
        // A resend of an add whose job is gone for long: all that is known is that it was removed.
        const engine::EndedJob removed;
        batch->set(index, &removed);
    }
    connection.broker().hold(nullptr, 0);
}

}  // namespace swarmq::api
