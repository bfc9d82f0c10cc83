// Parses, asks the engine, answers.
#include "api/change_api.h"

#include "api/connection.h"
#include "api/convert_options.h"
#include "swarmq/v1/envelope.pb.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace swarmq::api {
namespace {

void change_one(Connection& connection, v1::Envelope& request,
                const std::function<Result<Answer>()>& verb) {
    const auto changed = connection.broker().change(connection.tag(request), verb);
    if (!changed) return connection.hold_refusal(request.id(), changed.error());
    connection.hold_empty(request.id());
}

engine::UpdateJob to_command(v1::UpdateJob& message) {
    engine::UpdateJob command;
    command.job = {std::move(*message.mutable_queue()), std::move(*message.mutable_id())};
    if (message.has_payload())
        command.payload =
            std::make_shared<const std::string>(std::move(*message.mutable_payload()));
    if (message.has_priority()) command.priority = message.priority();
    if (message.has_delay_ms()) command.delay_ms = to_ms(message.delay_ms());
    if (message.has_tags())
        command.tags.emplace(message.tags().tags().begin(), message.tags().tags().end());
    return command;
}

}  // namespace

void get_deduplication(Connection& connection, v1::Envelope& request) {
    const v1::GetDeduplication& message = request.get_deduplication();
    const auto found =
        connection.broker().engine().find_deduplication(message.queue(), message.key());
    if (!found) return connection.hold_refusal(request.id(), found.error());
    v1::Envelope& answer = connection.scratch();
    v1::DeduplicationKey& key = *answer.mutable_deduplication_key();
    key.set_queue(message.queue());
    key.set_key(message.key());
    key.set_mode(static_cast<v1::Deduplication::Mode>(found->mode));
    key.set_job_id(found->job_id);
    key.set_window_ms(static_cast<std::uint64_t>(found->window_ms));
    key.set_remaining_ms(static_cast<std::uint64_t>(found->remaining_ms));
    key.set_successor_id(found->successor_id);
    connection.hold(request.id(), answer);
}

void remove_deduplication(Connection& connection, v1::Envelope& request) {
    const v1::RemoveDeduplication& message = request.remove_deduplication();
    change_one(connection, request, [&] {
        return connection.broker().engine().remove_deduplication(message.queue(), message.key());
    });
}

void update_job(Connection& connection, v1::Envelope& request) {
    change_one(connection, request, [&] {
        return connection.broker().engine().update_job(to_command(*request.mutable_update_job()));
    });
}

}  // namespace swarmq::api
