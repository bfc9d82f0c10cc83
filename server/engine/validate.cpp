// Checks names, sizes and ranges.
#include "engine/validate.h"

#include <algorithm>

#include "engine/limits.h"

namespace swarmq::engine {
namespace {

constexpr bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == ':' || c == '-';
}

Error out_of_range(std::string_view what, const std::string& value, std::string_view range) {
    return {Code::InvalidArgument,
            std::string(what) + ": " + value + " is not in " + std::string(range)};
}

Result<> check_backoff(const Backoff& backoff) {
    if (auto checked = check_duration("backoff.delay_ms", backoff.delay_ms); !checked)
        return checked;
    if (auto checked = check_duration("backoff.max_delay_ms", backoff.max_delay_ms); !checked)
        return checked;
    if (!(backoff.jitter >= 0 && backoff.jitter <= 1))
        return out_of_range("backoff.jitter", std::to_string(backoff.jitter), "0..1");
    return {};
}

Result<> check_times(const JobSpec& spec) {
    if (spec.delay_ms != 0 && spec.run_at_ms != 0)
        return Error{Code::InvalidArgument, "delay_ms and run_at_ms were both given; give one"};
    if (auto checked = check_duration("delay_ms", spec.delay_ms); !checked) return checked;
    if (auto checked = check_duration("run_at_ms", spec.run_at_ms); !checked) return checked;
    if (auto checked = check_duration("timeout_ms", spec.timeout_ms); !checked) return checked;
    if (auto checked = check_duration("ttl_ms", spec.ttl_ms); !checked) return checked;
    if (spec.keep_completed.age_ms)
        if (auto checked = check_duration("remove_on_complete.age_ms", *spec.keep_completed.age_ms);
            !checked)
            return checked;
    if (spec.keep_failed.age_ms) return check_duration("remove_on_fail.age_ms", *spec.keep_failed.age_ms);
    return {};
}

// How often a key may stand for others, and what cannot go with it.
Result<> check_deduplication(const JobSpec& spec) {
    const Deduplication& wanted = spec.deduplication;
    if (wanted.mode == DedupMode::None) return {};
    if (wanted.mode > DedupMode::KeepLatest)
        return out_of_range("deduplication.mode", std::to_string(raw(wanted.mode)), "0..4");
    if (auto checked = check_name("deduplication.key", wanted.key); !checked) return checked;
    const bool has_window =
        wanted.mode == DedupMode::Throttle || wanted.mode == DedupMode::Debounce;
    if (has_window != (wanted.window_ms > 0) || wanted.window_ms > kDurationMaxMs)
        return out_of_range("deduplication.window_ms", std::to_string(wanted.window_ms),
                            has_window ? "1.." + std::to_string(kDurationMaxMs)
                                       : "0..0: only throttle and debounce have one");
    if (wanted.mode == DedupMode::Debounce && (spec.delay_ms != 0 || spec.run_at_ms != 0))
        return Error{Code::InvalidArgument,
                     "delay_ms or run_at_ms was given with debounce, whose window is the delay; "
                     "give neither"};
    if (wanted.mode == DedupMode::KeepLatest && spec.run_at_ms != 0)
        return Error{Code::InvalidArgument,
                     "run_at_ms was given with keep-latest, whose job may have to wait for "
                     "another; give delay_ms"};
    return {};
}

Result<> check_extras(const JobSpec& spec) {
    if (auto checked = check_tags(spec.tags); !checked) return checked;
    if (spec.headers.size() > kHeadersMax)
        return out_of_range("headers", std::to_string(spec.headers.size()), "0..64");
    std::size_t bytes = 0;
    for (const auto& [key, value] : spec.headers) bytes += key.size() + value.size();
    if (bytes > kHeaderBytesMax) return too_large("headers", bytes, kHeaderBytesMax);
    return {};
}

}  // namespace

Result<> check_name(std::string_view what, std::string_view text) {
    const auto bad = std::find_if_not(text.begin(), text.end(), is_name_character);
    if (!text.empty() && text.size() <= kNameBytesMax && bad == text.end()) return {};
    std::string shown(text.substr(0, 40));
    for (char& c : shown)
        if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
    return Error{Code::InvalidArgument,
                 std::string(what) + ": \"" + shown + "\" (" + std::to_string(text.size()) +
                     " bytes) is not 1..128 of A-Z a-z 0-9 . _ : -"};
}

Result<> check_duration(std::string_view what, DurationMs value) {
    if (value >= 0 && value <= kDurationMaxMs) return {};
    return out_of_range(what, std::to_string(value), "0.." + std::to_string(kDurationMaxMs));
}

Result<> check_priority(std::uint32_t priority) {
    if (priority <= 255) return {};
    return out_of_range("priority", std::to_string(priority), "0..255");
}

Result<> check_tags(const std::vector<std::string>& tags) {
    if (tags.size() > kTagsMax) return out_of_range("tags", std::to_string(tags.size()), "0..16");
    for (const auto& tag : tags)
        if (auto checked = check_name("tag", tag); !checked) return checked;
    return {};
}

Error too_large(std::string_view what, std::size_t bytes, std::size_t bytes_max) {
    return {Code::TooLarge, std::string(what) + ": " + std::to_string(bytes) +
                                " bytes, at most " + std::to_string(bytes_max) + " are accepted"};
}

Result<> check_spec(const JobSpec& spec) {
    if (auto checked = check_name("name", spec.name); !checked) return checked;
    if (!spec.key.empty())
        if (auto checked = check_name("key", spec.key); !checked) return checked;
    if (!spec.id.empty()) {
        if (auto checked = check_name("id", spec.id); !checked) return checked;
        if (is_reserved_job_id(spec.id))
            return Error{Code::InvalidArgument,
                         "id: \"" + spec.id + "\" has the form of generated ids, "
                         "j<number>-<number>-<number>; choose another"};
    }
    if (spec.payload && spec.payload->size() > kPayloadBytesMax)
        return too_large("payload", spec.payload->size(), kPayloadBytesMax);
    if (auto checked = check_priority(spec.priority); !checked) return checked;
    if (spec.attempts_max < 1 || spec.attempts_max > kAttemptsMax)
        return out_of_range("attempts", std::to_string(spec.attempts_max), "1..1000000");
    if (spec.max_stalled > kStallsMax)
        return out_of_range("max_stalled", std::to_string(spec.max_stalled), "0..1000");
    if (!spec.on_failure_queue.empty())
        if (auto checked = check_name("on_failure.queue", spec.on_failure_queue); !checked)
            return checked;
    if (!spec.on_failure_name.empty())
        if (auto checked = check_name("on_failure.name", spec.on_failure_name); !checked)
            return checked;
    if (auto checked = check_backoff(spec.backoff); !checked) return checked;
    if (auto checked = check_times(spec); !checked) return checked;
    if (auto checked = check_deduplication(spec); !checked) return checked;
    return check_extras(spec);
}

}  // namespace swarmq::engine
