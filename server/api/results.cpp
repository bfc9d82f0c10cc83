// A result comes from the job's end, from the memory of recent ends, or from the store.
#include "api/results.h"

#include <algorithm>
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

using Failed = std::function<void(const Error& error)>;

// The end of a job that is still stored: its outcome is read. Inside of a begin_read(), which it ends behind
// the call of `told` or `failed`.
void read_outcome(std::shared_ptr<Connection> self, engine::JobView view, Told told, Failed failed) {
    struct Read {
        engine::JobView view;
        Result<std::vector<std::optional<storage::StoredJob>>> stored = Error{};
    };
    auto read = std::make_shared<Read>();
    read->view = std::move(view);
    const ShardId shard = self->facts().shard;
    const auto done = [self, read, told, failed] {
        if (!read->stored) return failed(read->stored.error());
        if (!read->stored->front()) {
            // Later ends have pushed it out while we read.
            const auto* const recent = self->broker().waiters().find_recent(read->view.seq);
            return recent ? told(recent) : failed({Code::NotFound, "the job was removed just now"});
        }
        OutcomeRecord& outcome = read->stored->front()->outcome;
        engine::EndedJob ended;
        ended.seq = read->view.seq;
        ended.state = read->view.state;
        ended.failure_kind = read->view.failure_kind;
        ended.result = std::move(outcome.result);
        ended.content_type = std::move(outcome.content_type);
        ended.failed_reason = std::move(outcome.failed_reason);
        told(&ended);
    };
    const auto work = [read, shard](const storage::Store& store) {
        const storage::JobKey key{read->view.seq, read->view.rows};
        read->stored = storage::read_jobs(store, shard, {&key, 1}, false);
    };
    const auto finish = [self](const auto& last_words) {
        last_words();
        self->end_read();
    };
    self->broker().read(work, [finish, done] { finish(done); }, [finish, failed] {
        finish([&] { failed({Code::TooManyInflight, "too many reads wait; ask again", 100}); });
    });
}

void read_end(Connection& connection, engine::JobView view, Told told, Failed failed) {
    auto self = connection.shared_from_this();
    connection.begin_read([self, view = std::move(view), told, failed] {
        read_outcome(self, view, told, failed);
    });
}

const engine::EndedJob* find_recent(broker::Broker& broker, const engine::JobName& name) {
    const auto queue = broker.engine().queue_view(name.queue);
    if (!queue) return nullptr;
    const auto generated = parse_job_id(name.id);
    const engine::EndedJob* const recent =
        generated ? broker.waiters().find_recent(generated->seq)
                  : broker.waiters().find_recent(queue->record.id, name.id);
    return recent && recent->queue == queue->record.id ? recent : nullptr;
}

// Calls one of both once, when all that is known now is durable or later: `told` with the end of the job,
// or with null after `timeout_ms`; `failed` when nothing is known of it.
void tell_end(std::shared_ptr<Connection> connection, const engine::JobName& name,
              DurationMs timeout_ms, Told told, Failed failed, bool may_look_again = true) {
    broker::Broker& broker = connection->broker();
    broker.after_durable([connection, &broker, name, timeout_ms, told, failed, may_look_again] {
        if (!connection->is_open()) return;
        auto view = broker.engine().find_job(name);
        if (view && is_ended(view->state))
            return read_end(*connection, std::move(*view), told, failed);
        if (view) {
            broker.waiters().wait(view->seq, broker.now_ms() + timeout_ms, connection.get(), told);
            return;
        }
        if (const auto* const recent = find_recent(broker, name)) return told(recent);
        // It may have ended, and gone, in the turn that is on its way: that is known after it.
        if (may_look_again) return tell_end(connection, name, timeout_ms, told, failed, false);
        failed(view.error());
    });
}

// The results of one AddJobs, as they come in.
struct Batch {
    std::shared_ptr<Connection> connection;
    std::uint64_t request = 0;
    Answer added;
    std::vector<v1::JobResult> results;
    std::size_t missing = 0;
    std::size_t gathered_bytes = 0;

