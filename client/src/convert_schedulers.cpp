// Schedulers, as they go to the broker and come from it.
#include <algorithm>
#include <utility>

#include "convert.h"

namespace swarmq::inline sdk {
namespace {

std::uint64_t unix_ms_of(const std::optional<WallTime>& time) {
    if (!time) return 0;
    const auto since = std::chrono::duration_cast<Milliseconds>(time->time_since_epoch());
    return since.count() > 0 ? static_cast<std::uint64_t>(since.count()) : 1;
}

WallTime to_wall(std::uint64_t unix_ms) {
    return WallTime(Milliseconds(static_cast<std::int64_t>(unix_ms)));
}

Repeat to_repeat(const v1::Repeat& proto) {
    Repeat repeat;
    if (proto.every_ms() != 0)
        repeat.interval = Milliseconds(static_cast<std::int64_t>(proto.every_ms()));
    repeat.cron = proto.cron();
    repeat.zone = proto.zone();
    repeat.start = to_optional_wall(proto.start_ms());
    repeat.end = to_optional_wall(proto.end_ms());
    repeat.limit = proto.limit();
    if (proto.overlap() == v1::Repeat::OVERLAP_ALLOW) repeat.overlap = Overlap::Allow;
    if (proto.missed() == v1::Repeat::MISSED_SKIP) repeat.missed = Missed::Skip;
    if (proto.missed() == v1::Repeat::MISSED_ALL) repeat.missed = Missed::All;
    if (proto.missed_max() != 0) repeat.missed_max = proto.missed_max();
    return repeat;
}

NewJob to_new_job(v1::NewJob& proto) {
    NewJob job;
    job.name = std::move(*proto.mutable_name());
    job.payload = std::move(*proto.mutable_payload());
    job.options = to_options(proto.options());
    for (const auto& [key, value] : proto.headers()) job.options.headers.emplace(key, value);
    job.options.tags.assign(proto.tags().begin(), proto.tags().end());
    return job;
}

Scheduler::Outcome to_outcome(v1::Scheduler::Outcome outcome) {
    switch (outcome) {
        case v1::Scheduler::OUTCOME_CREATED:
            return Scheduler::Outcome::Created;
        case v1::Scheduler::OUTCOME_CHANGED:
            return Scheduler::Outcome::Changed;
        case v1::Scheduler::OUTCOME_UNCHANGED:
            return Scheduler::Outcome::Unchanged;
        default:
            return Scheduler::Outcome::None;
    }
}

}  // namespace

void set_repeat(v1::Repeat& proto, const Repeat& repeat) {
    // A negative interval must not become a huge one.
    if (repeat.interval)
        proto.set_every_ms(
            static_cast<std::uint64_t>(std::max<std::int64_t>(repeat.interval->count(), 1)));
    proto.set_cron(repeat.cron);
    proto.set_zone(repeat.zone);
    proto.set_start_ms(unix_ms_of(repeat.start));
    proto.set_end_ms(unix_ms_of(repeat.end));
    proto.set_limit(repeat.limit);
    proto.set_overlap(static_cast<v1::Repeat::Overlap>(repeat.overlap));
    proto.set_missed(static_cast<v1::Repeat::Missed>(repeat.missed));
    proto.set_missed_max(repeat.missed == Missed::All ? repeat.missed_max : 0);
}

Scheduler to_scheduler(v1::Scheduler& proto) {
    Scheduler scheduler;
    scheduler.queue = std::move(*proto.mutable_queue());
    scheduler.key = std::move(*proto.mutable_key());
    scheduler.repeat = to_repeat(proto.repeat());
    scheduler.job = to_new_job(*proto.mutable_job());
    for (const auto next_ms : proto.next_ms()) scheduler.next.push_back(to_wall(next_ms));
    scheduler.added = proto.added();
    scheduler.skipped = proto.skipped();
    scheduler.last_tick = to_optional_wall(proto.last_tick_ms());
    scheduler.last_job_id = std::move(*proto.mutable_last_job_id());
    scheduler.created_at = to_wall(proto.created_ms());
    scheduler.problem = std::move(*proto.mutable_problem());
    scheduler.outcome = to_outcome(proto.outcome());
    return scheduler;
}

}  // namespace swarmq::inline sdk
