// Plain values as text with every field, so that tests compare them whole and a difference can be
// read.
#pragma once

#include "model/changes.h"

#include <fmt/format.h>

#include <string>

namespace swarmq::test {

inline std::string show(const std::shared_ptr<const std::string>& bytes) {
    return bytes ? '"' + *bytes + '"' : "none";
}

inline std::string show(const Keep& keep) {
    return fmt::format("{}/{}", keep.count ? std::to_string(*keep.count) : "-",
                       keep.age_ms ? std::to_string(*keep.age_ms) : "-");
}

inline std::string show(const JobClass& c) {
    return fmt::format(
        "class {} {} attempts {} backoff {} {} {} {} timeout {} ttl {} stalled {} keep {} {} "
        "on failure {} {}",
        raw(c.queue), c.name, c.attempts_max, raw(c.backoff.type), c.backoff.delay_ms,
        c.backoff.max_delay_ms, c.backoff.jitter, c.timeout_ms, c.ttl_ms, c.max_stalled,
        show(c.keep_completed), show(c.keep_failed), c.on_failure_queue, c.on_failure_name);
}

inline std::string show(const JobRecord& job) {
    std::string text = fmt::format(
        "job {} [{}] id {} priority {} lifo {} created {} due {} delay {} wall {} rank {} large {} child {}.{} {} "
        "deduplication {} {} {}",
        raw(job.seq), show(*job.job_class), job.chosen_id, job.priority, job.lifo, job.created_ms,
        job.due_ms, job.delay_ms, job.due_by_wall_clock, job.rank_when_ms, job.payload_is_large,
        raw(job.parent), job.child_index, static_cast<int>(job.on_child_failure), job.deduplication.key,
        raw(job.deduplication.mode), job.deduplication.window_ms);
    for (const auto& [name, value] : job.headers) text += fmt::format(" {}={}", name, value);
    for (const std::string& tag : job.tags) text += " #" + tag;
    return text;
}

inline std::string show(const FamilyRecord& f) {
    return fmt::format("{} {} {} {} {} {} {}", f.added, f.completed, f.failed, f.removed, f.blocking,
                       raw(f.failing), f.continues);
}

inline std::string show(const ChildRecord& c) {
    return fmt::format("child {} of {} kind {} queue {} job {} {} {} result {} {} failure {} {}", c.index,
                       raw(c.parent), raw(c.kind), c.queue, raw(c.seq), c.chosen_id, c.name,
                       show(c.result), c.content_type, raw(c.failure_kind), c.failed_reason);
}

inline std::string show(const JobStatus& s) {
    return fmt::format(
        "status {} state {} priority {} rows {} kind {} answer {} wall {} told {} rank {}.{} due {} delay "
        "{} attempts {} stalls {} attempt rows {} token {} lease {} session {} started {} "
        "finished {} ordinal {} log {} checkpoint {} family {}",
        raw(s.seq), raw(s.state), s.priority, s.rows, raw(s.failure_kind), raw(s.last_answer),
        s.due_by_wall_clock, s.starts_when_told, s.rank.when_ms, s.rank.number, s.due_ms, s.delay_ms, s.attempts_made,
        s.stalls, s.attempt_rows, raw(s.token), s.lease_ms,
        s.session ? s.session->id + "@" + s.session->worker : "none", s.started_ms, s.finished_ms,
        s.ended_ordinal, s.log_lines, s.checkpoint_bytes, s.family ? show(*s.family) : "none");
}

inline std::string show(const Hold& h) {
    return fmt::format("{} {}+{}", h.is_paused, h.until_ms, h.length_ms);
}

inline std::string show(const Limits& l) {
    std::string text = std::to_string(l.concurrency);
    for (const Rate& rate : l.rates) text += fmt::format(" {}/{}", rate.jobs, rate.per_ms);
    return text;
}

inline std::string show(const QueueRecord& q) {
    return fmt::format("queue {} {} created {} totals {} {} {} {} {}", raw(q.id), q.name,
                       q.created_ms, q.added_total, q.completed_total, q.failed_total,
                       q.retried_total, q.stalled_total);
}

inline std::string show(const QueueControls& q) {
    std::string text = fmt::format("controls of {} hold {}", raw(q.queue), show(q.hold));
    for (const auto& [key, hold] : q.key_holds) text += fmt::format(" key {} {}", key, show(hold));
    if (!q.settings) return text + " no settings";
    text += fmt::format(" waiting {} limits {} keys' {}", q.settings->waiting_max,
                        show(q.settings->limits), show(q.settings->key_limits));
    for (const auto& [key, own] : q.settings->keys)
        text += fmt::format(" {} {} {}", key, own.weight, own.limits ? show(*own.limits) : "none");
    return text;
}

inline std::string show(const SchedulerRecord& s) {
    const Repeat& r = *s.repeat;
    std::string text = fmt::format(
        "scheduler {} of {} every {} cron {} zone {} from {} to {} limit {} rules {} {} {} created "
        "{} due {} wall {} added {} skipped {} last {} {} [{}] priority {} lifo {} chosen {} "
        "payload {}",
        s.key, raw(s.queue), r.every_ms, r.cron, r.zone, r.start_ms, r.end_ms, r.limit,
        raw(r.overlap), raw(r.missed), r.missed_max, s.created_ms, s.due_ms, s.due_by_wall_clock,
        s.added, s.skipped, s.last_tick_ms, raw(s.last_job), show(s.job->job_class),
        s.job->priority, s.job->lifo, s.job->chosen, show(s.job->payload));
    for (const auto& [name, value] : s.job->headers) text += fmt::format(" {}={}", name, value);
    for (const std::string& tag : s.job->tags) text += " #" + tag;
    return text;
}

inline std::string show(const DedupRecord& d) {
    return fmt::format("deduplication {} of {} mode {} job {} {} successor {} window {} until {}",
                       d.name.key, raw(d.name.queue), raw(d.mode), raw(d.job), d.chosen_id,
                       raw(d.successor), d.window_ms, d.until_ms);
}

inline std::string show(const OutcomeRecord& o) {
    return fmt::format("outcome {} {} {} {}", raw(o.seq), show(o.result), o.content_type,
                       o.failed_reason);
}

inline std::string show(const AttemptRecord& a) {
    return fmt::format("attempt {} index {} number {} worker {} {}..{} kind {} {}", raw(a.seq),
                       a.index, a.number, a.worker, a.started_ms, a.ended_ms, raw(a.kind), a.error);
}

inline std::string show(const AnswersRecord& a) {
    std::string text = fmt::format("answers {} used {}", a.client_id, a.used_ms);
    for (const auto& [number, answer] : a.answers) {
        text += fmt::format(" | {} first {}+{} changed {} more {}", number, raw(answer.first_seq),
                            answer.seq_count, answer.changed, answer.more);
        for (const ItemAnswer& item : answer.items)
            text += fmt::format(" ({} {} {} {} {})", raw(item.code), item.outcome, raw(item.seq),
                                item.id, item.detail);
    }
    return text;
}

}  // namespace swarmq::test
