// Schedulers and their rows.
#include "records_values.h"

namespace swarmq::storage {
namespace {

void fill_repeat(const Repeat& repeat, stored::StoredScheduler& row) {
    row.set_every_ms(static_cast<std::uint64_t>(repeat.every_ms));
    row.set_cron(repeat.cron);
    row.set_zone(repeat.zone);
    row.set_start_ms(repeat.start_ms);
    row.set_end_ms(repeat.end_ms);
    row.set_limit(repeat.limit);
    row.set_overlap(raw(repeat.overlap));
    row.set_missed(raw(repeat.missed));
    row.set_missed_max(repeat.missed_max);
}

void fill_job(const JobTemplate& job, stored::StoredScheduler& row) {
    row.set_job_class(encode_job_class(job.job_class));
    row.set_priority(job.priority);
    row.set_lifo(job.lifo);
    row.set_chosen(job.chosen);
    row.clear_headers();
    for (const auto& [name, value] : job.headers) {
        auto& header = *row.add_headers();
        header.set_name(name);
        header.set_value(value);
    }
    row.clear_tags();
    for (const std::string& tag : job.tags) row.add_tags(tag);
    row.set_payload(*job.payload);
}

std::shared_ptr<const Repeat> repeat_from(const stored::StoredScheduler& row) {
    if (row.overlap() < 1 || row.overlap() > raw(OverlapRule::Allow) || row.missed() < 1 ||
        row.missed() > raw(MissedRule::All))
        return nullptr;
    Repeat repeat;
    repeat.every_ms = static_cast<DurationMs>(row.every_ms());
    repeat.cron = row.cron();
    repeat.zone = row.zone();
    repeat.start_ms = row.start_ms();
    repeat.end_ms = row.end_ms();
    repeat.limit = row.limit();
    repeat.overlap = static_cast<OverlapRule>(row.overlap());
    repeat.missed = static_cast<MissedRule>(row.missed());
    repeat.missed_max = row.missed_max();
    return std::make_shared<const Repeat>(std::move(repeat));
}

std::shared_ptr<const JobTemplate> job_from(const stored::StoredScheduler& row) {
    auto job_class = decode_job_class(row.job_class());
    if (!job_class || row.priority() > 0xff) return nullptr;
    JobTemplate job;
    job.job_class = *std::move(job_class);
    job.priority = static_cast<std::uint8_t>(row.priority());
    job.lifo = row.lifo();
    job.chosen = row.chosen();
    for (const auto& header : row.headers()) job.headers.emplace_back(header.name(), header.value());
    job.tags.assign(row.tags().begin(), row.tags().end());
    job.payload = std::make_shared<const std::string>(row.payload());
    return std::make_shared<const JobTemplate>(std::move(job));
}

}  // namespace

void fill_scheduler(const SchedulerRecord& scheduler, stored::StoredScheduler& row) {
    fill_repeat(*scheduler.repeat, row);
    fill_job(*scheduler.job, row);
    row.set_created_ms(scheduler.created_ms);
    row.set_due_ms(scheduler.due_ms);
    row.set_due_by_wall_clock(scheduler.due_by_wall_clock);
    row.set_added(scheduler.added);
    row.set_skipped(scheduler.skipped);
    row.set_last_tick_ms(scheduler.last_tick_ms);
    row.set_last_job(raw(scheduler.last_job));
}

std::optional<SchedulerRecord> scheduler_from(SchedulerName name,
                                              const stored::StoredScheduler& row) {
    SchedulerRecord scheduler;
    scheduler.queue = name.queue;
    scheduler.key = std::move(name.key);
    scheduler.repeat = repeat_from(row);
    scheduler.job = job_from(row);
    if (!scheduler.repeat || !scheduler.job) return std::nullopt;
    scheduler.created_ms = row.created_ms();
    scheduler.due_ms = row.due_ms();
    scheduler.due_by_wall_clock = row.due_by_wall_clock();
    scheduler.added = row.added();
    scheduler.skipped = row.skipped();
    scheduler.last_tick_ms = row.last_tick_ms();
    scheduler.last_job = JobSeq{row.last_job()};
    return scheduler;
}

}  // namespace swarmq::storage
