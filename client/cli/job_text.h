// Jobs for people.
#pragma once

#include "terminal.h"

#include <swarmq/job.h>

#include <string>

namespace swarmq::cli {

bool has_ended(JobState state);
Colour colour_of(JobState state);

// "3m 20s ago", "in 5s" or "-".
std::string show_when(const std::optional<WallTime>& time, WallTime now);

// "2026-11-23 21:44:48 UTC".
std::string show_time(WallTime time);

// "1/4": attempts that were made, and the most there can be.
std::string show_attempts(const Job& job);

// "2 pending, 1 completed".
std::string show_children(const ChildCounts& counts);

// What matters in this state: when it is due, its progress, its result or why it failed; one line.
std::string show_detail(const Job& job, WallTime now, std::size_t width_max);

}  // namespace swarmq::cli
