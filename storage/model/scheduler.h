// What a scheduler is, as plain values: when it ticks, and the job that each tick adds (R14).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/ids.h"
#include "model/job.h"

namespace swarmq {

// What a tick does while the job of the last tick has not ended. Numbers as in swarmq.v1. Stored: never
// renumber.
enum class OverlapRule : std::uint8_t { Skip = 1, Allow = 2 };

// What becomes of ticks that nobody was there to make. Numbers as in swarmq.v1. Stored: never renumber.
enum class MissedRule : std::uint8_t { Once = 1, Skip = 2, All = 3 };

inline constexpr std::uint32_t kMissedMaxDefault = 100;

// When a scheduler ticks. Times are of the wall clock.
struct Repeat {
    DurationMs every_ms = 0;  // Either this,
    std::string cron;         // or this.
    std::string zone;         // Of cron: an IANA name; empty: UTC.
    TimeMs start_ms = 0;      // No tick before; the first tick of every_ms. 0: none.
    TimeMs end_ms = 0;        // No tick after. 0: none.
    std::uint64_t limit = 0;  // It adds no more jobs than this. 0: no limit.
    OverlapRule overlap = OverlapRule::Skip;
    MissedRule missed = MissedRule::Once;
    std::uint32_t missed_max = kMissedMaxDefault;  // For All: of so many missed ticks at once.
    bool operator==(const Repeat&) const = default;
};

// The job that each tick adds.
struct JobTemplate {
    JobClass job_class;  // With the queue of the scheduler.
    std::uint8_t priority = 2;
    bool lifo = false;
    std::uint32_t chosen = 0;  // JobField bits: the queue's defaults fill in the others at each tick.
    Headers headers;
    std::vector<std::string> tags;
    std::shared_ptr<const std::string> payload;
};

// One row: all that is known of a scheduler.
struct SchedulerRecord {
    QueueId queue{};
    std::string key;  // Its name in its queue.
    std::shared_ptr<const Repeat> repeat;
    std::shared_ptr<const JobTemplate> job;
    TimeMs created_ms = 0;
    TimeMs due_ms = 0;               // The next tick; 0: there is none any more.
    bool due_by_wall_clock = false;  // Else on the broker's clock, like a delay.
    std::uint64_t added = 0;         // Jobs, since its times were last set.
    std::uint64_t skipped = 0;       // Ticks that added none, by the overlap rule or for a full queue.
    TimeMs last_tick_ms = 0;         // When the last tick was due, by the wall clock; 0: none yet.
    JobSeq last_job{};
};

struct SchedulerName {
    QueueId queue{};
    std::string key;
};

}  // namespace swarmq
