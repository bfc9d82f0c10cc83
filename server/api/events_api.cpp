// From watch requests to the broker's watchers, from events to messages.
#include "api/events_api.h"

#include <string>

#include "api/connection.h"
#include "swarmq/v1/envelope.pb.h"

namespace swarmq::api {
namespace {

Result<std::uint32_t> to_kinds(const v1::WatchEvents& message) {
    std::uint32_t bits = 0;
    for (const int kind : message.kinds()) {
        if (kind < 1 || kind >= static_cast<int>(engine::kEventKinds))
            return Error{Code::InvalidArgument,
                         "kinds: " + std::to_string(kind) + " is no kind of event here; give 1.." +
                             std::to_string(engine::kEventKinds - 1) + ", or none for all"};
        bits |= std::uint32_t{1} << kind;
    }
    return bits;
}

Result<broker::WatchRequest> to_watch(const ServerFacts& facts, const v1::WatchEvents& message) {
    const auto kinds = to_kinds(message);
    if (!kinds) return kinds.error();
    broker::WatchRequest watch;
    watch.subscription = message.subscription();
    watch.queue = message.queue();
    watch.id = message.id();
    watch.kinds = *kinds;
    if (!message.has_cursor()) return watch;
    watch.is_from_another_boot = message.cursor().boot_epoch() != raw(facts.epoch);
    if (!watch.is_from_another_boot) watch.after = message.cursor().number();
    return watch;
}

void set_cursor(const ServerFacts& facts, std::uint64_t number, v1::EventCursor& cursor) {
    cursor.set_boot_epoch(raw(facts.epoch));
    cursor.set_number(number);
}

void fill(const broker::LoggedEvent& logged, v1::Event& told) {
    const engine::Event& event = logged.event;
    told.set_number(logged.number);
    told.set_at_ms(static_cast<std::uint64_t>(event.at_ms));
    told.set_kind(static_cast<v1::EventKind>(event.kind));
    told.set_queue(event.queue);
    told.set_id(event.id);
    told.set_name(event.name);
    told.set_attempt(event.attempt);
    told.set_delay_ms(static_cast<std::uint64_t>(event.delay_ms));
    told.set_failure_kind(static_cast<v1::FailureKind>(event.failure_kind));
    told.set_worker(event.worker);
    told.set_alert_is_over(event.alert_is_over);
    switch (event.kind) {
        case engine::EventKind::Failed:
        case engine::EventKind::Retrying:
        case engine::EventKind::Alert:
            return told.set_reason(event.text);
        case engine::EventKind::Progress:
            return told.set_progress(event.text);
        default:
            return told.set_key(event.text);
    }
}

}  // namespace

void watch_events(Connection& connection, v1::Envelope& request) {
    auto watch = to_watch(connection.facts(), request.watch_events());
    if (!watch) return connection.refuse(request.id(), watch.error());
    broker::Watchers& watchers = connection.broker().watchers();
    const auto begun = watchers.watch(connection.shared_from_this(), std::move(*watch));
    if (!begun) return connection.refuse(request.id(), begun.error());
    v1::Envelope& answer = connection.scratch();
    v1::WatchEventsResult& result = *answer.mutable_watch_events_result();
    set_cursor(connection.facts(), begun->after, *result.mutable_cursor());
    result.set_truncated(begun->is_truncated);
    connection.send(request.id(), answer);
    watchers.go_on(&connection);
}

void stop_watching(Connection& connection, v1::Envelope& request) {
    broker::Broker& broker = connection.broker();
    const auto stopped = broker.watchers().stop(
        &connection, request.stop_watching().subscription(), broker.now_ms());
    if (!stopped) return connection.refuse(request.id(), stopped.error());
    connection.send(request.id(), connection.scratch());
}

void fill_events(const ServerFacts& facts, const broker::EventBatch& batch, v1::Events& events) {
    events.set_subscription(batch.subscription);
    events.set_truncated(batch.is_truncated);
    set_cursor(facts, batch.after, *events.mutable_cursor());
    for (const broker::LoggedEvent* const logged : batch.events) fill(*logged, *events.add_events());
}

}  // namespace swarmq::api