    void set(std::size_t index, const engine::EndedJob* ended) {
        const std::size_t bytes =
            ended ? (ended->result ? ended->result->size() : 0) + ended->failed_reason.size() : 0;
        if (bytes == 0 || (connection->has_room() && connection->gather(bytes))) {
            fill_result(ended, results[index]);
            gathered_bytes += bytes;
        } else {
            fill_outcome(ended, results[index]);
            results[index].set_is_cut(true);
        }
        if (--missing > 0) return;
        connection->ungather(gathered_bytes);
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

// One WaitResult that is under way.
struct Await {
    std::shared_ptr<Connection> connection;
    std::uint64_t request = 0;
    engine::JobName job;
    TimeMs until_ms = 0;

    void answer(const engine::EndedJob* ended) const {
        connection->end_wait();
        v1::Envelope& answer = connection->scratch();
        fill_result(ended, *answer.mutable_job_result());
        answer.mutable_job_result()->set_id(job.id);
        connection->send(request, answer);
    }
    void refuse(const Error& error) const {
        connection->end_wait();
        connection->refuse(request, error);
    }
};
using SharedAwait = std::shared_ptr<const Await>;

void await_end(const SharedAwait& await);

// Asks again for the end of a job that was told once, when there was no room. Ends the read it is in.
void tell_again(const SharedAwait& await) {
    broker::Broker& broker = await->connection->broker();
    broker.after_durable([await, &broker] {
        if (!await->connection->is_open()) return;
        const auto told = [await](const engine::EndedJob* ended) { await->answer(ended); };
        const auto failed = [await](const Error& error) { await->refuse(error); };
        auto view = broker.engine().find_job(await->job);
        if (view && is_ended(view->state))
            return read_outcome(await->connection, std::move(*view), told, failed);
        if (view) {  // Someone has retried it since.
            await->connection->end_read();
            return await_end(await);
        }
        if (const auto* const recent = find_recent(broker, await->job))
            told(recent);
        else
            failed(view.error());
        await->connection->end_read();
    });
}

// The client has large answers to read first. The result is kept for it as far as results may be; beyond that
// the job is asked for again.
void await_room(const SharedAwait& await, const engine::EndedJob& ended) {
    Connection& connection = *await->connection;
    const std::size_t bytes = ended.result->size() + ended.failed_reason.size();
    if (!connection.gather(bytes)) return connection.begin_read([await] { tell_again(await); });
    connection.begin_read([await, ended, bytes] {
        await->connection->ungather(bytes);
        await->answer(&ended);
        await->connection->end_read();
    });
}

void await_end(const SharedAwait& await) {
    const auto told = [await](const engine::EndedJob* ended) {
        if (ended && ended->result && !await->connection->has_room())
            await_room(await, *ended);
        else
            await->answer(ended);
    };
    const auto failed = [await](const Error& error) { await->refuse(error); };
    const DurationMs left_ms =
        std::max<DurationMs>(1, await->until_ms - await->connection->broker().now_ms());
    tell_end(await->connection, await->job, left_ms, told, failed);
}

}  // namespace

void await_result(Connection& connection, std::uint64_t request, const engine::JobName& job,
                  DurationMs timeout_ms) {
    if (!connection.begin_wait(request)) return;
    await_end(std::make_shared<const Await>(Await{connection.shared_from_this(), request, job,
                                                  connection.broker().now_ms() + timeout_ms}));
}

void await_results(Connection& connection, std::uint64_t request, const std::vector<std::string>& queues,
                   const Answer& added, DurationMs timeout_ms) {
    if (!connection.begin_wait(request)) return;
    v1::AddJobsResult names;
    fill_added(connection.broker().engine(), added, *names.mutable_jobs());
    auto batch = std::make_shared<Batch>();
    batch->connection = connection.shared_from_this();
    batch->request = request;
    batch->added = added;
    batch->missing = static_cast<std::size_t>(names.jobs_size());
    batch->results.resize(batch->missing);
    for (int i = 0; i < names.jobs_size(); ++i) {
        const auto index = static_cast<std::size_t>(i);
        const auto told = [batch, index](const engine::EndedJob* ended) { batch->set(index, ended); };
        // A resend of an add whose job is gone for long: all that is known is that it was removed.
        const auto failed = [batch, index](const Error&) {
            const engine::EndedJob removed;
            batch->set(index, &removed);
        };
        if (names.jobs(i).has_status()) {
            failed({});
            continue;
        }
        const std::string& queue = queues.size() == 1 ? queues.front() : queues[index];
        tell_end(batch->connection, {queue, names.jobs(i).id()}, timeout_ms, told, failed);
    }
    connection.broker().hold(nullptr, connection.take_input_bytes());
}

}  // namespace swarmq::api
