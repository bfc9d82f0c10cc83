// Jobs, options and answers as they go to the broker.
#include <algorithm>
#include <utility>

#include "convert.h"
#include "convert_limits.h"
#include "utf8.h"
#include "validate.h"

namespace swarmq::inline sdk {
namespace {

std::uint64_t ms_of(Milliseconds duration) {
    return duration.count() > 0 ? static_cast<std::uint64_t>(duration.count()) : 0;
}

// Not before the time: a part of a millisecond counts as a whole one.
std::uint64_t unix_ms_of(WallTime time) {
    const auto since = std::chrono::ceil<Milliseconds>(time.time_since_epoch());
    return since.count() > 0 ? static_cast<std::uint64_t>(since.count()) : 1;
}

template <class T>
void take_default(std::optional<T>& value, const std::optional<T>& preset) {
    if (!value) value = preset;
}

void set_keep(v1::Keep& proto, const Keep& keep) {
    proto.set_remove(keep.remove);
    proto.set_forever(keep.forever);
    if (keep.count) proto.set_count(*keep.count);
    if (keep.age) proto.set_age_ms(ms_of(*keep.age));
}

void set_backoff(v1::Backoff& proto, const Backoff& backoff) {
    proto.set_type(static_cast<v1::Backoff::Type>(backoff.type));
    proto.set_delay_ms(ms_of(backoff.delay));
    proto.set_max_delay_ms(ms_of(backoff.max_delay));
    proto.set_jitter(backoff.jitter);
}

bool has_proto_options(const JobOptions& options) {
    return options.priority || options.lifo || options.delay || options.run_at ||
           options.attempts || options.backoff || options.timeout || options.ttl ||
           options.max_stalled || options.remove_on_complete || options.remove_on_fail ||
           options.on_failure || options.deduplication || !options.key.empty();
}

void set_options(v1::JobOptions& proto, const JobOptions& options) {
    proto.set_key(options.key);
    if (options.priority) proto.set_priority(static_cast<std::uint32_t>(*options.priority));
    if (options.lifo) proto.set_lifo(*options.lifo);
    if (options.delay) proto.set_delay_ms(ms_of(*options.delay));
    if (options.run_at) proto.set_run_at_ms(unix_ms_of(*options.run_at));
    if (options.attempts) proto.set_attempts(*options.attempts);
    if (options.backoff) set_backoff(*proto.mutable_backoff(), *options.backoff);
    if (options.timeout) proto.set_timeout_ms(ms_of(*options.timeout));
    if (options.ttl) proto.set_ttl_ms(ms_of(*options.ttl));
    if (options.max_stalled) proto.set_max_stalled(*options.max_stalled);
    if (options.remove_on_complete) {
        set_keep(*proto.mutable_remove_on_complete(), *options.remove_on_complete);
    }
    if (options.remove_on_fail) set_keep(*proto.mutable_remove_on_fail(), *options.remove_on_fail);
    if (options.on_failure) {
        proto.mutable_on_failure()->set_queue(options.on_failure->queue);
        proto.mutable_on_failure()->set_name(options.on_failure->name);
    }
    if (options.deduplication) {
        auto& chosen = *proto.mutable_deduplication();
        chosen.set_key(options.deduplication->key);
        chosen.set_mode(static_cast<v1::Deduplication::Mode>(options.deduplication->mode));
        chosen.set_window_ms(ms_of(options.deduplication->window));
    }
}

void set_failure(v1::FinishItem& item, Outcome outcome) {
    auto& fail = *item.mutable_fail();
    fail.set_unrecoverable(outcome.kind() == Outcome::Kind::Unrecoverable);
    if (outcome.kind() == Outcome::Kind::RetryIn) fail.set_retry_in_ms(ms_of(outcome.wait()));
    fail.set_reason(to_utf8(std::move(outcome).take_text(), kReasonBytesMax));
}

void set_holds(v1::FinishItem& item, const Outcome& outcome, bool has_key) {
    const bool is_queues = outcome.is_rate_limited() && !has_key;
    const auto bounded = [](Milliseconds length) { return ms_of(std::min(length, kHoldMax)); };
    item.set_hold_queue_ms(bounded(is_queues ? outcome.key_hold() : outcome.queue_hold()));
    if (!is_queues) item.set_hold_key_ms(bounded(outcome.key_hold()));
}

}  // namespace

JobOptions merged(const JobOptions& defaults, JobOptions job) {
    if (!job.delay && !job.run_at) {
        job.delay = defaults.delay;
        job.run_at = defaults.run_at;
    }
    take_default(job.priority, defaults.priority);
    take_default(job.lifo, defaults.lifo);
    take_default(job.attempts, defaults.attempts);
    take_default(job.backoff, defaults.backoff);
    take_default(job.timeout, defaults.timeout);
    take_default(job.ttl, defaults.ttl);
    take_default(job.max_stalled, defaults.max_stalled);
    take_default(job.remove_on_complete, defaults.remove_on_complete);
    take_default(job.remove_on_fail, defaults.remove_on_fail);
    take_default(job.on_failure, defaults.on_failure);
    take_default(job.deduplication, defaults.deduplication);
    if (job.key.empty()) job.key = defaults.key;
    if (job.tags.empty()) job.tags = defaults.tags;
    job.headers.insert(defaults.headers.begin(), defaults.headers.end());
    return job;
}

std::unique_ptr<v1::NewJob> to_proto(std::string name, std::string payload, JobOptions options) {
    auto proto = std::make_unique<v1::NewJob>();
    proto->set_id(std::move(options.id));
    proto->set_name(std::move(name));
    proto->set_payload(std::move(payload));
    if (has_proto_options(options)) set_options(*proto->mutable_options(), options);
    for (const auto& [key, value] : options.headers) (*proto->mutable_headers())[key] = value;
    for (auto& tag : options.tags) proto->add_tags(std::move(tag));
    return proto;
}

void set_settings(v1::QueueSettings& proto, const QueueSettings& settings) {
    proto.set_waiting_max(settings.waiting_max);
    set_limits(proto, settings);
    for (const auto& [name, options] : settings.defaults) {
        auto& entry = *proto.add_defaults();
        entry.set_name(name);
        set_options(*entry.mutable_options(), options);
    }
}

void set_update(v1::UpdateJob& proto, JobUpdate update) {
    if (update.payload) proto.set_payload(std::move(*update.payload));
    if (update.priority) proto.set_priority(static_cast<std::uint32_t>(*update.priority));
    if (update.delay) proto.set_delay_ms(ms_of(*update.delay));
    if (!update.tags) return;
    auto& tags = *proto.mutable_tags();
    for (auto& tag : *update.tags) tags.add_tags(std::move(tag));
}

void set_filters(v1::ListJobs& proto, const ListQuery& query) {
    proto.set_name(query.name);
    proto.set_tag(query.tag);
    if (query.created_from) proto.set_created_from_ms(unix_ms_of(*query.created_from));
    if (query.created_before) proto.set_created_before_ms(unix_ms_of(*query.created_before));
    if (query.finished_from) proto.set_finished_from_ms(unix_ms_of(*query.finished_from));
    if (query.finished_before) proto.set_finished_before_ms(unix_ms_of(*query.finished_before));
    proto.set_error_text(query.error_text);
}

v1::JobState to_proto(JobState state) { return static_cast<v1::JobState>(state); }

namespace {

void set_follow_ups(v1::FinishItem& item, std::vector<FollowUp> follow_ups) {
    for (FollowUp& from : follow_ups) {
        v1::FollowUp& follow_up = *item.add_follow_ups();
        follow_up.set_queue(std::move(from.queue));
        follow_up.set_allocated_job(
            to_proto(std::move(from.job.name), std::move(from.job.payload), std::move(from.job.options))
                .release());
    }
}

}  // namespace

void set_outcome(v1::FinishItem& item, Outcome outcome, bool has_key) {
    set_holds(item, outcome, has_key);
    set_follow_ups(item, std::move(outcome).take_follow_ups());
    switch (outcome.kind()) {
        case Outcome::Kind::Complete:
            item.mutable_complete()->set_content_type(outcome.content_type());
            item.mutable_complete()->set_result(std::move(outcome).take_text());
            return;
        case Outcome::Kind::Fail:
        case Outcome::Kind::Unrecoverable:
        case Outcome::Kind::RetryIn:
            set_failure(item, std::move(outcome));
            return;
        case Outcome::Kind::Delay:
            item.mutable_delay()->set_delay_ms(ms_of(outcome.wait()));
            return;
        case Outcome::Kind::Release:
            item.mutable_release();
            return;
        case Outcome::Kind::WaitForChildren:
            item.mutable_wait_for_children();
            return;
    }
}

}  // namespace swarmq::inline sdk
