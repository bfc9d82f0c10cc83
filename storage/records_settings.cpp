// Settings of queues and their rows.
#include "records_values.h"

#include <algorithm>

namespace swarmq::storage {
namespace {

void fill_defaults(const JobDefaults& defaults, stored::StoredJobDefaults& row) {
    if (defaults.priority) row.set_priority(*defaults.priority);
    if (defaults.attempts_max) row.set_attempts_max(*defaults.attempts_max);
    if (defaults.backoff) {
        row.mutable_backoff()->set_type(static_cast<std::uint32_t>(defaults.backoff->type));
        row.mutable_backoff()->set_delay_ms(static_cast<std::uint64_t>(defaults.backoff->delay_ms));
        row.mutable_backoff()->set_max_delay_ms(
            static_cast<std::uint64_t>(defaults.backoff->max_delay_ms));
        row.mutable_backoff()->set_jitter(defaults.backoff->jitter);
    }
    if (defaults.timeout_ms) row.set_timeout_ms(static_cast<std::uint64_t>(*defaults.timeout_ms));
    if (defaults.ttl_ms) row.set_ttl_ms(static_cast<std::uint64_t>(*defaults.ttl_ms));
    if (defaults.max_stalled) row.set_max_stalled(*defaults.max_stalled);
    if (defaults.keep_completed) fill_keep(*defaults.keep_completed, *row.mutable_keep_completed());
    if (defaults.keep_failed) fill_keep(*defaults.keep_failed, *row.mutable_keep_failed());
    row.set_on_failure_queue(defaults.on_failure_queue);
    row.set_on_failure_name(defaults.on_failure_name);
}

JobDefaults defaults_from(const stored::StoredJobDefaults& row) {
    JobDefaults defaults;
    if (row.has_priority()) defaults.priority = row.priority();
    if (row.has_attempts_max()) defaults.attempts_max = row.attempts_max();
    if (row.has_backoff()) {
        Backoff& backoff = defaults.backoff.emplace();
        backoff.type = static_cast<BackoffType>(row.backoff().type());
        backoff.delay_ms = static_cast<DurationMs>(row.backoff().delay_ms());
        backoff.max_delay_ms = static_cast<DurationMs>(row.backoff().max_delay_ms());
        backoff.jitter = row.backoff().jitter();
    }
    if (row.has_timeout_ms()) defaults.timeout_ms = static_cast<DurationMs>(row.timeout_ms());
    if (row.has_ttl_ms()) defaults.ttl_ms = static_cast<DurationMs>(row.ttl_ms());
    if (row.has_max_stalled()) defaults.max_stalled = row.max_stalled();
    if (row.has_keep_completed()) defaults.keep_completed = keep_from(row.keep_completed());
    if (row.has_keep_failed()) defaults.keep_failed = keep_from(row.keep_failed());
    defaults.on_failure_queue = row.on_failure_queue();
    defaults.on_failure_name = row.on_failure_name();
    return defaults;
}

void fill_limits(const Limits& limits, stored::StoredLimits& row) {
    row.set_concurrency(limits.concurrency);
    for (const Rate& rate : limits.rates) {
        stored::StoredRate& entry = *row.add_rates();
        entry.set_jobs(rate.jobs);
        entry.set_per_ms(static_cast<std::uint64_t>(rate.per_ms));
    }
}

Limits limits_from(const stored::StoredLimits& row) {
    Limits limits;
    limits.concurrency = row.concurrency();
    for (const auto& entry : row.rates())
        limits.rates.push_back({entry.jobs(), static_cast<DurationMs>(entry.per_ms())});
    return limits;
}

}  // namespace

void fill_settings(const QueueSettings& settings, stored::StoredQueueSettings& row) {
    row.set_waiting_max(settings.waiting_max);
    if (settings.limits != Limits{}) fill_limits(settings.limits, *row.mutable_limits());
    if (settings.key_limits != Limits{}) fill_limits(settings.key_limits, *row.mutable_key_limits());
    for (const auto& [key, own] : settings.keys) {
        stored::StoredKeySettings& entry = *row.add_keys();
        entry.set_key(key);
        entry.set_weight(own.weight);
        if (own.limits) fill_limits(*own.limits, *entry.mutable_limits());
    }
    for (const auto& [name, defaults] : settings.defaults) {
        stored::StoredJobDefaults& entry = *row.add_defaults();
        entry.set_name(name);
        fill_defaults(defaults, entry);
    }
}

std::shared_ptr<const QueueSettings> settings_from(const stored::StoredQueueSettings& row) {
    auto settings = std::make_shared<QueueSettings>();
    settings->waiting_max = row.waiting_max();
    settings->limits = limits_from(row.limits());
    settings->key_limits = limits_from(row.key_limits());
    for (const auto& entry : row.keys()) {
        KeySettings& own = settings->keys[entry.key()];
        own.weight = std::max<std::uint32_t>(1, entry.weight());
        if (entry.has_limits()) own.limits = limits_from(entry.limits());
    }
    for (const auto& entry : row.defaults()) settings->defaults[entry.name()] = defaults_from(entry);
    return settings;
}

namespace {

void fill_hold(const Hold& hold, stored::StoredHold& row) {
    row.set_is_paused(hold.is_paused);
    row.set_until_ms(hold.until_ms);
    row.set_length_ms(hold.length_ms);
}

Hold hold_from(const stored::StoredHold& row) {
    return {row.is_paused(), row.until_ms(), row.length_ms()};
}

}  // namespace

void fill_controls(const QueueControls& controls, stored::StoredQueueControls& row) {
    row.Clear();
    if (controls.hold != Hold{}) fill_hold(controls.hold, *row.mutable_hold());
    for (const auto& [key, hold] : controls.key_holds) {
        fill_hold(hold, *row.add_key_holds());
        row.mutable_key_holds()->rbegin()->set_key(key);
    }
    if (controls.settings) fill_settings(*controls.settings, *row.mutable_settings());
}

QueueControls controls_from(QueueId queue, const stored::StoredQueueControls& row) {
    QueueControls controls;
    controls.queue = queue;
    controls.hold = hold_from(row.hold());
    for (const auto& entry : row.key_holds()) controls.key_holds[entry.key()] = hold_from(entry);
    if (row.has_settings()) controls.settings = settings_from(row.settings());
    return controls;
}

}  // namespace swarmq::storage
