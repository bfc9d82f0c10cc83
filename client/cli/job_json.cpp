// Fills the objects. Bytes become text, or base64 where they are no UTF-8.
#include "job_json.h"

#include "table.h"
#include "values.h"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace swarmq::cli {
namespace {

namespace json = boost::json;

json::value millis_or_null(const std::optional<WallTime>& time) {
    if (!time) return nullptr;
    return unix_ms(*time);
}

// No limit is stored as 0.
json::value limit_or_null(const std::optional<Milliseconds>& duration) {
    if (!duration || duration->count() == 0) return nullptr;
    return duration->count();
}

json::value text_or_null(std::string_view text) {
    if (text.empty()) return nullptr;
    return json::value(printable(text));
}

std::string base64(std::string_view bytes) {
    static constexpr char kDigits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::string_view group = bytes.substr(at, 3);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            bits = bits << 8 | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            text += i <= group.size() ? kDigits[bits >> (18 - 6 * i) & 63] : '=';
        }
    }
    return text;
}

json::array attempts_json(const std::vector<Attempt>& attempts) {
    json::array array;
    for (const Attempt& attempt : attempts) {
        array.push_back({{"number", attempt.number},
                         {"worker", printable(attempt.worker)},
                         {"started_at", millis_or_null(attempt.started_at)},
                         {"ended_at", millis_or_null(attempt.ended_at)},
                         {"kind", to_string(attempt.kind)},
                         {"error", printable(attempt.error)}});
    }
    return array;
}

json::value backoff_json(const std::optional<Backoff>& backoff) {
    if (!backoff || backoff->type == Backoff::Type::None) return nullptr;
    return {{"type", backoff->type == Backoff::Type::Fixed ? "fixed" : "exponential"},
            {"delay", backoff->delay.count()},
            {"max", backoff->max_delay.count()},
            {"jitter", backoff->jitter}};
}

json::value keep_json(const Keep& keep) {
    if (keep.remove) return "none";
    if (!keep.count && !keep.age) return "forever";
    json::object object;
    if (keep.count) object["count"] = *keep.count;
    if (keep.age) object["age"] = keep.age->count();
    return object;
}

json::value on_failure_json(const OnFailure& to) {
    return {{"queue", to.queue}, {"name", text_or_null(to.name)}};
}

void set_options(json::object& object, const JobOptions& options) {
    object["key"] = options.key;
    object["priority"] = options.priority.value_or(kPriorityNormal);
    object["attempts"] = options.attempts.value_or(1);
    object["backoff"] = backoff_json(options.backoff);
    object["timeout"] = limit_or_null(options.timeout);
    object["ttl"] = limit_or_null(options.ttl);
    object["lifo"] = options.lifo.value_or(false);
    object["dedup"] = nullptr;
    if (options.deduplication) {
        object["dedup"] = {{"key", options.deduplication->key},
                           {"mode", show_dedup_mode({"", options.deduplication->mode, {}})},
                           {"window", options.deduplication->window.count()}};
    }
    object["max_stalled"] = options.max_stalled.value_or(1);
    object["keep_completed"] = options.remove_on_complete ? keep_json(*options.remove_on_complete) : nullptr;
    object["keep_failed"] = options.remove_on_fail ? keep_json(*options.remove_on_fail) : nullptr;
    object["on_failure"] = options.on_failure ? on_failure_json(*options.on_failure) : nullptr;
    object["tags"] = json::array(options.tags.begin(), options.tags.end());
    object["headers"] = headers_json(options.headers);
}

void set_flow(json::object& object, const Job& job) {
    if (job.parent) {
        object["parent"] = {{"queue", job.parent->queue}, {"id", job.parent->id}};
        object["on_child_failure"] = to_string(job.on_child_failure);
    }
    if (job.children) object["children"] = counts_json(*job.children);
}

}  // namespace

json::object headers_json(const std::map<std::string, std::string>& headers) {
    json::object object;
    for (const auto& [key, value] : headers) object[key] = value;
    return object;
}

std::int64_t unix_ms(WallTime time) {
    return std::chrono::duration_cast<Milliseconds>(time.time_since_epoch()).count();
}

void set_bytes(json::object& object, std::string_view key, std::string_view bytes) {
    if (is_utf8(bytes)) {
        object[key] = bytes;
        return;
    }
    object[key] = base64(bytes);
    object[fmt::format("{}_encoding", key)] = "base64";
}

