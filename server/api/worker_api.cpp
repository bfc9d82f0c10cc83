// Subscriptions, credit, answers, signs of life.
#include "api/worker_api.h"

#include <algorithm>
#include <utility>

#include "api/connection.h"
#include "api/convert.h"
#include "engine/limits.h"
#include "swarmq/v1/envelope.pb.h"

namespace swarmq::api {

void subscribe(Connection& connection, v1::Envelope& request) {
    v1::Subscribe& message = *request.mutable_subscribe();
    engine::Subscribe command;
    command.subscription = message.subscription();
    command.queues = {message.queues().begin(), message.queues().end()};
    command.lease_ms = message.lease_ms();
    command.timeouts_start_when_told = message.timeouts_start_when_told();
    const auto done = connection.broker().engine().subscribe(connection.session(), command);
    if (!done) return connection.hold_refusal(request.id(), done.error());
    connection.hold_empty(request.id());
}

void quiet(Connection& connection, v1::Envelope& request) {
    const auto done =
        connection.broker().engine().quiet(connection.session(), request.quiet().subscription());
    if (!done) return connection.hold_refusal(request.id(), done.error());
    connection.hold_empty(request.id());
}

void grant(Connection& connection, const v1::Grant& grant) {
    connection.broker().engine().grant(connection.session(), grant.subscription(), grant.jobs_total());
    connection.broker().hold(nullptr, 0);
}

void finish(Connection& connection, v1::Envelope& request) {
    broker::Broker& broker = connection.broker();
    v1::Finish& message = *request.mutable_finish();
    const bool has_grant = message.has_grant();
    const v1::Grant credit = has_grant ? message.grant() : v1::Grant();
    const auto finished = broker.change(connection.tag(request), [&]() -> Result<Answer> {
        auto items = to_command(message);
        if (!items) return items.error();
        const auto& refusal = broker.add_refusal();
        return broker.engine().finish(std::move(*items), refusal ? &*refusal : nullptr);
    });
    if (has_grant) grant(connection, credit);
    broker.note_ended(static_cast<std::size_t>(message.items_size()));
    if (!finished) return connection.hold_refusal(request.id(), finished.error());
    v1::Envelope& answer = connection.scratch();
    set_statuses(*finished, *answer.mutable_finish_result()->mutable_statuses());
    connection.hold(request.id(), answer);
}

void beat(Connection& connection, v1::Envelope& request) {
    v1::Beat& message = *request.mutable_beat();
    const auto any = [&message](auto test) {
        return std::any_of(message.items().begin(), message.items().end(), test);
    };
    const bool has_progress = any([](const v1::BeatItem& item) { return item.has_progress(); });
    const bool has_notes = any([](const v1::BeatItem& item) {
        return item.log_lines_size() > 0 || item.has_checkpoint();
    });
    const auto verb = [&] { return connection.broker().engine().beat(to_command(message)); };
    // Lines that are sent again must not be written twice; of all else only the newest counts.
    const auto answered =
        has_notes ? connection.broker().change(connection.tag(request), verb) : verb();
    if (!answered) return connection.refuse(request.id(), answered.error());
    v1::Envelope& answer = connection.scratch();
    set_statuses(*answered, *answer.mutable_beat_result()->mutable_statuses());
    // A sign of life is answered at once. A refusal may rest on what is not durable yet.
    const bool has_refusal = std::any_of(answered->items.begin(), answered->items.end(),
                                         [](const ItemAnswer& item) { return item.code != Code::Ok; });
    if (has_progress || has_notes || has_refusal)
        connection.hold(request.id(), answer);
    else
        connection.send(request.id(), answer);
}

void take(Connection& connection, v1::Envelope& request) {
    const v1::Take& message = request.take();
    if (!connection.begin_wait(request.id())) return;
    engine::Take command;
    command.queues = {message.queues().begin(), message.queues().end()};
    command.jobs_max = message.max_jobs() == 0 ? 1 : message.max_jobs();
    command.wait_ms = static_cast<DurationMs>(
        std::min<std::uint64_t>(message.wait_ms(), engine::kTakeWaitMaxMs + 1));
    command.lease_ms = message.lease_ms();
    command.request = request.id();
    const auto begun = connection.broker().engine().take(connection.session(), command);
    if (!begun) {
        connection.end_wait();
        return connection.hold_refusal(request.id(), begun.error());
    }
    connection.begin_take(request.id());
    connection.broker().hold(nullptr, connection.take_input_bytes());
}

}  // namespace swarmq::api
