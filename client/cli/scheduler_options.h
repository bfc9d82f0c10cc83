// How schedulers are told of on the command line, and shown.
#pragma once

#include "arguments.h"

#include <swarmq/scheduler.h>

#include <boost/json/fwd.hpp>

#include <optional>
#include <string>

namespace swarmq::cli {

struct RepeatOptions {
    std::optional<Milliseconds> every;
    std::string cron;
    std::string zone;
    std::optional<WallTime> start;
    std::optional<WallTime> end;
    std::optional<std::uint64_t> limit;
    Overlap overlap = Overlap::Skip;
    Missed missed = Missed::Once;
    std::optional<std::uint64_t> missed_max;
};

void declare_repeat(Arguments& arguments, RepeatOptions& options);
// Throws UsageError where neither --every nor --cron, or both, were given.
Repeat repeat_of(const RepeatOptions& options);

// "2026-12-01T09:00Z" with or without seconds, "+10m" from now, or Unix milliseconds.
WallTime parse_time(const std::string& what, const std::string& text, WallTime now);

// "every 10s" or "0 9 * * 1-5 Europe/Berlin".
std::string show_repeat(const Repeat& repeat);
// One line each: the time, and how far it is away.
void print_ticks(const std::vector<WallTime>& ticks);

boost::json::object scheduler_json(const Scheduler& scheduler);
boost::json::array ticks_json(const std::vector<WallTime>& ticks);

}  // namespace swarmq::cli
