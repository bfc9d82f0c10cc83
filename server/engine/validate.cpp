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

Result<> check_extras(const JobSpec& spec) {
    if (spec.tags.size() > kTagsMax)
        return out_of_range("tags", std::to_string(spec.tags.size()), "0..16");
    for (const auto& tag : spec.tags)
        if (auto checked = check_name("tag", tag); !checked) return checked;
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
    if (spec.priority > 255) return out_of_range("priority", std::to_string(spec.priority), "0..255");
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
    return check_extras(spec);
}

}  // namespace swarmq::engine
