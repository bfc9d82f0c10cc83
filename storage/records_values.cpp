// Copies plain values to stored messages and back, and refuses numbers that no value can have.
#include "records_values.h"

#include "bytes.h"

namespace swarmq::storage {
namespace {

template <class Small>
bool to_small(std::uint32_t number, Small& value) {
    value = static_cast<Small>(number);
    return value == number;
}

TimeMs first_rank_when(const JobRecord& job) {
    return job.due_ms ? job.due_ms : job.created_ms;
}

}  // namespace

std::optional<JobRow> split_job_row(std::string_view row) {
    ByteReader reader{row};
    std::uint64_t length = 0;
    JobRow parts;
    if (!reader.read_varint(length) || !reader.read_bytes(length, parts.header))
        return std::nullopt;
    parts.payload = reader.rest();
    return parts;
}

void fill_header(const JobRecord& job, stored::StoredJobHeader& header) {
    header.set_created_ms(job.created_ms);
    header.set_priority(job.priority);
    header.set_lifo(job.lifo);
    header.set_due_ms(job.due_ms);
    header.set_delay_ms(job.delay_ms);
    header.set_due_by_wall_clock(job.due_by_wall_clock);
    header.set_chosen_id(job.chosen_id);
    header.clear_headers();
    for (const auto& [name, value] : job.headers) {
        auto& row = *header.add_headers();
        row.set_name(name);
        row.set_value(value);
    }
    header.clear_tags();
    for (const std::string& tag : job.tags) header.add_tags(tag);
    const bool large = job.payload_is_large || is_large(job.payload);
    header.set_payload_is_large(large);
    header.set_large_payload_bytes(
        large && job.payload ? static_cast<std::uint32_t>(job.payload->size()) : 0);
    header.clear_deduplication();
    if (job.deduplication.mode != DedupMode::None) {
        auto& chosen = *header.mutable_deduplication();
        chosen.set_key(job.deduplication.key);
        chosen.set_mode(raw(job.deduplication.mode));
        chosen.set_window_ms(job.deduplication.window_ms);
    }
    if (job.rank_when_ms == first_rank_when(job))
        header.clear_rank_when_ms();
    else
        header.set_rank_when_ms(job.rank_when_ms);
    header.set_parent_seq(raw(job.parent));
    header.set_child_index(job.child_index);
    header.set_on_child_failure(static_cast<std::uint32_t>(job.on_child_failure));
}

std::optional<JobRecord> job_from(JobSeq seq, const stored::StoredJobHeader& header) {
    std::optional<JobRecord> job{std::in_place};
    if (!to_small(header.priority(), job->priority) ||
        !to_enum(header.on_child_failure(), OnChildFailure::RemoveDependency, job->on_child_failure) ||
        !to_enum(header.deduplication().mode(), DedupMode::KeepLatest, job->deduplication.mode))
        return std::nullopt;
    job->parent = JobSeq{header.parent_seq()};
    job->child_index = header.child_index();
    job->deduplication.key = header.deduplication().key();
    job->deduplication.window_ms = header.deduplication().window_ms();
    job->seq = seq;
    job->chosen_id = header.chosen_id();
    job->lifo = header.lifo();
    job->created_ms = header.created_ms();
    job->due_ms = header.due_ms();
    job->delay_ms = header.delay_ms();
    job->due_by_wall_clock = header.due_by_wall_clock();
    job->rank_when_ms = header.has_rank_when_ms() ? header.rank_when_ms() : first_rank_when(*job);
    for (const auto& row : header.headers()) job->headers.emplace_back(row.name(), row.value());
    job->payload_is_large = header.payload_is_large();
    job->tags.assign(header.tags().begin(), header.tags().end());
    return job;
}

namespace {

void fill_family(const FamilyRecord& family, stored::StoredFamily& row) {
    row.set_added(family.added);
    row.set_completed(family.completed);
    row.set_failed(family.failed);
    row.set_removed(family.removed);
    row.set_blocking(family.blocking);
    row.set_failing(raw(family.failing));
    row.set_continues(family.continues);
}

std::shared_ptr<const FamilyRecord> family_from(const stored::StoredFamily& row) {
    FamilyRecord family;
    family.added = row.added();
    family.completed = row.completed();
    family.failed = row.failed();
    family.removed = row.removed();
    family.blocking = row.blocking();
    family.failing = JobSeq{row.failing()};
    family.continues = row.continues();
    return std::make_shared<const FamilyRecord>(family);
}

}  // namespace

void fill_status(const JobStatus& status, std::uint32_t session, stored::StoredStatus& row) {
    row.set_seq(raw(status.seq));
    row.set_state(static_cast<std::uint32_t>(status.state));
    row.set_priority(status.priority);
    row.set_rank_when_ms(status.rank.when_ms);
    row.set_rank_number(status.rank.number);
    row.set_due_ms(status.due_ms);
    row.set_delay_ms(status.delay_ms);
    row.set_due_by_wall_clock(status.due_by_wall_clock);
    row.set_attempts_made(status.attempts_made);
    row.set_stalls(status.stalls);
    row.set_attempt_rows(status.attempt_rows);
    row.set_token(raw(status.token));
    row.set_session(session);
    row.set_lease_ms(static_cast<std::uint32_t>(status.lease_ms));
    row.set_started_ms(status.started_ms);
    row.set_finished_ms(status.finished_ms);
    row.set_failure_kind(static_cast<std::uint32_t>(status.failure_kind));
    row.set_ended_ordinal(status.ended_ordinal);
    row.set_rows(status.rows);
    row.set_last_answer(static_cast<std::uint32_t>(status.last_answer));
    row.set_starts_when_told(status.starts_when_told);
    row.set_log_lines(status.log_lines);
    row.set_checkpoint_bytes(status.checkpoint_bytes);
    if (status.family)
        fill_family(*status.family, *row.mutable_family());
    else
        row.clear_family();
}

std::optional<JobStatus> status_from(const stored::StoredStatus& row) {
    JobStatus status;
    if (!to_enum(row.state(), JobState::WaitingChildren, status.state) ||
        !to_enum(row.failure_kind(), FailureKind::Dependency, status.failure_kind) ||
        !to_enum(row.last_answer(), AnswerKind::WaitForChildren, status.last_answer) ||
        !to_small(row.priority(), status.priority) || !to_small(row.rows(), status.rows))
        return std::nullopt;
    status.seq = JobSeq{row.seq()};
    status.due_by_wall_clock = row.due_by_wall_clock();
    status.rank = {row.rank_when_ms(), row.rank_number()};
    status.due_ms = row.due_ms();
    status.delay_ms = row.delay_ms();
    status.attempts_made = row.attempts_made();
    status.stalls = row.stalls();
    status.attempt_rows = row.attempt_rows();
    status.token = LeaseToken{row.token()};
    status.lease_ms = row.lease_ms();
    status.started_ms = row.started_ms();
    status.finished_ms = row.finished_ms();
    status.ended_ordinal = row.ended_ordinal();
    status.starts_when_told = row.starts_when_told();
    status.log_lines = row.log_lines();
    status.checkpoint_bytes = row.checkpoint_bytes();
    if (row.has_family()) status.family = family_from(row.family());
    return status;
}

void fill_queue(const QueueRecord& queue, stored::StoredQueue& row) {
    row.Clear();
    row.set_id(raw(queue.id));
    row.set_name(queue.name);
    row.set_created_ms(queue.created_ms);
    row.set_added_total(queue.added_total);
    row.set_completed_total(queue.completed_total);
    row.set_failed_total(queue.failed_total);
    row.set_retried_total(queue.retried_total);
    row.set_stalled_total(queue.stalled_total);
}

QueueRecord queue_from(const stored::StoredQueue& row) {
    QueueRecord queue;
    queue.id = QueueId{row.id()};
    queue.name = row.name();
    queue.created_ms = row.created_ms();
    queue.added_total = row.added_total();
    queue.completed_total = row.completed_total();
    queue.failed_total = row.failed_total();
    queue.retried_total = row.retried_total();
    queue.stalled_total = row.stalled_total();
    return queue;
}

void fill_attempt(const AttemptRecord& attempt, stored::StoredAttempt& row) {
    row.set_number(attempt.number);
    row.set_worker(attempt.worker);
    row.set_started_ms(attempt.started_ms);
    row.set_ended_ms(attempt.ended_ms);
    row.set_kind(static_cast<std::uint32_t>(attempt.kind));
    row.set_error(attempt.error);
    row.set_index(attempt.index);
}

std::optional<AttemptRecord> attempt_from(JobSeq seq, const stored::StoredAttempt& row) {
    AttemptRecord attempt;
    if (!to_enum(row.kind(), FailureKind::Dependency, attempt.kind)) return std::nullopt;
    attempt.seq = seq;
    attempt.index = row.index();
    attempt.number = row.number();
    attempt.worker = row.worker();
    attempt.started_ms = row.started_ms();
    attempt.ended_ms = row.ended_ms();
    attempt.error = row.error();
    return attempt;
}

void fill_log_line(const LogRecord& line, stored::StoredLogLine& row) {
    row.set_number(line.number);
    row.set_time_ms(line.time_ms);
    row.set_text(line.text);
}

LogRecord log_line_from(JobSeq seq, const stored::StoredLogLine& row) {
    return {seq, row.number(), row.time_ms(), row.text()};
}

void fill_outcome(const OutcomeRecord& outcome, stored::StoredOutcome& row) {
    const bool large = is_large(outcome.result);
    if (outcome.result && !large) row.set_result(*outcome.result);
    row.set_content_type(outcome.content_type);
    row.set_failed_reason(outcome.failed_reason);
    row.set_result_is_large(large);
}

OutcomeRecord outcome_from(JobSeq seq, const stored::StoredOutcome& row) {
    OutcomeRecord outcome;
    outcome.seq = seq;
    if (row.has_result()) outcome.result = std::make_shared<const std::string>(row.result());
    outcome.content_type = row.content_type();
    outcome.failed_reason = row.failed_reason();
    return outcome;
}

}  // namespace swarmq::storage
