// Wire messages and plain values, both ways.
#include "api/convert.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "api/convert_flow.h"
#include "api/convert_options.h"
#include "swarmq/v1/envelope.pb.h"

namespace swarmq::api {
namespace {

std::shared_ptr<const std::string> share(std::string* bytes) {
    return std::make_shared<const std::string>(std::move(*bytes));
}

void fill_attempt(AttemptRecord&& record, v1::Attempt& attempt) {
    attempt.set_number(record.number);
    attempt.set_worker(std::move(record.worker));
    attempt.set_started_ms(static_cast<std::uint64_t>(record.started_ms));
    attempt.set_ended_ms(static_cast<std::uint64_t>(record.ended_ms));
    attempt.set_kind(static_cast<v1::FailureKind>(record.kind));
    attempt.set_error(std::move(record.error));
}

std::vector<std::string> take_lines(Repeated<std::string>& lines) {
    return {std::make_move_iterator(lines.begin()), std::make_move_iterator(lines.end())};
}

template <class Map>
void fill_headers(const Headers& headers, Map& map) {
    for (const auto& [key, value] : headers) map[key] = value;
}

}  // namespace

void set_status(const Error& error, v1::Status& status) {
    status.set_code(static_cast<v1::Code>(error.code));
    status.set_retriable(is_retriable(error.code));
    status.set_retry_after_ms(static_cast<std::uint64_t>(error.retry_after_ms));
    status.set_message(error.detail);
}

void set_statuses(const Answer& answer, Repeated<v1::Status>& statuses) {
    statuses.Reserve(static_cast<int>(answer.items.size()));
    for (const ItemAnswer& item : answer.items) {
        v1::Status& status = *statuses.Add();
        if (item.code != Code::Ok) set_status({item.code, item.detail, item.retry_after_ms}, status);
    }
}

void take_job(v1::NewJob& job, engine::JobSpec& spec) {
    spec.id = std::move(*job.mutable_id());
    spec.name = std::move(*job.mutable_name());
    spec.payload = share(job.mutable_payload());
    if (job.has_options()) take_options(*job.mutable_options(), spec);
    for (auto& [key, value] : *job.mutable_headers()) spec.headers.emplace_back(key, std::move(value));
    std::sort(spec.headers.begin(), spec.headers.end());
    for (auto& tag : *job.mutable_tags()) spec.tags.push_back(std::move(tag));
}

Result<engine::AddJobs> to_command(v1::AddJobs& message) {
    engine::AddJobs command;
    command.queue = std::move(*message.mutable_queue());
    command.queues.assign(std::make_move_iterator(message.mutable_queues()->begin()),
                          std::make_move_iterator(message.mutable_queues()->end()));
    command.is_independent = message.independent();
    command.jobs.resize(static_cast<std::size_t>(message.jobs_size()));
    for (int i = 0; i < message.jobs_size(); ++i) {
        take_job(*message.mutable_jobs(i), command.jobs[static_cast<std::size_t>(i)]);
    }
    return command;
}

Result<std::vector<engine::FinishItem>> to_command(v1::Finish& message) {
    std::vector<engine::FinishItem> items(static_cast<std::size_t>(message.items_size()));
    for (int i = 0; i < message.items_size(); ++i) {
        v1::FinishItem& from = *message.mutable_items(i);
        engine::FinishItem& item = items[static_cast<std::size_t>(i)];
        item.hold_queue_ms = to_ms(from.hold_queue_ms());
        item.hold_key_ms = to_ms(from.hold_key_ms());
        item.job = {std::move(*from.mutable_queue()), std::move(*from.mutable_id())};
        item.token = LeaseToken{from.token()};
        item.log_lines = take_lines(*from.mutable_log_lines());
        if (from.follow_ups_size() > 0) item.follow_ups = to_follow_ups(*from.mutable_follow_ups());
        switch (from.outcome_case()) {
            case v1::FinishItem::kComplete: {
                v1::Complete& complete = *from.mutable_complete();
                engine::Complete answer;
                if (!complete.result().empty()) answer.result = share(complete.mutable_result());
                answer.content_type = std::move(*complete.mutable_content_type());
                item.outcome = std::move(answer);
                break;
            }
            case v1::FinishItem::kFail: {
                engine::Fail answer;
                answer.reason = std::move(*from.mutable_fail()->mutable_reason());
                answer.is_unrecoverable = from.fail().unrecoverable();
                if (from.fail().has_retry_in_ms()) answer.retry_in_ms = to_ms(from.fail().retry_in_ms());
                item.outcome = std::move(answer);
                break;
            }
            case v1::FinishItem::kRelease:
                item.outcome = engine::Release{};
                break;
            case v1::FinishItem::kDelay:
                item.outcome = engine::Delay{to_ms(from.delay().delay_ms())};
                break;
            case v1::FinishItem::kWaitForChildren:
                item.outcome = engine::WaitForChildren{};
                break;
            case v1::FinishItem::OUTCOME_NOT_SET:
                return Error{Code::InvalidArgument,
                             "items[" + std::to_string(i) + "] has no outcome; set complete, fail, "
                             "release, delay or wait_for_children; none was applied"};
        }
    }
    return items;
}

std::vector<engine::BeatItem> to_command(v1::Beat& message) {
    std::vector<engine::BeatItem> items;
    items.reserve(static_cast<std::size_t>(message.items_size()));
    for (v1::BeatItem& from : *message.mutable_items()) {
        engine::BeatItem item;
        item.job = {std::move(*from.mutable_queue()), std::move(*from.mutable_id())};
        item.token = LeaseToken{from.token()};
        item.is_started = from.started();
        if (from.has_progress()) item.progress = std::move(*from.mutable_progress());
        item.log_lines = take_lines(*from.mutable_log_lines());
        if (from.has_checkpoint()) item.checkpoint = share(from.mutable_checkpoint());
        items.push_back(std::move(item));
    }
    return items;
}

void fill_added(const engine::Engine& engine, const Answer& answer, Repeated<v1::AddedJob>& jobs) {
    for (std::uint64_t i = 0; i < answer.seq_count; ++i) {
        v1::AddedJob& job = *jobs.Add();
        job.set_id(engine.job_id(JobSeq{raw(answer.first_seq) + i}, {}));
        job.set_outcome(v1::AddedJob::OUTCOME_ADDED);
    }
    for (const ItemAnswer& item : answer.items) {
        v1::AddedJob& job = *jobs.Add();
        if (item.code != Code::Ok) {
            set_status({item.code, item.detail, item.retry_after_ms}, *job.mutable_status());
            continue;
        }
        job.set_id(engine.job_id(item.seq, item.id));
        job.set_outcome(static_cast<v1::AddedJob::Outcome>(item.outcome));
    }
}

void fill_delivered(const engine::Engine& engine, const engine::Delivery& delivery,
                    const std::vector<storage::DeliverableJob>& contents,
                    Repeated<v1::DeliveredJob>& jobs) {
    for (std::size_t i = 0; i < delivery.jobs.size(); ++i) {
        const engine::Granted& granted = delivery.jobs[i];
        const storage::DeliverableJob& content = contents[i];
        v1::DeliveredJob& job = *jobs.Add();
        job.set_id(engine.job_id(granted.seq, granted.chosen_id));
        job.set_queue(engine.queue_name(granted.job_class->queue));
        job.set_name(granted.job_class->name);
        job.set_key(granted.job_class->key);
        if (content.payload) job.set_payload(*content.payload);
        job.set_token(raw(granted.token));
        job.set_attempt(granted.attempt);
        job.set_attempts_max(granted.job_class->attempts_max);
        job.set_stalls(granted.stalls);
        job.set_priority(granted.priority);
        job.set_created_ms(static_cast<std::uint64_t>(content.created_ms));
        job.set_lease_ms(static_cast<std::uint64_t>(delivery.lease_ms));
        job.set_timeout_ms(static_cast<std::uint64_t>(granted.job_class->timeout_ms));
        if (!content.headers.empty()) fill_headers(content.headers, *job.mutable_headers());
        for (const auto& tag : content.tags) job.add_tags(tag);
        if (content.checkpoint) job.set_checkpoint(*content.checkpoint);
        job.set_children_ended(granted.children_ended);
        job.set_children_pending(granted.children_pending);
    }
}

void fill_job(const engine::Engine& engine, const std::string& queue, const engine::JobView& view,
              storage::StoredJob&& stored, bool with_payload, v1::Job& job) {
    job.set_id(engine.job_id(view.seq, view.chosen_id));
    job.set_queue(queue);
    job.set_name(view.job_class->name);
    if (with_payload && stored.record.payload) job.set_payload(*stored.record.payload);
    job.set_state(static_cast<v1::JobState>(view.state));
    fill_options(*view.job_class, stored.record, *job.mutable_options());
    job.mutable_options()->set_priority(view.priority);
    job.set_progress(std::move(stored.progress));
    job.set_attempts_made(view.attempts_made);
    job.set_stalls(view.stalls);
    job.set_failure_kind(static_cast<v1::FailureKind>(view.failure_kind));
    // A job that is retried tells of its last failure, whatever an earlier end said.
    if (view.state == JobState::Failed || view.state == JobState::Completed) {
        job.set_failed_reason(std::move(stored.outcome.failed_reason));
        if (stored.outcome.result) job.set_result(*stored.outcome.result);
        job.set_result_content_type(std::move(stored.outcome.content_type));
    } else if (!stored.attempts.empty()) {
        job.set_failed_reason(stored.attempts.back().error);
    }
    job.set_created_ms(static_cast<std::uint64_t>(stored.record.created_ms));
    job.set_run_at_ms(static_cast<std::uint64_t>(view.due_ms));
    job.set_waits_for(view.waits_for);
    job.set_started_ms(static_cast<std::uint64_t>(view.started_ms));
    job.set_finished_ms(static_cast<std::uint64_t>(view.finished_ms));
    for (AttemptRecord& attempt : stored.attempts) fill_attempt(std::move(attempt), *job.add_attempts());
    fill_headers(stored.record.headers, *job.mutable_headers());
    for (auto& tag : stored.record.tags) job.add_tags(std::move(tag));
    job.set_worker(view.worker);
    job.set_log_lines(view.log_lines);
    job.set_checkpoint_bytes(view.checkpoint_bytes);
    fill_flow(view.flow, job);
}

void fill_outcome(const engine::EndedJob* ended, v1::JobResult& result) {
    if (ended == nullptr) {
        result.set_outcome(v1::JobResult::OUTCOME_TIMED_OUT);
        return;
    }
    result.set_outcome(ended->state == JobState::Completed ? v1::JobResult::OUTCOME_COMPLETED
                       : ended->state == JobState::Failed  ? v1::JobResult::OUTCOME_FAILED
                                                           : v1::JobResult::OUTCOME_REMOVED);
    result.set_failure_kind(static_cast<v1::FailureKind>(ended->failure_kind));
}

void fill_result(const engine::EndedJob* ended, v1::JobResult& result) {
    fill_outcome(ended, result);
    if (ended == nullptr) return;
    if (ended->result) result.set_result(*ended->result);
    result.set_result_content_type(ended->content_type);
    result.set_failed_reason(ended->failed_reason);
}

void fill_metrics(const engine::QueueView& view, v1::QueueMetrics& metrics) {
    const auto count = [&](JobState state) { return view.by_state[static_cast<std::size_t>(state)]; };
    metrics.set_queue(view.record.name);
    metrics.set_paused(view.controls.hold.is_paused);
    metrics.set_held_until_ms(static_cast<std::uint64_t>(view.controls.hold.until_ms));
    metrics.set_waiting(count(JobState::Waiting));
    metrics.set_active(count(JobState::Active));
    metrics.set_completed(count(JobState::Completed));
    metrics.set_failed(count(JobState::Failed));
    metrics.set_delayed(count(JobState::Delayed));
    metrics.set_waiting_children(count(JobState::WaitingChildren));
    for (const auto& [priority, jobs] : view.waiting_by_priority) {
        v1::PriorityCount& entry = *metrics.add_waiting_by_priority();
        entry.set_priority(priority);
        entry.set_jobs(jobs);
    }
    metrics.set_added_total(view.record.added_total);
    metrics.set_completed_total(view.record.completed_total);
    metrics.set_failed_total(view.record.failed_total);
    metrics.set_retried_total(view.record.retried_total);
    metrics.set_stalled_total(view.record.stalled_total);
    metrics.set_workers(view.workers);
}

void fill_bulk(const Answer& answer, v1::BulkResult& result) {
    result.set_changed(answer.changed);
    result.set_more(answer.more);
    set_statuses(answer, *result.mutable_statuses());
}

}  // namespace swarmq::api
