// Schedulers: jobs that the broker adds again and again, at an interval or by a cron expression (R14).
// Plain values; nothing blocks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <swarmq/job.h>

namespace swarmq::inline sdk {

// What a tick does while the job of the last tick has not ended, that is waits, runs or is to be retried.
// Skip is the default, so that work which nobody does does not pile up; BullMQ adds the next job as soon as
// the last one has started, which is Allow with at most one waiting job.
enum class Overlap { Skip = 1, Allow = 2 };

// What becomes of ticks that come more than a second late, because the broker was down or its clock was
// set: one job for all of them, none, or one each.
enum class Missed { Once = 1, Skip = 2, All = 3 };

// When a scheduler ticks: at an interval or by a cron expression, one of the two.
struct Repeat {
    // 10 ms..a thousand years. The first tick is at `start`, else one interval from now.
    std::optional<Milliseconds> interval{};
    // [second] minute hour day-of-month month day-of-week, or @hourly, @daily, @weekly, @monthly, @yearly.
    // Names, lists, ranges, steps; day of the month L and L-3, day of the week FRI#2 and FRIL. When both
    // days are given and neither begins with *, either is enough. Over a change of the clock a time of day
    // that is jumped over is due once, right after; one that comes twice is due the first time; an
    // expression of all 24 hours goes on evenly.
    std::string cron{};
    std::string zone{};                // Of cron, an IANA name such as Europe/Berlin. Empty: UTC.
    std::optional<WallTime> start{};   // No tick before.
    std::optional<WallTime> end{};     // No tick after.
    std::uint64_t limit = 0;           // It adds no more jobs than this. 0: no limit.
    Overlap overlap = Overlap::Skip;
    Missed missed = Missed::Once;
    std::uint32_t missed_max = 100;    // For Missed::All, which needs Overlap::Allow: 1..1000, the oldest.

    static Repeat each(Milliseconds interval) {
        Repeat repeat;
        repeat.interval = interval;
        return repeat;
    }
    static Repeat by_cron(std::string expression, std::string zone = {}) {
        Repeat repeat;
        repeat.cron = std::move(expression);
        repeat.zone = std::move(zone);
        return repeat;
    }
};

struct Scheduler {
    // What an upsert did.
    enum class Outcome { None, Created, Changed, Unchanged };

    std::string queue;
    std::string key;  // Its name in the queue.
    Repeat repeat;
    NewJob job;  // What each tick adds. In lists without payload and headers.
    std::vector<WallTime> next;          // The next ticks. Empty: there is none any more.
    std::uint64_t added = 0;             // Jobs, since its times were last set.
    std::uint64_t skipped = 0;           // Ticks that added none: by overlap, or for a full queue.
    std::optional<WallTime> last_tick{};
    std::string last_job_id;             // Of the last job it added, stored or not.
    WallTime created_at{};
    std::string problem;                 // Not empty: why it does not tick.
    Outcome outcome = Outcome::None;     // Of the upsert that this answers.
};

struct SchedulerPage {
    std::vector<Scheduler> schedulers;  // In order of queue and key, with one next tick each.
    std::string next_cursor;            // Empty: this was the last page. A short page may have one.
};

}  // namespace swarmq::inline sdk
