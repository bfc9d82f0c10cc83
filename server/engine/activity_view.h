// What happened to jobs lately, as plain values for those who look (R8).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "model/ids.h"

namespace swarmq::engine {

// How long things took. Count, average and maximum are exact; see LogHistogram for the others.
struct Durations {
    std::uint64_t count = 0;
    double average_ms = 0;
    DurationMs p50_ms = 0;
    DurationMs p99_ms = 0;
    DurationMs max_ms = 0;
};

struct Happenings {
    std::uint64_t added = 0;
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;   // For good.
    std::uint64_t retried = 0;  // Attempts that failed and were followed by another.
};

// Of the last minutes.
struct RecentActivity {
    DurationMs span_ms = 0;
    Happenings happened;
    Durations time_in_queue;
    Durations processing_time;
};

struct NameActivity {
    std::string name;  // Empty: of all names that are not counted apart.
    RecentActivity recent;
    Happenings total;
    TimeMs oldest_waiting_ms = 0;  // When it could first run; 0: none was found.
};

struct MinuteActivity {
    TimeMs begin_ms = -1;
    Happenings happened;
    Durations time_in_queue;
    Durations processing_time;
};

// Since a queue's history began, for counters.
struct QueueTimes {
    Durations time_in_queue;  // Percentiles and maximum of the last minutes; count and sum of all.
    Durations processing_time;
    std::uint64_t time_in_queue_sum_ms = 0;
    std::uint64_t processing_sum_ms = 0;
};

struct QueueActivity {
    TimeMs since_ms = 0;           // 0: nothing has been counted.
    TimeMs oldest_waiting_ms = 0;  // 0: none waits.
    RecentActivity recent;
    std::vector<NameActivity> by_name;
    std::vector<MinuteActivity> history;  // Oldest first.
};

struct ActivityQuery {
    bool with_times = true;
    bool by_name = false;
    std::size_t history_minutes = 0;
};

}  // namespace swarmq::engine
