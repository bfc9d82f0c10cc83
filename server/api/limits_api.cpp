// Pauses, holds and keys.
#include "api/limits_api.h"

#include <functional>

#include "api/connection.h"
#include "api/convert_options.h"
#include "engine/limits.h"
#include "swarmq/v1/envelope.pb.h"

namespace swarmq::api {
namespace {

void change(Connection& connection, v1::Envelope& request,
            const std::function<Result<Answer>()>& verb) {
    const auto done = connection.broker().change(connection.tag(request), verb);
    if (!done) return connection.hold_refusal(request.id(), done.error());
    connection.hold_empty(request.id());
}

}  // namespace

void pause_queue(Connection& connection, v1::Envelope& request) {
    const v1::PauseQueue& message = request.pause_queue();
    const engine::HoldTarget target{message.queue(), message.key()};
    change(connection, request, [&] {
        engine::Engine& engine = connection.broker().engine();
        return message.for_ms() == 0 ? engine.pause(target)
                                     : engine.hold(target, to_ms(message.for_ms()));
    });
}

void resume_queue(Connection& connection, v1::Envelope& request) {
    const engine::HoldTarget target{request.resume_queue().queue(), request.resume_queue().key()};
    change(connection, request, [&] { return connection.broker().engine().resume(target); });
}

void list_keys(Connection& connection, v1::Envelope& request) {
    const v1::ListKeys& message = request.list_keys();
    if (message.limit() > engine::kItemsPerRequestMax)
        return connection.hold_refusal(request.id(),
                                       {Code::InvalidArgument, "limit: " +
                                                                   std::to_string(message.limit()) +
                                                                   " is not in 1..1000"});
    const std::size_t limit = message.limit() == 0 ? engine::kListRowsDefault : message.limit();
    const auto keys =
        connection.broker().engine().list_keys(message.queue(), message.after(), limit);
    if (!keys) return connection.hold_refusal(request.id(), keys.error());
    v1::Envelope& answer = connection.scratch();
    v1::ListKeysResult& result = *answer.mutable_list_keys_result();
    for (const engine::KeyView& view : *keys) {
        v1::KeyState& key = *result.add_keys();
        key.set_key(view.key);
        key.set_waiting(view.waiting);
        key.set_active(view.active);
        key.set_weight(view.weight);
        key.set_paused(view.hold.is_paused);
        key.set_held_until_ms(static_cast<std::uint64_t>(view.hold.until_ms));
        key.set_is_closed(view.is_closed);
    }
    if (keys->size() == limit) result.set_next(keys->back().key);
    connection.hold(request.id(), answer);
}

}  // namespace swarmq::api
