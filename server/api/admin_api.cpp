// Numbers of queues, and bounded changes to many jobs.
#include "api/admin_api.h"

#include <functional>

#include "api/connection.h"
#include "api/convert.h"
#include "api/convert_activity.h"
#include "swarmq/v1/envelope.pb.h"

namespace swarmq::api {
namespace {

void change_many(Connection& connection, v1::Envelope& request,
                 const std::function<Result<Answer>()>& verb) {
    const auto changed = connection.broker().change(connection.tag(request), verb);
    if (!changed) return connection.hold_refusal(request.id(), changed.error());
    v1::Envelope& answer = connection.scratch();
    fill_bulk(*changed, *answer.mutable_bulk_result());
    connection.hold(request.id(), answer);
}

template <class Message>
engine::BulkSelection to_selection(const Message& message) {
    return {message.queue(), {message.ids().begin(), message.ids().end()}, message.all(), message.limit()};
}

}  // namespace

void get_queue_metrics(Connection& connection, v1::Envelope& request) {
    const v1::GetQueueMetrics& message = request.get_queue_metrics();
    const engine::Engine& engine = connection.broker().engine();
    const auto view = engine.queue_view(message.queue());
    if (!view) return connection.hold_refusal(request.id(), view.error());
    const auto activity =
        engine.activity(message.queue(), {true, message.by_name(), message.history_minutes()});
    if (!activity) return connection.hold_refusal(request.id(), activity.error());
    v1::Envelope& answer = connection.scratch();
    fill_metrics(*view, *answer.mutable_queue_metrics());
    fill_activity(*activity, connection.broker().now_ms(), *answer.mutable_queue_metrics());
    connection.hold(request.id(), answer);
}

void list_queues(Connection& connection, v1::Envelope& request) {
    const v1::ListQueues& message = request.list_queues();
    const auto page =
        connection.broker().engine().list_queues({message.after(), message.limit()});
    if (!page) return connection.hold_refusal(request.id(), page.error());
    v1::Envelope& answer = connection.scratch();
    v1::ListQueuesResult& result = *answer.mutable_list_queues_result();
    for (const auto& view : page->queues) {
        v1::QueueMetrics& metrics = *result.add_queues();
        fill_metrics(view, metrics);
        const auto activity = connection.broker().engine().activity(view.record.name, {false, false, 0});
        if (activity) fill_activity(*activity, connection.broker().now_ms(), metrics);
    }
    result.set_next(page->next);
    connection.hold(request.id(), answer);
}

void set_queue_settings(Connection& connection, v1::Envelope& request) {
    broker::Broker& broker = connection.broker();
    v1::SetQueueSettings& message = *request.mutable_set_queue_settings();
    const auto done = broker.change(connection.tag(request), [&]() -> Result<Answer> {
        auto settings = to_settings(*message.mutable_settings());
        if (!settings) return settings.error();
        return broker.engine().set_settings(message.queue(), std::move(*settings));
    });
    if (!done) return connection.hold_refusal(request.id(), done.error());
    connection.hold_empty(request.id());
}

void get_queue_settings(Connection& connection, v1::Envelope& request) {
    const auto view = connection.broker().engine().queue_view(request.get_queue_settings().queue());
    if (!view) return connection.hold_refusal(request.id(), view.error());
    v1::Envelope& answer = connection.scratch();
    v1::QueueSettings& settings = *answer.mutable_queue_settings();
    if (view->controls.settings) fill_settings(*view->controls.settings, settings);
    connection.hold(request.id(), answer);
}

void retry_jobs(Connection& connection, v1::Envelope& request) {
    change_many(connection, request, [&] {
        return connection.broker().engine().retry_jobs(to_selection(request.retry_jobs()));
    });
}

void promote_jobs(Connection& connection, v1::Envelope& request) {
    change_many(connection, request, [&] {
        return connection.broker().engine().promote_jobs(to_selection(request.promote_jobs()));
    });
}

void drain_queue(Connection& connection, v1::Envelope& request) {
    const v1::DrainQueue& message = request.drain_queue();
    change_many(connection, request, [&] {
        return connection.broker().engine().drain(
            {message.queue(), message.include_delayed(), message.limit()});
    });
}

void clean_queue(Connection& connection, v1::Envelope& request) {
    const v1::CleanQueue& message = request.clean_queue();
    engine::Clean command;
    command.queue = message.queue();
    if (message.state() != v1::JOB_STATE_UNSPECIFIED)
        command.state = static_cast<JobState>(message.state());
    command.older_than_ms = static_cast<DurationMs>(message.older_than_ms());
    command.limit = message.limit();
    command.ids.assign(message.ids().begin(), message.ids().end());
    change_many(connection, request, [&] { return connection.broker().engine().clean(command); });
}

void obliterate_queue(Connection& connection, v1::Envelope& request) {
    const v1::ObliterateQueue& message = request.obliterate_queue();
    change_many(connection, request, [&] {
        return connection.broker().engine().obliterate(
            {message.queue(), message.force(), message.limit()});
    });
}

}  // namespace swarmq::api
