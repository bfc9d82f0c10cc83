// A table of keys, each with what it sets.
#include "job_lines.h"

#include "job_options.h"
#include "scheduler_options.h"
#include "values.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <string>
#include <vector>

namespace swarmq::cli {
namespace {

namespace json = boost::json;

std::string text_of(std::string_view key, const json::value& value) {
    if (const json::string* text = value.if_string()) return std::string(*text);
    throw UsageError(fmt::format("{}: {} is no text", key, json::serialize(value)));
}

// As people write it: Boost would write 0.5 as 5E-1.
std::string plain_text(const json::value& value) {
    if (const double* number = value.if_double()) return fmt::format("{}", *number);
    const json::string* text = value.if_string();
    return text != nullptr ? std::string(*text) : json::serialize(value);
}

std::uint64_t number_of(std::string_view key, const json::value& value, std::uint64_t min,
                        std::uint64_t max) {
    return parse_number(key, plain_text(value), min, max);
}

Milliseconds duration_of(std::string_view key, const json::value& value) {
    return parse_duration(key, plain_text(value));
}

bool flag_of(std::string_view key, const json::value& value) {
    if (const bool* flag = value.if_bool()) return *flag;
    throw UsageError(fmt::format("{}: {} is neither true nor false", key, json::serialize(value)));
}

Backoff backoff_of(std::string_view key, const json::value& value) {
    const json::object* parts = value.if_object();
    if (parts == nullptr) return parse_backoff(key, text_of(key, value));
    std::string text = parts->contains("type") ? text_of("backoff.type", parts->at("type")) : "";
    text += ":";
    text += parts->contains("delay")
                ? std::to_string(duration_of("backoff.delay", parts->at("delay")).count())
                : "";
    std::string separator = ":";
    for (const auto& [name, part] : *parts) {
        if (name == "type" || name == "delay") continue;
        text += fmt::format("{}{}={}", separator, std::string_view(name), plain_text(part));
        separator = ",";
    }
    return parse_backoff(key, text);
}

Deduplication& dedup_of(NewJob& job) {
    if (!job.options.deduplication) job.options.deduplication.emplace();
    return *job.options.deduplication;
}

void set_tags(const json::value& value, NewJob& job) {
    const json::array* tags = value.if_array();
    if (tags == nullptr) throw UsageError("tags: must be a list of texts");
    job.options.tags.clear();
    for (const json::value& tag : *tags) job.options.tags.push_back(text_of("tags", tag));
}

void set_headers(const json::value& value, NewJob& job) {
    const json::object* headers = value.if_object();
    if (headers == nullptr) throw UsageError("headers: must be an object of texts");
    for (const auto& [key, text] : *headers) {
        job.options.headers[std::string(key)] = text_of("headers", text);
    }
}

// As text, or as `swarm queue status --json` prints it: milliseconds since 1970.
WallTime time_of(std::string_view key, const json::value& value) {
    if (const json::string* text = value.if_string())
        return parse_time(std::string(key), std::string(*text), std::chrono::system_clock::now());
    constexpr std::uint64_t kMsMax = std::numeric_limits<std::int64_t>::max() / 1'000'000;
    return WallTime(Milliseconds(number_of(key, value, 0, kMsMax)));
}

// As text, as a count, or as `swarm queue status --json` prints it: {"count":1000,"age":"7d"}.
Keep keep_of(std::string_view key, const json::value& value) {
    const json::object* const parts = value.if_object();
    if (parts == nullptr) return parse_keep(key, plain_text(value));
    Keep keep;
    for (const auto& [name, part] : *parts) {
        if (name == "count") {
            keep.count = number_of(key, part, 1, 1'000'000'000);
        } else if (name == "age") {
            keep.age = duration_of(key, part);
        } else {
            throw UsageError(fmt::format("{}: unknown key '{}'; keys are count age", key,
                                         std::string_view(name)));
        }
    }
    if (keep.count || keep.age) return keep;
    throw UsageError(fmt::format("{}: {{}} says nothing; give count, age or both", key));
}

// "QUEUE/NAME", or {"queue":"dead","name":"late"}.
OnFailure on_failure_of(std::string_view key, const json::value& value) {
    const json::object* const parts = value.if_object();
    if (parts == nullptr) return parse_on_failure(key, text_of(key, value));
    OnFailure to;
    for (const auto& [name, part] : *parts) {
        if (name == "queue") {
            to.queue = text_of(key, part);
        } else if (name == "name" && !part.is_null()) {
            to.name = text_of(key, part);
        } else if (name != "name") {
            throw UsageError(fmt::format("{}: unknown key '{}'; keys are queue name", key,
                                         std::string_view(name)));
        }
    }
    return to;
}

struct Key {
    std::string_view name;
    void (*set)(std::string_view key, const json::value& value, NewJob& job);
};

constexpr std::array kKeys = {
    Key{"name", [](auto key, auto& value, NewJob& job) { job.name = text_of(key, value); }},
    Key{"payload",
        [](auto, auto& value, NewJob& job) {
            const json::string* text = value.if_string();
            job.payload = text != nullptr ? std::string(*text) : json::serialize(value);
        }},
    Key{"priority",
        [](auto key, auto& value, NewJob& job) {
            job.options.priority = static_cast<int>(number_of(key, value, 0, 255));
        }},
    Key{"key", [](auto key, auto& value, NewJob& job) { job.options.key = text_of(key, value); }},
    Key{"dedup",
        [](auto key, auto& value, NewJob& job) { dedup_of(job).key = text_of(key, value); }},
    Key{"dedup_mode",
        [](auto key, auto& value, NewJob& job) {
            const Deduplication mode = parse_dedup_mode(key, text_of(key, value));
            dedup_of(job).mode = mode.mode;
            dedup_of(job).window = mode.window;
        }},
    Key{"delay",
        [](auto key, auto& value, NewJob& job) { job.options.delay = duration_of(key, value); }},
    Key{"attempts",
        [](auto key, auto& value, NewJob& job) {
            job.options.attempts = static_cast<std::uint32_t>(number_of(key, value, 1, 1'000'000));
        }},
    Key{"backoff",
        [](auto key, auto& value, NewJob& job) { job.options.backoff = backoff_of(key, value); }},
    Key{"run_at",
        [](auto key, auto& value, NewJob& job) { job.options.run_at = time_of(key, value); }},
    Key{"max_stalled",
        [](auto key, auto& value, NewJob& job) {
            job.options.max_stalled = static_cast<std::uint32_t>(number_of(key, value, 0, 1'000));
        }},
    Key{"keep_completed",
        [](auto key, auto& value, NewJob& job) {
            job.options.remove_on_complete = keep_of(key, value);
        }},
    Key{"keep_failed", [](auto key, auto& value,
                          NewJob& job) { job.options.remove_on_fail = keep_of(key, value); }},
    Key{"on_failure", [](auto key, auto& value,
                         NewJob& job) { job.options.on_failure = on_failure_of(key, value); }},
    Key{"timeout",
        [](auto key, auto& value, NewJob& job) { job.options.timeout = duration_of(key, value); }},
    Key{"ttl",
        [](auto key, auto& value, NewJob& job) { job.options.ttl = duration_of(key, value); }},
    Key{"id", [](auto key, auto& value, NewJob& job) { job.options.id = text_of(key, value); }},
    Key{"lifo", [](auto key, auto& value, NewJob& job) { job.options.lifo = flag_of(key, value); }},
    Key{"tags", [](auto, auto& value, NewJob& job) { set_tags(value, job); }},
    Key{"headers", [](auto, auto& value, NewJob& job) { set_headers(value, job); }},
};

const Key& find_key(std::string_view name, const std::vector<std::string>& further) {
    const auto found =
        std::find_if(kKeys.begin(), kKeys.end(), [&](const Key& key) { return key.name == name; });
    if (found != kKeys.end()) return *found;
    if (name == "children") {
        throw UsageError("a job with children is a flow: it is added by `swarm flow add`");
    }
    std::vector<std::string> names = further;
    for (const Key& key : kKeys) names.emplace_back(key.name);
    const std::string near = nearest(name, names);
    throw UsageError(fmt::format("unknown key '{}'; {}", name,
                                 near.empty() ? fmt::format("keys are {}", fmt::join(names, " "))
                                              : fmt::format("did you mean '{}'?", near)));
}

}  // namespace

NewJob parse_job(const json::object& object, const NewJob& otherwise,
                 const std::vector<std::string>& further) {
    NewJob job = otherwise;
    const bool has_delay = object.contains("delay");
    const bool has_run_at = object.contains("run_at");
    if (has_delay && has_run_at) throw UsageError("delay and run_at exclude each other");
    if (has_delay) job.options.run_at.reset();
    if (has_run_at) job.options.delay.reset();
    for (const auto& [name, part] : object) {
        if (std::find(further.begin(), further.end(), std::string_view(name)) != further.end()) continue;
        find_key(name, further).set(name, part, job);
    }
    return job;
}

NewJob parse_job_line(std::string_view line, const NewJob& otherwise) {
    json::error_code wrong;
    const json::value value = json::parse(line, wrong);
    if (wrong) throw UsageError(fmt::format("is no JSON: {}", wrong.message()));
    const json::object* object = value.if_object();
    if (object == nullptr) throw UsageError("is no JSON object such as {\"payload\":\"hello\"}");
    return parse_job(*object, otherwise);
}

}  // namespace swarmq::cli
