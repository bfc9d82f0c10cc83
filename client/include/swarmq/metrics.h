// The numbers of a queue: jobs stored now, totals, and what happened lately (R8).
#pragma once

#include <swarmq/options.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace swarmq::inline sdk {

// How long things took. Count and average are exact; percentiles are off by at most 5 % of their
// value, and by less than a millisecond below 10 ms.
struct Durations {
    std::uint64_t count = 0;
    double average_ms = 0;
    Milliseconds p50{0};
    Milliseconds p99{0};
    Milliseconds max{0};
};

// What happened within the last `span`: four to five minutes, less soon after QueueMetrics::since.
struct Activity {
    Milliseconds span{0};
    std::uint64_t added = 0;
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;   // For good: into the dead letters.
    std::uint64_t retried = 0;  // Attempts that failed and were followed by another.
    double added_per_second = 0;
    double completed_per_second = 0;
    double failed_per_second = 0;
    double failure_rate = 0;  // failed / (completed + failed); 0 when nothing ended.
    // From when a job could first run (its add, or the end of its delay) until a worker first got
    // it.
    Durations time_in_queue{};
    // Of attempts that completed, failed or timed out: from start to end.
    Durations processing_time{};
};

// One job name of a queue.
struct NameMetrics {
    std::string name;  // Empty: all names that are not counted apart.
    Activity recent{};
    // Since QueueMetrics::since, in memory alone: those of the queue are kept over restarts.
    std::uint64_t added_total = 0;
    std::uint64_t completed_total = 0;
    std::uint64_t failed_total = 0;
    // Of the first 10,000 waiting jobs; 0: none of the name is among them.
    Milliseconds oldest_waiting_age{0};
};

struct MinuteMetrics {
    WallTime begin{};
    std::uint64_t added = 0;
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;
    std::uint64_t retried = 0;
    Durations time_in_queue{};    // Of jobs that were first given out in this minute.
    Durations processing_time{};  // Of attempts that ended in it.
};

struct QueueMetrics {
    std::string queue;
    bool paused = false;
    // Jobs stored now: always what a listing finds.
    std::uint64_t waiting = 0;
    std::uint64_t active = 0;
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;
    std::uint64_t delayed = 0;
    std::uint64_t waiting_children = 0;
    std::map<int, std::uint64_t> waiting_by_priority;
    // Since the queue was created, over restarts and removals.
    std::uint64_t added_total = 0;
    std::uint64_t completed_total = 0;
    std::uint64_t failed_total = 0;
    std::uint64_t retried_total = 0;
    std::uint64_t stalled_total = 0;
    std::uint64_t workers = 0;             // Subscriptions that may get jobs of this queue now.
    std::optional<WallTime> held_until{};  // Nothing begins before, see Admin::hold.
    // How long ago the job that waits longest could first run, or its priority was changed; 0: none waits. Of
    // priorities with more than 100 keys the first 100 are looked at.
    Milliseconds oldest_waiting_age{0};

    // What follows is counted in the broker's memory, since `since`: it begins anew when the broker
    // starts, and when a queue was idle for so long that its numbers had to make room. Not set:
    // nothing has happened yet.
    std::optional<WallTime> since{};
    Activity recent{};  // Without durations in Admin::list_queues.
    // Only if asked for: by name, at most 100 of them, those met first; the others are the last
    // entry.
    std::vector<NameMetrics> by_name;
    // Only if asked for: oldest first, the running minute last. Minutes in which nothing happened
    // are left out.
    std::vector<MinuteMetrics> history;
};

// What else to tell of a queue.
struct MetricsOptions {
    bool by_name = false;
    std::uint32_t history_minutes = 0;  // 0..120, the running one among them.
};

}  // namespace swarmq::inline sdk
