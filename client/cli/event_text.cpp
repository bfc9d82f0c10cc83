// What matters in each kind of event, in few words.
#include "event_text.h"

#include "job_json.h"
#include "table.h"
#include "values.h"

#include <boost/json.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace swarmq::cli {
namespace {

constexpr int kLastKind = static_cast<int>(EventKind::WaitingChildren);

Colour colour_of(EventKind kind) {
    switch (kind) {
        case EventKind::Completed:
            return Colour::Green;
        case EventKind::Failed:
        case EventKind::Alert:
        case EventKind::Truncated:
            return Colour::Red;
        case EventKind::Retrying:
        case EventKind::Stalled:
        case EventKind::Delayed:
        case EventKind::Paused:
        case EventKind::Held:
            return Colour::Yellow;
        case EventKind::Active:
        case EventKind::Progress:
            return Colour::Cyan;
        default:
            return Colour::None;
    }
}

void append(std::string& text, std::string_view separator, const std::string& more) {
    if (more.empty()) return;
    if (!text.empty()) text += separator;
    text += more;
}

std::string detail_of(const Event& event) {
    if (event.kind == EventKind::Truncated) return "events may be lost here: look at the jobs anew";
    std::string text;
    if (event.attempt > 0) text = fmt::format("attempt {}", event.attempt);
    if (event.kind == EventKind::Active) append(text, " ", "by " + event.worker);
    if (event.failure_kind != FailureKind::None)
        append(text, ", ", std::string(to_string(event.failure_kind)));
    append(text, event.failure_kind != FailureKind::None ? ": " : ", ", event.reason);
    append(text, ", ", event.progress);
    if (!event.key.empty()) append(text, ", ", "key " + event.key);
    if (event.delay.count() > 0) {
        const char* const word = event.kind == EventKind::Held ? "for " : "in ";
        append(text, ", ", word + show_duration(event.delay));
    }
    if (event.kind == EventKind::Alert && event.alert_is_over) append(text, " ", "(over)");
    return text;
}

}  // namespace

std::string event_line(const Event& event, bool has_queue, bool is_coloured,
                       std::size_t width_max) {
    const auto seconds = std::chrono::system_clock::to_time_t(event.at);
    const std::string time =
        fmt::format("{:%H:%M:%S}.{:03}", fmt::gmtime(seconds), unix_ms(event.at) % 1'000);
    const std::string kind = fmt::format("{:<10}", to_string(event.kind));
    std::string rest = has_queue ? event.queue : "";
    append(rest, " ", event.id);
    if (!event.id.empty() && event.name != event.queue) append(rest, " ", event.name);
    append(rest, " ", detail_of(event));
    const std::size_t used = time.size() + kind.size() + 2;
    rest = one_line(rest, width_max > used + 10 ? width_max - used : 10);
    if (!is_coloured) return fmt::format("{} {} {}", time, kind, rest);
    return fmt::format("{} {} {}", coloured(time, Colour::Dim),
                       coloured(kind, colour_of(event.kind)), rest);
}

boost::json::object event_json(const Event& event) {
    boost::json::object object{{"at", unix_ms(event.at)},
                               {"kind", to_string(event.kind)},
                               {"queue", event.queue},
                               {"cursor", event.cursor.text()}};
    const auto text = [&](const char* key, const std::string& value) {
        if (!value.empty()) object[key] = printable(value);
    };
    text("id", event.id);
    text("name", event.name);
    if (event.attempt > 0) object["attempt"] = event.attempt;
    if (event.delay.count() > 0) object["delay"] = event.delay.count();
    if (event.failure_kind != FailureKind::None)
        object["failure_kind"] = to_string(event.failure_kind);
    text("reason", event.reason);
    if (!event.progress.empty()) object["progress"] = progress_json(event.progress);
    text("key", event.key);
    text("worker", event.worker);
    if (event.kind == EventKind::Alert) object["is_over"] = event.alert_is_over;
    return object;
}

std::vector<EventKind> parse_event_kinds(const std::string& what, const std::string& text) {
    std::vector<EventKind> kinds;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        const std::string word = text.substr(at, end - at);
        const auto kind = parse_event_kind(word);
        if (!kind) {
            std::vector<std::string> names;
            for (int i = 1; i <= kLastKind; ++i)
                names.emplace_back(to_string(static_cast<EventKind>(i)));
            throw UsageError(fmt::format("{}: '{}' is no kind of event; there are: {}", what, word,
                                         fmt::join(names, " ")));
        }
        kinds.push_back(*kind);
        at = end + 1;
    }
    return kinds;
}

}  // namespace swarmq::cli
