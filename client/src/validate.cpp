// Checks the grammar and the limits of the protocol; the broker checks them again.
#include "validate.h"

#include <algorithm>
#include <string>
#include <utility>

#include "utf8.h"

namespace swarmq::inline sdk {
namespace {

constexpr std::size_t kNameBytesMax = 128;
constexpr std::size_t kTagsMax = 16;
constexpr std::size_t kHeadersMax = 64;
constexpr std::size_t kHeaderBytesMax = 16 * 1024;
constexpr std::uint32_t kAttemptsMax = 1'000'000;
constexpr std::uint32_t kStalledMax = 1'000;
constexpr std::size_t kDefaultsMax = 100;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_name_character(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || is_digit(c) || c == '.' ||
           c == '_' || c == ':' || c == '-';
}

// j<number>-<number>-<number>, the form of the ids that the broker makes.
bool is_generated_form(std::string_view id) {
    if (id.empty() || id.front() != 'j') return false;
    int numbers = 1;
    bool has_digit = false;
    for (const char c : id.substr(1)) {
        if (is_digit(c)) {
            has_digit = true;
        } else if (c == '-' && has_digit) {
            ++numbers;
            has_digit = false;
        } else {
            return false;
        }
    }
    return numbers == 3 && has_digit;
}

Error invalid(std::string message) { return {Code::InvalidArgument, std::move(message)}; }

std::optional<Error> check_tags(const std::vector<std::string>& tags) {
    if (tags.size() > kTagsMax) {
        return invalid(std::to_string(tags.size()) + " tags; at most 16 are allowed");
    }
    for (const auto& tag : tags) {
        if (auto error = check_name("tag", tag)) return error;
    }
    return std::nullopt;
}

std::optional<Error> check_priority(const std::optional<int>& priority) {
    if (!priority || (*priority >= 0 && *priority <= 255)) return std::nullopt;
    return invalid("priority is " + std::to_string(*priority) + "; it must be 0..255");
}

std::optional<Error> check_payload(std::string_view payload) {
    if (payload.size() <= kPayloadBytesMax) return std::nullopt;
    return Error{Code::TooLarge, "the payload has " + std::to_string(payload.size()) +
                                     " bytes; at most 1048576 are allowed"};
}

std::optional<Error> check_deduplication(const JobOptions& options) {
    if (!options.deduplication) return std::nullopt;
    const Deduplication& chosen = *options.deduplication;
    using Mode = Deduplication::Mode;
    if (auto error = check_name("deduplication key", chosen.key)) return error;
    const bool has_window = chosen.mode == Mode::Throttle || chosen.mode == Mode::Debounce;
    if (has_window ? chosen.window.count() < 1 : chosen.window.count() != 0) {
        return invalid("deduplication.window is " + std::to_string(chosen.window.count()) +
                       " ms; it must be " +
                       (has_window ? "at least 1 ms" : "0: only throttle and debounce have one"));
    }
    if (chosen.mode == Mode::Debounce && (options.delay || options.run_at)) {
        return invalid(
            "delay or run_at is set with debounce, whose window is the delay; set neither");
    }
    if (chosen.mode == Mode::KeepLatest && options.run_at) {
        return invalid(
            "run_at is set with keep_latest, whose job may have to wait for another; set delay");
    }
    return std::nullopt;
}

std::optional<Error> check_labels(const JobOptions& options) {
    if (!options.key.empty()) {
        if (auto error = check_name("key", options.key)) return error;
    }
    if (auto error = check_tags(options.tags)) return error;
    std::size_t header_bytes = 0;
    for (const auto& [key, value] : options.headers) {
        header_bytes += key.size() + value.size();
        if (key.empty() || !is_utf8(key) || !is_utf8(value)) {
            return invalid("header '" + to_utf8(key, kNameBytesMax) +
                           "' is not valid: it must have a name, and both must be UTF-8");
        }
    }
    if (options.headers.size() > kHeadersMax || header_bytes > kHeaderBytesMax) {
        return Error{Code::TooLarge, std::to_string(options.headers.size()) + " headers of " +
                                         std::to_string(header_bytes) +
                                         " bytes; at most 64 of 16384 bytes together are allowed"};
    }
    return std::nullopt;
}

std::optional<Error> check_keep(std::string_view what, const std::optional<Keep>& keep) {
    if (keep && keep->age && keep->age->count() < 0) {
        return invalid(std::string(what) + ".age is " + std::to_string(keep->age->count()) +
                       " ms; it must not be negative");
    }
    return std::nullopt;
}

std::optional<Error> check_backoff(const Backoff& backoff) {
    if (!(backoff.jitter >= 0 && backoff.jitter <= 1)) {
        return invalid("backoff.jitter is " + std::to_string(backoff.jitter) +
                       "; it must be 0..1");
    }
    if (backoff.delay.count() < 0 || backoff.max_delay.count() < 0) {
        return invalid("backoff.delay and backoff.max_delay must not be negative");
    }
    return std::nullopt;
}

std::optional<Error> check_duration(std::string_view what,
                                    const std::optional<Milliseconds>& duration) {
    if (!duration || duration->count() >= 0) return std::nullopt;
    return invalid(std::string(what) + " is " + std::to_string(duration->count()) +
                   " ms; it must not be negative");
}

}  // namespace

std::optional<Error> check_name(std::string_view what, std::string_view name) {
    if (!name.empty() && name.size() <= kNameBytesMax &&
        std::all_of(name.begin(), name.end(), is_name_character)) {
        return std::nullopt;
    }
    std::string message(what);
    if (name.size() <= kNameBytesMax) {
        message.append(" '").append(name).append("'");
    } else {
        message.append(" of ").append(std::to_string(name.size())).append(" characters");
    }
    return invalid(message.append(" is not valid: it must be 1..128 of A-Z a-z 0-9 . _ : -"));
}

std::optional<Error> check_options(const JobOptions& options) {
    if (!options.id.empty()) {
        if (auto error = check_name("job id", options.id)) return error;
        if (is_generated_form(options.id)) {
            return invalid("job id '" + options.id +
                           "' has the form of ids that the broker makes; choose another");
        }
    }
    if (auto error = check_priority(options.priority)) return error;
    if (options.delay && options.run_at) {
        return invalid("delay and run_at are both set; a job has one of them");
    }
    if (options.attempts && (*options.attempts < 1 || *options.attempts > kAttemptsMax)) {
        return invalid("attempts is " + std::to_string(*options.attempts) +
                       "; it must be 1..1000000");
    }
    if (options.max_stalled && *options.max_stalled > kStalledMax) {
        return invalid("max_stalled is " + std::to_string(*options.max_stalled) +
                       "; it must be 0..1000");
    }
    for (const auto& [what, duration] : {std::pair{"delay", options.delay},
                                         {"timeout", options.timeout}, {"ttl", options.ttl}}) {
        if (auto error = check_duration(what, duration)) return error;
    }
    if (options.backoff) {
        if (auto error = check_backoff(*options.backoff)) return error;
    }
    if (auto error = check_deduplication(options)) return error;
    if (auto error = check_keep("remove_on_complete", options.remove_on_complete)) return error;
    if (auto error = check_keep("remove_on_fail", options.remove_on_fail)) return error;
    if (options.on_failure) {
        if (auto error = check_name("on_failure.queue", options.on_failure->queue)) return error;
        if (!options.on_failure->name.empty()) {
            if (auto error = check_name("on_failure.name", options.on_failure->name)) return error;
        }
    }
    return check_labels(options);
}

std::optional<Error> check_settings(const QueueSettings& settings) {
    if (settings.defaults.size() > kDefaultsMax) {
        return Error{Code::TooLarge, "defaults for " + std::to_string(settings.defaults.size()) +
                                         " job names; at most 100 are allowed"};
    }
    for (const auto& [name, options] : settings.defaults) {
        auto error = name.empty() ? std::nullopt : check_name("job name", name);
        if (!error) error = check_options(options);
        if (!error && (!options.id.empty() || !options.key.empty() || options.lifo ||
                       options.delay || options.run_at || options.deduplication ||
                       !options.headers.empty() || !options.tags.empty())) {
            error = invalid(
                "id, key, lifo, delay, run_at, deduplication, headers and tags can only be set for "
                "a job");
        }
        if (!error) continue;
        error->message = "defaults of '" + name + "': " + error->message;
        return error;
    }
    return std::nullopt;
}

std::optional<Error> check_job(std::string_view name, std::string_view payload,
                               const JobOptions& options) {
    if (auto error = check_name("job name", name)) return error;
    if (auto error = check_payload(payload)) return error;
    return check_options(options);
}

std::optional<Error> check_follow_ups(const std::vector<FollowUp>& follow_ups) {
    if (follow_ups.size() > kFollowUpsMax) {
        return Error{Code::TooLarge, std::to_string(follow_ups.size()) +
                                         " jobs follow this one; at most 100 are allowed"};
    }
    for (const FollowUp& follow_up : follow_ups) {
        auto error = check_name("queue", follow_up.queue);
        if (!error) error = check_job(follow_up.job.name, follow_up.job.payload, follow_up.job.options);
        if (!error) continue;
        error->message = "a job that follows: " + error->message;
        return error;
    }
    return std::nullopt;
}

std::optional<Error> check_update(const JobUpdate& update) {
    if (!update.payload && !update.priority && !update.delay && !update.tags) {
        return invalid("nothing is to be changed; set payload, priority, delay or tags");
    }
    if (update.payload) {
        if (auto error = check_payload(*update.payload)) return error;
    }
    if (auto error = check_priority(update.priority)) return error;
    if (auto error = check_duration("delay", update.delay)) return error;
    return update.tags ? check_tags(*update.tags) : std::nullopt;
}

std::optional<Error> check_filters(const ListQuery& query) {
    if (!query.name.empty()) {
        if (auto error = check_name("job name", query.name)) return error;
    }
    if (!query.tag.empty()) {
        if (auto error = check_name("tag", query.tag)) return error;
    }
    if (query.error_text.size() > kErrorTextBytesMax || !is_utf8(query.error_text)) {
        return invalid("error_text has " + std::to_string(query.error_text.size()) +
                       " bytes; it must be UTF-8 of at most 1024");
    }
    return std::nullopt;
}

std::optional<Error> check_wait(Milliseconds wait) {
    if (wait.count() >= 1 && wait <= kWaitMax) return std::nullopt;
    return invalid("the timeout is " + std::to_string(wait.count()) +
                   " ms; it must be 1..3600000 ms");
}

std::optional<Error> check_ids(const std::vector<std::string>& ids) {
    if (ids.empty() || ids.size() > kJobsPerRequestMax) {
        return invalid(std::to_string(ids.size()) + " ids; 1..1000 are allowed in one call");
    }
    for (const auto& id : ids) {
        if (auto error = check_name("job id", id)) return error;
    }
    return std::nullopt;
}

void require(const std::optional<Error>& error) {
    if (error) throw SwarmqError(*error);
}

}  // namespace swarmq::inline sdk
