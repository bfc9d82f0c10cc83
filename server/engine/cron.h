// Cron expressions: what they mean, and when they are due by a clock that DST moves (R14). Pure.
//
//   cron   = [second] minute hour day-of-month month day-of-week | "@yearly" | "@annually" | "@monthly"
//          | "@weekly" | "@daily" | "@midnight" | "@hourly"
//   field  = item *("," item)
//   item   = ("*" | value | value "-" value) ["/" step]      value "/" step: from the value to the end
//   value  = number | name (JAN..DEC, SUN..SAT, in any case; Sunday is 0 and 7)
//   day of month, besides: "?" = "*", "L" the last day, "L-3" three days before the last
//   day of week, besides:  "?" = "*", "5L" or "FRIL" the last Friday, "5#2" or "FRI#2" the second one
//
// Day of month and day of week: when neither begins with * or ?, a day that either matches is meant;
// else one that both match. As in every cron since the first.
//
// DST. Local time is a clock that people set forward and back.
// - A schedule that leaves out any hour names times of day. Each is due once: one that the clock jumps
//   over at the first instant after the jump, several of them together once; one that comes twice the
//   first time.
// - A schedule of all 24 hours names an interval. It is due whenever the clock shows a matching time: a
//   local hour that comes twice counts twice, one that is jumped over does not count.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/zone.h"
#include "model/error.h"
#include "model/ids.h"

namespace swarmq::engine {

inline constexpr std::size_t kCronBytesMax = 256;

// Bit n of a field: the value n matches.
struct Cron {
    std::uint64_t seconds = 0;
    std::uint64_t minutes = 0;
    std::uint64_t hours = 0;
    std::uint64_t days = 0;            // 1..31
    std::uint64_t days_from_last = 0;  // Bit n: n days before the last of the month.
    std::uint64_t months = 0;          // 1..12
    std::uint64_t weekdays = 0;        // 0..6, Sunday first.
    std::uint64_t last_weekdays = 0;   // 0..6: the last one of the month.
    std::uint64_t nth_weekdays = 0;    // Bit (n - 1) * 7 + weekday: the n-th one of the month.
    bool is_any_day = false;           // The day of the month begins with * or ?.
    bool is_any_weekday = false;

    bool operator==(const Cron&) const = default;
};

// InvalidArgument names the field, what is wrong in it, and what would be right.
Result<Cron> parse_cron(std::string_view text);

// The first matching time after `local_s` on a clock that nobody sets; seconds since 1970-01-01 00:00 of
// that clock. Nothing when no day of the next 80 years matches.
std::optional<std::int64_t> next_local_s(const Cron& cron, std::int64_t local_s);

// When it is due next, strictly after `after_ms`, Unix milliseconds.
std::optional<TimeMs> next_due_ms(const Cron& cron, const Zone& zone, TimeMs after_ms);

}  // namespace swarmq::engine
