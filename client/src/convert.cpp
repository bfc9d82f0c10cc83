// Jobs, results and numbers as they come from the broker.
#include "convert.h"
#include "convert_limits.h"

#include <utility>

namespace swarmq::inline sdk {
namespace {

WallTime to_wall(std::uint64_t unix_ms) {
    return WallTime(Milliseconds(static_cast<std::int64_t>(unix_ms)));
}

Milliseconds to_ms(std::uint64_t ms) { return Milliseconds(static_cast<std::int64_t>(ms)); }

template <class Enum>
Enum to_enum(int number, Enum last) {
    const bool is_known = number >= 0 && number <= static_cast<int>(last);
    return is_known ? static_cast<Enum>(number) : Enum{};
}

Keep to_keep(const v1::Keep& keep) {
    Keep plain;
    plain.remove = keep.remove();
    plain.forever = keep.forever();
    if (keep.has_count()) plain.count = keep.count();
    if (keep.has_age_ms()) plain.age = to_ms(keep.age_ms());
    return plain;
}

Backoff to_backoff(const v1::Backoff& backoff) {
    return {to_enum(backoff.type(), Backoff::Type::Exponential), to_ms(backoff.delay_ms()),
            to_ms(backoff.max_delay_ms()), backoff.jitter()};
}

Deduplication to_deduplication(v1::Deduplication::Mode mode, std::string key,
                               std::uint64_t window_ms) {
    const Deduplication plain{std::move(key), to_enum(mode, Deduplication::Mode::KeepLatest),
                              to_ms(window_ms)};
    return mode == v1::Deduplication::MODE_UNSPECIFIED ? Deduplication{plain.key} : plain;
}

Attempt to_attempt(v1::Attempt& attempt) {
    return {attempt.number(),
            std::move(*attempt.mutable_worker()),
            to_wall(attempt.started_ms()),
            to_wall(attempt.ended_ms()),
            to_failure_kind(attempt.kind()),
            std::move(*attempt.mutable_error())};
}

}  // namespace

JobOptions to_options(const v1::JobOptions& options) {
    JobOptions plain;
    if (options.has_priority()) plain.priority = static_cast<int>(options.priority());
    plain.key = options.key();
    if (options.lifo()) plain.lifo = true;
    if (options.delay_ms() > 0) plain.delay = to_ms(options.delay_ms());
    plain.run_at = to_optional_wall(options.run_at_ms());
    if (options.has_attempts()) plain.attempts = options.attempts();
    if (options.has_backoff()) plain.backoff = to_backoff(options.backoff());
    if (options.has_timeout_ms()) plain.timeout = to_ms(options.timeout_ms());
    if (options.has_ttl_ms()) plain.ttl = to_ms(options.ttl_ms());
    if (options.has_max_stalled()) plain.max_stalled = options.max_stalled();
    if (options.has_remove_on_complete()) {
        plain.remove_on_complete = to_keep(options.remove_on_complete());
    }
    if (options.has_remove_on_fail()) plain.remove_on_fail = to_keep(options.remove_on_fail());
    if (options.has_on_failure()) {
        plain.on_failure = OnFailure{options.on_failure().queue(), options.on_failure().name()};
    }
    if (options.has_deduplication()) {
        const auto& chosen = options.deduplication();
        plain.deduplication = to_deduplication(chosen.mode(), chosen.key(), chosen.window_ms());
    }
    return plain;
}

FailureKind to_failure_kind(v1::FailureKind kind) {
    return to_enum(kind, FailureKind::Dependency);
}

JobState to_state(v1::JobState state) { return to_enum(state, JobState::WaitingChildren); }

std::optional<WallTime> to_optional_wall(std::uint64_t unix_ms) {
    if (unix_ms == 0) return std::nullopt;
    return to_wall(unix_ms);
}

Error to_error(const v1::Status& status) {
    const auto code = status.code() == v1::CODE_UNSPECIFIED
                          ? Code::Ok
                          : to_enum(status.code(), Code::Unavailable);
    return {code == Code::Ok && status.code() != v1::CODE_UNSPECIFIED ? Code::Internal : code,
            status.message(), status.retriable(), to_ms(status.retry_after_ms())};
}

std::optional<Error> refusal_of(const v1::Envelope& answer) {
    if (!answer.has_status() || answer.status().code() == v1::CODE_UNSPECIFIED) return std::nullopt;
    return to_error(answer.status());
}

Error unexpected_answer(std::string_view expected, const v1::Envelope& answer) {
    return {Code::Internal, "the broker answered with body " +
                                std::to_string(static_cast<int>(answer.body_case())) +
                                " that does not fit; expected " + std::string(expected)};
}

DeduplicationKey to_key(v1::DeduplicationKey& key) {
    const auto chosen =
        to_deduplication(key.mode(), std::move(*key.mutable_key()), key.window_ms());
    return {chosen.key,
            chosen.mode,
            std::move(*key.mutable_job_id()),
            chosen.window,
            to_ms(key.remaining_ms()),
            std::move(*key.mutable_successor_id())};
}

AddedJob added_job(const v1::AddedJob& job) {
    auto outcome = AddedJob::Outcome::Added;
    if (job.outcome() == v1::AddedJob::OUTCOME_EXISTING) outcome = AddedJob::Outcome::Existing;
    if (job.outcome() == v1::AddedJob::OUTCOME_DEDUPLICATED) {
        outcome = AddedJob::Outcome::Deduplicated;
    }
    return {job.id(), outcome};
}

Job to_job(v1::Job& job) {
    Job plain;
    plain.id = std::move(*job.mutable_id());
    plain.queue = std::move(*job.mutable_queue());
    plain.name = std::move(*job.mutable_name());
    plain.payload = std::move(*job.mutable_payload());
    plain.state = to_state(job.state());
    plain.options = to_options(job.options());
    plain.options.headers.insert(job.headers().begin(), job.headers().end());
    plain.options.tags.assign(job.tags().begin(), job.tags().end());
    plain.progress = std::move(*job.mutable_progress());
    plain.attempts_made = job.attempts_made();
    plain.stalls = job.stalls();
    plain.failure_kind = to_failure_kind(job.failure_kind());
    plain.failed_reason = std::move(*job.mutable_failed_reason());
    plain.result = std::move(*job.mutable_result());
    plain.result_content_type = std::move(*job.mutable_result_content_type());
    plain.created_at = to_optional_wall(job.created_ms());
    plain.run_at = to_optional_wall(job.run_at_ms());
    plain.waits_for = std::move(*job.mutable_waits_for());
    plain.started_at = to_optional_wall(job.started_ms());
    plain.finished_at = to_optional_wall(job.finished_ms());
    for (auto& attempt : *job.mutable_attempts()) plain.attempts.push_back(to_attempt(attempt));
    plain.worker = std::move(*job.mutable_worker());
    if (job.has_parent()) plain.parent = JobRef{job.parent().queue(), job.parent().id()};
    if (job.has_children()) plain.children = to_counts(job.children());
    plain.on_child_failure = to_policy(job.on_child_failure());
    plain.log_lines = job.log_lines();
    plain.checkpoint_bytes = job.checkpoint_bytes();
    return plain;
}

ActiveJob to_active_job(v1::DeliveredJob& job) {
    ActiveJob plain;
    plain.id = std::move(*job.mutable_id());
    plain.queue = std::move(*job.mutable_queue());
    plain.name = std::move(*job.mutable_name());
    plain.payload = std::move(*job.mutable_payload());
    plain.token = job.token();
    plain.attempt = job.attempt();
    plain.attempts_max = job.attempts_max();
    plain.key = job.key();
    plain.stalls = job.stalls();
    plain.priority = static_cast<int>(job.priority());
    plain.created_at = to_wall(job.created_ms());
    plain.lease = to_ms(job.lease_ms());
    plain.timeout = to_ms(job.timeout_ms());
    plain.headers.insert(job.headers().begin(), job.headers().end());
    plain.tags.assign(job.tags().begin(), job.tags().end());
    if (job.has_checkpoint()) plain.checkpoint = std::move(*job.mutable_checkpoint());
    plain.children_ended = job.children_ended();
    plain.children_pending = job.children_pending();
    return plain;
}

QueueSettings to_settings(const v1::QueueSettings& settings) {
    QueueSettings plain;
    plain.waiting_max = settings.waiting_max();
    take_limits(settings, plain);
    for (const auto& entry : settings.defaults()) {
        plain.defaults[entry.name()] = to_options(entry.options());
    }
    return plain;
}

Result<JobResult> to_job_result(v1::JobResult& result, std::string_view id) {
    const std::string name = "job '" + std::string(id) + "'";
    JobResult plain;
    plain.id = id;
    switch (result.outcome()) {
        case v1::JobResult::OUTCOME_COMPLETED:
            plain.result = std::move(*result.mutable_result());
            plain.result_content_type = std::move(*result.mutable_result_content_type());
            return plain;
        case v1::JobResult::OUTCOME_FAILED:
            plain.outcome = JobResult::Outcome::Failed;
            plain.failure_kind = to_failure_kind(result.failure_kind());
            plain.failed_reason = std::move(*result.mutable_failed_reason());
            return plain;
        case v1::JobResult::OUTCOME_REMOVED:
            return Error{Code::NotFound, name + " was removed before it ended"};
        case v1::JobResult::OUTCOME_TIMED_OUT:
            return Error{Code::Timeout, name + " had not ended when the wait did", true};
        default:
            return Error{Code::Internal, name + " ended in a way this SDK does not know"};
    }
}

}  // namespace swarmq::inline sdk