json::value progress_json(std::string_view progress) {
    if (progress.empty()) return nullptr;
    json::error_code wrong;
    json::value value = json::parse(progress, wrong);
    return wrong ? json::value(printable(progress)) : value;
}

json::object counts_json(const ChildCounts& counts) {
    return {{"pending", counts.pending},
            {"completed", counts.completed},
            {"failed", counts.failed},
            {"removed", counts.removed}};
}

json::object job_json(const Job& job) {
    json::object object{{"id", job.id},
                        {"queue", job.queue},
                        {"name", job.name},
                        {"state", to_string(job.state)},
                        {"progress", progress_json(job.progress)},
                        {"attempts_made", job.attempts_made},
                        {"failed_reason", text_or_null(job.failed_reason)},
                        {"failure_kind", text_or_null(to_string(job.failure_kind))},
                        {"result", nullptr},
                        {"stalls", job.stalls},
                        {"worker", text_or_null(job.worker)},
                        {"log_lines", job.log_lines},
                        {"checkpoint_bytes", job.checkpoint_bytes},
                        {"created_at", millis_or_null(job.created_at)},
                        {"run_at", millis_or_null(job.run_at)},
                        {"waits_for", text_or_null(job.waits_for)},
                        {"started_at", millis_or_null(job.started_at)},
                        {"finished_at", millis_or_null(job.finished_at)}};
    if (job.state == JobState::Completed) set_bytes(object, "result", job.result);
    if (!job.result_content_type.empty()) object["result_content_type"] = job.result_content_type;
    set_options(object, job.options);
    set_bytes(object, "payload", job.payload);
    object["failed_attempts"] = attempts_json(job.attempts);
    set_flow(object, job);
    return object;
}

json::object options_json(const JobOptions& options) {
    json::object object;
    if (options.priority) object["priority"] = *options.priority;
    if (options.attempts) object["attempts"] = *options.attempts;
    if (options.backoff) object["backoff"] = backoff_json(options.backoff);
    if (options.timeout) object["timeout"] = options.timeout->count();
    if (options.ttl) object["ttl"] = options.ttl->count();
    if (options.max_stalled) object["max_stalled"] = *options.max_stalled;
    if (options.remove_on_complete)
        object["keep_completed"] = keep_json(*options.remove_on_complete);
    if (options.remove_on_fail) object["keep_failed"] = keep_json(*options.remove_on_fail);
    if (options.on_failure) object["on_failure"] = on_failure_json(*options.on_failure);
    if (options.lifo) object["lifo"] = *options.lifo;
    if (!options.key.empty()) object["key"] = options.key;
    if (!options.tags.empty())
        object["tags"] = json::array(options.tags.begin(), options.tags.end());
    if (!options.headers.empty()) object["headers"] = headers_json(options.headers);
    return object;
}

json::object added_json(const std::string& queue, const AddedJob& added) {
    using Outcome = AddedJob::Outcome;
    const char* const outcome = added.outcome == Outcome::Existing       ? "existing"
                                : added.outcome == Outcome::Deduplicated ? "deduplicated"
                                                                         : "added";
    return {{"queue", queue}, {"id", added.id}, {"outcome", outcome}};
}

json::object metrics_json(const QueueMetrics& metrics) {
    json::object object{{"queue", metrics.queue},
                        {"paused", metrics.paused},
                        {"waiting", metrics.waiting},
                        {"active", metrics.active},
                        {"completed", metrics.completed},
                        {"failed", metrics.failed},
                        {"delayed", metrics.delayed},
                        {"waiting_children", metrics.waiting_children},
                        {"added_total", metrics.added_total},
                        {"completed_total", metrics.completed_total},
                        {"failed_total", metrics.failed_total},
                        {"retried_total", metrics.retried_total},
                        {"stalled_total", metrics.stalled_total},
                        {"workers", metrics.workers}};
    for (const auto& [priority, count] : metrics.waiting_by_priority) {
        object[fmt::format("waiting_priority_{}", priority)] = count;
    }
    return object;
}

json::object settings_json(const std::string& queue, const QueueSettings& settings) {
    json::object defaults;
    for (const auto& [name, options] : settings.defaults) {
        defaults[name.empty() ? "*" : name] = options_json(options);
    }
    json::value waiting_max;
    if (settings.waiting_max > 0) waiting_max = settings.waiting_max;
    return {{"queue", queue}, {"waiting_max", waiting_max}, {"defaults", std::move(defaults)}};
}

void print_json(const json::value& value) {
    fmt::print("{}\n", json::serialize(value));
}

}  // namespace swarmq::cli
