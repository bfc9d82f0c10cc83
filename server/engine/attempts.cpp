// Answers of workers and what they do to a job.
#include "engine/attempts.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/activity.h"
#include "engine/children.h"
#include "engine/dedup.h"
#include "engine/events.h"
#include "engine/follow_ups.h"
#include "engine/job_notes.h"
#include "engine/leases.h"
#include "engine/limits.h"
#include "engine/producers.h"
#include "engine/rate_limit.h"
#include "engine/validate.h"

namespace swarmq::engine {
namespace {

ItemAnswer refused(const Error& error) { return {error.code, 0, {}, {}, error.detail}; }

bool is_last_attempt(const Memory& memory, Slot slot) {
    return memory.jobs.detail_if_any(slot)->attempts_made + 1 >= memory.class_of(slot).attempts_max;
}

// With this answer the job completes, or fails for good.
bool ends_job(const Memory& memory, Slot slot, const FinishItem& item) {
    if (const auto* failure = std::get_if<Fail>(&item.outcome))
        return failure->is_unrecoverable || is_last_attempt(memory, slot);
    return std::holds_alternative<Complete>(item.outcome);
}

struct Failure {
    FailureKind kind = FailureKind::Error;
    std::string reason;
    bool is_unrecoverable = false;
    std::optional<DurationMs> retry_in_ms;
};

void fail_attempt(Memory& memory, Slot slot, Failure failure) {
    JobDetail& detail = memory.jobs.detail(slot);
    const JobClass& job_class = memory.class_of(slot);
    note_attempt(memory, slot, failure.kind, failure.reason);
    note_processed(memory, slot);
    ++detail.attempts_made;
    // A worker whose attempt was ended for it has not answered: whatever it says now is late.
    detail.last_answer =
        failure.kind == FailureKind::Error ? AnswerKind::Fail : AnswerKind::None;
    if (failure.is_unrecoverable || detail.attempts_made >= job_class.attempts_max) {
        Ending ending;
        ending.state = JobState::Failed;
        ending.failure_kind = failure.kind;
        ending.failed_reason = std::move(failure.reason);
        fail_for_good(memory, slot, std::move(ending));
        return;
    }
    QueueState& queue = memory.queue_of(slot);
    ++queue.record.retried_total;
    note_happening(memory, slot, History::Event::Retried);
    memory.note_changed(queue);
    const DurationMs delay_ms =
        failure.retry_in_ms ? *failure.retry_in_ms
                            : backoff_delay_ms(job_class.backoff, detail.attempts_made, memory.random);
    if (delay_ms > 0)
        to_delayed(memory, slot, delay_ms);
    else
        to_waiting(memory, slot, Place::Tail);
    note_event(memory, slot, {EventKind::Retrying, memory.jobs.detail(slot).attempts_made, delay_ms,
                              failure.kind, failure.reason});
}

void complete(Memory& memory, Slot slot, Complete&& answer) {
    JobDetail& detail = memory.jobs.detail(slot);
    note_processed(memory, slot);
    ++detail.attempts_made;
    detail.last_answer = AnswerKind::Complete;
    Ending ending;
    ending.result = std::move(answer.result);
    ending.content_type = std::move(answer.content_type);
    to_ended(memory, slot, std::move(ending));
}

Result<> check_hold(const char* what, DurationMs length_ms) {
    if (length_ms >= 0 && length_ms <= kHoldMaxMs) return {};
    return Error{Code::InvalidArgument, std::string(what) + ": " + std::to_string(length_ms) +
                                            " is not in 0.." + std::to_string(kHoldMaxMs)};
}

Result<> check_answer(const FinishItem& item) {
    if (auto checked = check_hold("hold_queue_ms", item.hold_queue_ms); !checked) return checked;
    if (auto checked = check_hold("hold_key_ms", item.hold_key_ms); !checked) return checked;
    if (auto checked = check_log_lines(item.log_lines); !checked) return checked;
    if (auto checked = check_follow_ups(item.follow_ups); !checked) return checked;
    if (const auto* answer = std::get_if<Complete>(&item.outcome)) {
        if (answer->result && answer->result->size() > kPayloadBytesMax)
            return too_large("result", answer->result->size(), kPayloadBytesMax);
        if (answer->content_type.size() > kContentTypeBytesMax)
            return too_large("content_type", answer->content_type.size(), kContentTypeBytesMax);
    } else if (const auto* failure = std::get_if<Fail>(&item.outcome)) {
        if (failure->reason.size() > kErrorBytesMax)
            return too_large("reason", failure->reason.size(), kErrorBytesMax);
        if (failure->retry_in_ms) return check_duration("retry_in_ms", *failure->retry_in_ms);
    } else if (const auto* delay = std::get_if<Delay>(&item.outcome)) {
        return check_duration("delay_ms", delay->delay_ms);
    }
    return {};
}

Result<> check_beat(const BeatItem& item) {
    if (item.progress && item.progress->size() > kProgressBytesMax)
        return too_large("progress", item.progress->size(), kProgressBytesMax);
    if (item.checkpoint && item.checkpoint->size() > kCheckpointBytesMax)
        return too_large("checkpoint", item.checkpoint->size(), kCheckpointBytesMax);
    return check_log_lines(item.log_lines);
}

// A write for each start would cost as much as the attempt: after a restart the worker tells it again.
void begin(Memory& memory, Slot slot) {
    JobDetail& detail = memory.jobs.detail(slot);
    if (!std::exchange(detail.awaits_start, false)) return;
    detail.started_ms = memory.now_ms;
    detail.timer = memory.timeline.set(memory.now_ms + memory.class_of(slot).timeout_ms,
                                       TimerKind::AttemptTimeout, slot);
}

AnswerKind kind_of(const FinishItem& item) {
    static constexpr AnswerKind kKinds[] = {AnswerKind::Complete, AnswerKind::Fail,
                                            AnswerKind::Release, AnswerKind::Delay,
                                            AnswerKind::WaitForChildren};
    return kKinds[item.outcome.index()];
}

}  // namespace

Held find_held(Memory& memory, const JobName& name, LeaseToken token, AnswerKind repeated) {
    const auto found = memory.find_job(name);
    if (!found) {
        const bool is_repeated =
            repeated != AnswerKind::None && memory.recent_ends.find(token) == repeated;
        if (is_repeated) return {};
        return {kNone, {Code::NotFound, 0, {}, {}, found.error().detail}};
    }
    const JobDetail* const detail = memory.jobs.detail_if_any(*found);
    const bool is_last_token = detail && detail->token == token && token != LeaseToken{};
    if (is_last_token && memory.jobs[*found].state() == JobState::Active) return {*found, {}};
    if (is_last_token && repeated != AnswerKind::None && detail->last_answer == repeated) return {};
    return {kNone,
            {Code::StaleLease, 0, {}, {},
             "token " + std::to_string(raw(token)) + " does not hold job \"" + name.id +
                 "\"; its lease ended, or another attempt has it"}};
}

DurationMs backoff_delay_ms(const Backoff& backoff, std::uint32_t failures,
                            std::mt19937_64& random) {
    if (backoff.type == BackoffType::None || backoff.delay_ms == 0) return 0;
    double delay = static_cast<double>(backoff.delay_ms);
    if (backoff.type == BackoffType::Exponential) delay *= std::exp2(failures - 1.0);
    const DurationMs bound_ms =
        backoff.max_delay_ms > 0 ? std::min(backoff.max_delay_ms, kDurationMaxMs) : kDurationMaxMs;
    delay = std::min(delay, static_cast<double>(bound_ms));
    if (backoff.jitter > 0)
        delay = std::uniform_real_distribution<double>(delay * (1 - backoff.jitter), delay)(random);
    return static_cast<DurationMs>(std::llround(delay));
}

ItemAnswer finish(Memory& memory, FinishItem&& item, const Error* add_refusal) {
    if (auto checked = check_answer(item); !checked) return refused(checked.error());
    auto held = find_held(memory, item.job, item.token, kind_of(item));
    if (held.slot == kNone) return std::move(held.refusal);
    if (!item.follow_ups.empty() && ends_job(memory, held.slot, item)) {
        if (add_refusal) return refused(*add_refusal);
        if (auto checked = check_room_for(memory, held.slot, item.follow_ups); !checked)
            return refused(checked.error());
        free_key_of_ending(memory, held.slot);
        add_follow_ups(memory, std::move(item.follow_ups));
    }
    if (!item.log_lines.empty()) append_log(memory, held.slot, std::move(item.log_lines));
    bool is_held = true;
    if (item.hold_queue_ms != 0 || item.hold_key_ms != 0)
        is_held = hold_from_handler(memory, memory.queue_of(held.slot), memory.class_of(held.slot).key,
                                    item.hold_queue_ms, item.hold_key_ms);
    // With no room to hold its key, the job at least does not come back before its service wants it.
    if (!is_held && std::holds_alternative<Release>(item.outcome)) {
        memory.jobs.detail(held.slot).last_answer = AnswerKind::Release;
        to_delayed(memory, held.slot, item.hold_key_ms);
        return {};
    }
    if (auto* answer = std::get_if<Complete>(&item.outcome)) {
        complete(memory, held.slot, std::move(*answer));
    } else if (auto* failure = std::get_if<Fail>(&item.outcome)) {
        fail_attempt(memory, held.slot,
                     {FailureKind::Error, std::move(failure->reason), failure->is_unrecoverable,
                      failure->retry_in_ms});
    } else if (const auto* delay = std::get_if<Delay>(&item.outcome); delay && delay->delay_ms > 0) {
        memory.jobs.detail(held.slot).last_answer = AnswerKind::Delay;
        to_delayed(memory, held.slot, delay->delay_ms);
        note_event(memory, held.slot, {EventKind::Delayed, 0, delay->delay_ms});
    } else if (std::holds_alternative<WaitForChildren>(item.outcome)) {
        wait_for_children(memory, held.slot);
    } else {
        memory.jobs.detail(held.slot).last_answer = kind_of(item);
        to_waiting(memory, held.slot, Place::FormerRank);
        note_event(memory, held.slot, {EventKind::Waiting});
    }
    return {};
}

ItemAnswer beat(Memory& memory, BeatItem&& item) {
    if (auto checked = check_beat(item); !checked) return refused(checked.error());
    auto held = find_held(memory, item.job, item.token, AnswerKind::None);
    if (held.slot == kNone) return std::move(held.refusal);
    renew_lease(memory, held.slot);
    if (item.is_started) begin(memory, held.slot);
    if (!item.log_lines.empty()) append_log(memory, held.slot, std::move(item.log_lines));
    if (item.checkpoint) save_checkpoint(memory, held.slot, std::move(item.checkpoint));
    if (!item.progress) return {};
    JobDetail& detail = memory.jobs.detail(held.slot);
    if ((detail.rows & kProgressRow) == 0) {
        detail.rows |= kProgressRow;
        memory.note_status(held.slot);
    }
    note_event(memory, held.slot, {EventKind::Progress, 0, 0, FailureKind::None, *item.progress});
    memory.effects.changes.progress.push_back(
        {memory.jobs[held.slot].seq, std::move(*item.progress)});
    return {};
}

void time_out(Memory& memory, Slot slot) {
    memory.jobs.detail(slot).timer = kNone;
    const DurationMs timeout_ms = memory.class_of(slot).timeout_ms;
    tell_holder(memory, slot, NoticeKind::TimedOut);
    fail_attempt(memory, slot,
                 {FailureKind::Timeout,
                  "ran longer than its timeout of " + std::to_string(timeout_ms) + " ms", false, {}});
}

void expire(Memory& memory, Slot slot) {
    memory.jobs.detail(slot).timer = kNone;
    Ending ending;
    ending.state = JobState::Failed;
    ending.failure_kind = FailureKind::Expired;
    ending.failed_reason = "not started within its ttl of " +
                           std::to_string(memory.class_of(slot).ttl_ms) + " ms";
    fail_for_good(memory, slot, std::move(ending));
}

void note_attempt(Memory& memory, Slot slot, FailureKind kind, const std::string& error) {
    JobDetail& detail = memory.jobs.detail(slot);
    detail.rows |= kAttemptRows;
    AttemptRecord attempt;
    attempt.seq = memory.jobs[slot].seq;
    attempt.index = detail.attempt_rows++;
    attempt.number = detail.attempts_made + 1;
    if (detail.session) attempt.worker = detail.session->worker;
    attempt.started_ms = detail.started_ms;
    attempt.ended_ms = memory.now_ms;
    attempt.kind = kind;
    attempt.error = error;
    memory.effects.changes.attempts.push_back(std::move(attempt));
}

void fail_for_good(Memory& memory, Slot slot, Ending ending) {
    const std::shared_ptr<const JobClass> job_class =
        memory.classes.shared(memory.jobs[slot].job_class);
    if (!job_class->on_failure_queue.empty()) add_dead_letter(memory, slot, *job_class);
    to_ended(memory, slot, std::move(ending));
}

void cancel(Memory& memory, Slot slot) {
    Ending ending;
    ending.state = JobState::Failed;
    ending.failure_kind = FailureKind::Cancelled;
    ending.failed_reason = "cancelled";
    if (memory.jobs[slot].state() == JobState::Active) {
        tell_holder(memory, slot, NoticeKind::Cancelled);
        note_attempt(memory, slot, ending.failure_kind, ending.failed_reason);
        note_processed(memory, slot);
        JobDetail& detail = memory.jobs.detail(slot);
        ++detail.attempts_made;
        detail.last_answer = AnswerKind::None;
    }
    to_ended(memory, slot, std::move(ending));
}

}  // namespace swarmq::engine
