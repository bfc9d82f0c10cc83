// Events and cursors as words, and events as they come from the broker.
#include "convert.h"

#include <swarmq/events.h>

#include <array>
#include <charconv>
#include <utility>

namespace swarmq::inline sdk {
namespace {

constexpr std::array<std::string_view, 20> kKindNames = {
    "unknown",  "added",   "waiting", "active",   "progress",     "completed",       "failed",
    "retrying", "delayed", "stalled", "removed",  "deduplicated", "drained",         "paused",
    "resumed",  "held",    "retried", "promoted", "alert",        "waiting-children"};
constexpr std::string_view kTruncatedName = "truncated";

bool take_number(std::string_view text, std::uint64_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string_view to_string(EventKind kind) {
    if (kind == EventKind::Truncated) return kTruncatedName;
    const auto number = static_cast<std::size_t>(kind);
    return kKindNames[number < kKindNames.size() ? number : 0];
}

std::optional<EventKind> parse_event_kind(std::string_view text) {
    if (text == kTruncatedName) return EventKind::Truncated;
    for (std::size_t i = 1; i < kKindNames.size(); ++i) {
        if (kKindNames[i] == text) return static_cast<EventKind>(i);
    }
    return std::nullopt;
}

std::string EventCursor::text() const {
    return std::to_string(boot_epoch) + "-" + std::to_string(number);
}

std::optional<EventCursor> EventCursor::parse(std::string_view text) {
    const auto dash = text.find('-');
    EventCursor cursor;
    const bool is_cursor = dash != text.npos &&
                           take_number(text.substr(0, dash), cursor.boot_epoch) &&
                           take_number(text.substr(dash + 1), cursor.number);
    if (!is_cursor) return std::nullopt;
    return cursor;
}

Event to_event(v1::Event& proto, std::uint64_t boot_epoch) {
    Event event;
    const auto number = static_cast<std::size_t>(proto.kind());
    event.kind = number < kKindNames.size() ? static_cast<EventKind>(number) : EventKind::Unknown;
    event.at = to_optional_wall(proto.at_ms()).value_or(WallTime());
    event.cursor = {boot_epoch, proto.number()};
    event.queue = std::move(*proto.mutable_queue());
    event.id = std::move(*proto.mutable_id());
    event.name = std::move(*proto.mutable_name());
    event.attempt = proto.attempt();
    event.delay = Milliseconds(static_cast<std::int64_t>(proto.delay_ms()));
    event.failure_kind = to_failure_kind(proto.failure_kind());
    event.reason = std::move(*proto.mutable_reason());
    event.progress = std::move(*proto.mutable_progress());
    event.key = std::move(*proto.mutable_key());
    event.worker = std::move(*proto.mutable_worker());
    event.alert_is_over = proto.alert_is_over();
    return event;
}

}  // namespace swarmq::inline sdk
