// Options of jobs and defaults of queues, both ways.
#include "api/convert_options.h"

#include <algorithm>
#include <utility>

#include "api/convert.h"
#include "api/convert_limits.h"
#include "engine/limits.h"
#include "swarmq/v1/admin.pb.h"
#include "swarmq/v1/job.pb.h"

namespace swarmq::api {
namespace {

Keep to_keep(const v1::Keep& message, const Keep& otherwise) {
    if (message.remove()) return {0, std::nullopt};
    if (message.forever()) return {};
    if (!message.has_count() && !message.has_age_ms()) return otherwise;
    Keep keep;
    if (message.has_count()) keep.count = message.count();
    if (message.has_age_ms()) keep.age_ms = to_ms(message.age_ms());
    return keep;
}

Backoff to_backoff(const v1::Backoff& message) {
    Backoff backoff;
    if (message.type() == v1::Backoff::TYPE_FIXED) backoff.type = BackoffType::Fixed;
    if (message.type() == v1::Backoff::TYPE_EXPONENTIAL) backoff.type = BackoffType::Exponential;
    backoff.delay_ms = to_ms(message.delay_ms());
    backoff.max_delay_ms = to_ms(message.max_delay_ms());
    backoff.jitter = message.jitter();
    return backoff;
}

void fill_keep(const Keep& keep, v1::Keep& message) {
    if (keep.count == 0) message.set_remove(true);
    else if (!keep.count && !keep.age_ms) message.set_forever(true);
    if (keep.count.value_or(0) > 0) message.set_count(*keep.count);
    if (keep.age_ms) message.set_age_ms(static_cast<std::uint64_t>(*keep.age_ms));
}

void fill_backoff(const Backoff& backoff, v1::Backoff& message) {
    message.set_type(static_cast<v1::Backoff::Type>(backoff.type));
    message.set_delay_ms(static_cast<std::uint64_t>(backoff.delay_ms));
    message.set_max_delay_ms(static_cast<std::uint64_t>(backoff.max_delay_ms));
    message.set_jitter(backoff.jitter);
}

// The fields that were chosen, as defaults.
JobDefaults to_defaults(const engine::JobSpec& spec) {
    JobDefaults defaults;
    const auto is_chosen = [&](engine::JobField field) { return (spec.chosen & field) != 0; };
    if (is_chosen(engine::kPriority)) defaults.priority = spec.priority;
    if (is_chosen(engine::kAttempts)) defaults.attempts_max = spec.attempts_max;
    if (is_chosen(engine::kBackoff)) defaults.backoff = spec.backoff;
    if (is_chosen(engine::kTimeout)) defaults.timeout_ms = spec.timeout_ms;
    if (is_chosen(engine::kTtl)) defaults.ttl_ms = spec.ttl_ms;
    if (is_chosen(engine::kMaxStalled)) defaults.max_stalled = spec.max_stalled;
    if (is_chosen(engine::kKeepCompleted)) defaults.keep_completed = spec.keep_completed;
    if (is_chosen(engine::kKeepFailed)) defaults.keep_failed = spec.keep_failed;
    defaults.on_failure_queue = spec.on_failure_queue;
    defaults.on_failure_name = spec.on_failure_name;
    return defaults;
}

void fill_defaults(const JobDefaults& defaults, v1::JobOptions& options) {
    if (defaults.priority) options.set_priority(*defaults.priority);
    if (defaults.attempts_max) options.set_attempts(*defaults.attempts_max);
    if (defaults.backoff) fill_backoff(*defaults.backoff, *options.mutable_backoff());
    if (defaults.timeout_ms) options.set_timeout_ms(static_cast<std::uint64_t>(*defaults.timeout_ms));
    if (defaults.ttl_ms) options.set_ttl_ms(static_cast<std::uint64_t>(*defaults.ttl_ms));
    if (defaults.max_stalled) options.set_max_stalled(*defaults.max_stalled);
    if (defaults.keep_completed)
        fill_keep(*defaults.keep_completed, *options.mutable_remove_on_complete());
    if (defaults.keep_failed) fill_keep(*defaults.keep_failed, *options.mutable_remove_on_fail());
    if (defaults.on_failure_queue.empty()) return;
    options.mutable_on_failure()->set_queue(defaults.on_failure_queue);
    options.mutable_on_failure()->set_name(defaults.on_failure_name);
}

void take_deduplication(v1::Deduplication& message, engine::JobSpec& spec) {
    spec.deduplication.key = std::move(*message.mutable_key());
    spec.deduplication.window_ms = to_ms(message.window_ms());
    if (message.mode() == v1::Deduplication::MODE_UNSPECIFIED)
        spec.deduplication.mode = DedupMode::UntilEnded;
    else  // The engine refuses those that it does not know.
        spec.deduplication.mode = static_cast<DedupMode>(
            v1::Deduplication::Mode_IsValid(message.mode()) ? message.mode() : 0xff);
}

void fill_deduplication(const Deduplication& chosen, v1::Deduplication& message) {
    message.set_key(chosen.key);
    message.set_mode(static_cast<v1::Deduplication::Mode>(chosen.mode));
    message.set_window_ms(static_cast<std::uint64_t>(chosen.window_ms));
}

}  // namespace

DurationMs to_ms(std::uint64_t value) {
    constexpr auto kMax = static_cast<std::uint64_t>(engine::kDurationMaxMs);
    return static_cast<DurationMs>(std::min(value, kMax + 1));
}

void take_options(v1::JobOptions& options, engine::JobSpec& spec) {
    const auto choose = [&](bool is_chosen, engine::JobField field) {
        if (is_chosen) spec.chosen |= field;
        return is_chosen;
    };
    if (choose(options.has_priority(), engine::kPriority)) spec.priority = options.priority();
    spec.key = std::move(*options.mutable_key());
    spec.lifo = options.lifo();
    spec.delay_ms = to_ms(options.delay_ms());
    spec.run_at_ms = to_ms(options.run_at_ms());
    if (options.has_deduplication()) take_deduplication(*options.mutable_deduplication(), spec);
    if (choose(options.has_attempts(), engine::kAttempts)) spec.attempts_max = options.attempts();
    if (choose(options.has_backoff(), engine::kBackoff)) spec.backoff = to_backoff(options.backoff());
    if (choose(options.has_timeout_ms(), engine::kTimeout)) spec.timeout_ms = to_ms(options.timeout_ms());
    if (choose(options.has_ttl_ms(), engine::kTtl)) spec.ttl_ms = to_ms(options.ttl_ms());
    if (choose(options.has_max_stalled(), engine::kMaxStalled)) spec.max_stalled = options.max_stalled();
    if (choose(options.has_remove_on_complete(), engine::kKeepCompleted))
        spec.keep_completed = to_keep(options.remove_on_complete(), kKeepCompletedDefault);
    if (choose(options.has_remove_on_fail(), engine::kKeepFailed))
        spec.keep_failed = to_keep(options.remove_on_fail(), kKeepFailedDefault);
    if (choose(options.has_on_failure(), engine::kOnFailure)) {
        spec.on_failure_queue = std::move(*options.mutable_on_failure()->mutable_queue());
        spec.on_failure_name = std::move(*options.mutable_on_failure()->mutable_name());
    }
}

void fill_chosen_options(const JobTemplate& job, v1::JobOptions& options) {
    engine::JobSpec spec;
    const JobClass& shared = job.job_class;
    spec.chosen = job.chosen;
    spec.priority = job.priority;
    spec.attempts_max = shared.attempts_max;
    spec.backoff = shared.backoff;
    spec.timeout_ms = shared.timeout_ms;
    spec.ttl_ms = shared.ttl_ms;
    spec.max_stalled = shared.max_stalled;
    spec.keep_completed = shared.keep_completed;
    spec.keep_failed = shared.keep_failed;
    spec.on_failure_queue = shared.on_failure_queue;
    spec.on_failure_name = shared.on_failure_name;
    fill_defaults(to_defaults(spec), options);
    options.set_key(shared.key);
    options.set_lifo(job.lifo);
}

void fill_options(const JobClass& job_class, const JobRecord& record, v1::JobOptions& options) {
    options.set_key(job_class.key);
    options.set_lifo(record.lifo);
    if (record.due_by_wall_clock)
        options.set_run_at_ms(static_cast<std::uint64_t>(record.due_ms));
    else
        options.set_delay_ms(static_cast<std::uint64_t>(record.delay_ms));
    if (record.deduplication.mode != DedupMode::None)
        fill_deduplication(record.deduplication, *options.mutable_deduplication());
    options.set_attempts(job_class.attempts_max);
    if (job_class.backoff.type != BackoffType::None)
        fill_backoff(job_class.backoff, *options.mutable_backoff());
    options.set_timeout_ms(static_cast<std::uint64_t>(job_class.timeout_ms));
    options.set_ttl_ms(static_cast<std::uint64_t>(job_class.ttl_ms));
    options.set_max_stalled(job_class.max_stalled);
    fill_keep(job_class.keep_completed, *options.mutable_remove_on_complete());
    fill_keep(job_class.keep_failed, *options.mutable_remove_on_fail());
    if (!job_class.on_failure_queue.empty()) {
        options.mutable_on_failure()->set_queue(job_class.on_failure_queue);
        options.mutable_on_failure()->set_name(job_class.on_failure_name);
    }
}

Result<QueueSettings> to_settings(v1::QueueSettings& message) {
    QueueSettings settings;
    settings.waiting_max = message.waiting_max();
    if (auto taken = take_limits(message, settings); !taken) return taken.error();
    for (v1::JobDefaults& entry : *message.mutable_defaults()) {
        v1::JobOptions& options = *entry.mutable_options();
        if (options.lifo() || options.delay_ms() != 0 || options.run_at_ms() != 0 ||
            !options.key().empty() || options.has_deduplication())
            return Error{Code::InvalidArgument, "defaults of \"" + entry.name() +
                                                    "\": key, lifo, delay_ms, run_at_ms and "
                                                    "deduplication can only be chosen for a job"};
        engine::JobSpec spec;
        take_options(options, spec);
        if (!settings.defaults.emplace(entry.name(), to_defaults(spec)).second)
            return Error{Code::InvalidArgument,
                         "defaults: name \"" + entry.name() + "\" is given twice"};
    }
    return settings;
}

void fill_settings(const QueueSettings& settings, v1::QueueSettings& message) {
    message.set_waiting_max(settings.waiting_max);
    fill_limits(settings, message);
    for (const auto& [name, defaults] : settings.defaults) {
        v1::JobDefaults& entry = *message.add_defaults();
        entry.set_name(name);
        fill_defaults(defaults, *entry.mutable_options());
    }
}

}  // namespace swarmq::api
