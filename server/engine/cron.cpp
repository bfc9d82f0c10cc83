// Finds the next time of a cron expression: first on the calendar, then on a clock that is set.
#include "engine/cron.h"

#include <algorithm>
#include <bit>

namespace swarmq::engine {
namespace {

constexpr std::int64_t kDayS = 86'400;
constexpr std::int64_t kSearchDays = 80 * 366;
constexpr std::uint64_t kAllHours = (1u << 24) - 1;

bool has(std::uint64_t bits, std::int64_t bit) { return (bits >> bit & 1) != 0; }

// The lowest set bit not below `from`; 64 when there is none.
int bit_from(std::uint64_t bits, int from) {
    return from > 63 ? 64 : std::countr_zero(bits >> from << from);
}

struct Date {
    std::int64_t year = 1970;
    int month = 1;
    int day = 1;
};

// Proleptic Gregorian, with years that begin in March so that the leap day is a year's last.
Date date_of(std::int64_t day_number) {
    const std::int64_t z = day_number + 719'468;
    const std::int64_t era = (z >= 0 ? z : z - 146'096) / 146'097;
    const std::int64_t in_era = z - era * 146'097;
    const std::int64_t year =
        (in_era - in_era / 1'460 + in_era / 36'524 - in_era / 146'096) / 365;
    const std::int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
    const auto shifted = static_cast<int>((5 * in_year + 2) / 153);
    Date date;
    date.day = static_cast<int>(in_year) - (153 * shifted + 2) / 5 + 1;
    date.month = shifted < 10 ? shifted + 3 : shifted - 9;
    date.year = year + era * 400 + (date.month <= 2 ? 1 : 0);
    return date;
}

int days_in(std::int64_t year, int month) {
    if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

std::int64_t floor_day(std::int64_t local_s) {
    return (local_s >= 0 ? local_s : local_s - (kDayS - 1)) / kDayS;
}

bool matches_day(const Cron& cron, const Date& date, std::int64_t day_number) {
    // 1970-01-01 was a Thursday.
    const std::int64_t weekday = ((day_number + 4) % 7 + 7) % 7;
    const int last = days_in(date.year, date.month);
    const bool by_day =
        has(cron.days, date.day) || has(cron.days_from_last, last - date.day);
    const bool by_weekday = has(cron.weekdays, weekday) ||
                            (date.day + 7 > last && has(cron.last_weekdays, weekday)) ||
                            has(cron.nth_weekdays, (date.day - 1) / 7 * 7 + weekday);
    return cron.is_any_day || cron.is_any_weekday ? by_day && by_weekday : by_day || by_weekday;
}

// The first matching second of a day not before `from`.
std::optional<std::int64_t> time_of_day(const Cron& cron, std::int64_t from) {
    int second = static_cast<int>(from % 60);
    int minute = static_cast<int>(from / 60 % 60);
    for (int hour = static_cast<int>(from / 3'600); hour < 24; ++hour, minute = second = 0) {
        if (!has(cron.hours, hour)) continue;
        for (; minute < 60; ++minute, second = 0) {
            if (!has(cron.minutes, minute)) continue;
            const int found = bit_from(cron.seconds, second);
            if (found < 60) return hour * 3'600 + minute * 60 + found;
        }
    }
    return std::nullopt;
}

// The furthest that the local clock has shown up to the instant: further than now after it was set back.
std::int64_t furthest_shown_s(const Zone& zone, std::int64_t utc_s) {
    std::int64_t furthest = utc_s + zone.at(utc_s).offset_s;
    for (std::int64_t at = utc_s - kClockJumpMaxS; at <= utc_s;) {
        const ZonePeriod period = zone.at(at);
        furthest = std::max(furthest, std::min(utc_s, period.until_s - 1) + period.offset_s);
        at = period.until_s;
    }
    return furthest;
}

// The first instant at which the local clock shows `local_s` or more.
std::int64_t first_instant_s(const Zone& zone, std::int64_t local_s) {
    for (std::int64_t at = local_s - kClockJumpMaxS;;) {
        const ZonePeriod period = zone.at(at);
        const std::int64_t reached = std::max(at, local_s - period.offset_s);
        if (reached < period.until_s) return reached;
        at = period.until_s;
    }
}

// The first instant not before `at` at which the local clock shows a matching time.
std::optional<std::int64_t> next_shown_s(const Cron& cron, const Zone& zone, std::int64_t at) {
    for (;;) {
        const ZonePeriod period = zone.at(at);
        const auto local = next_local_s(cron, at + period.offset_s - 1);
        if (!local) return std::nullopt;
        const std::int64_t instant = *local - period.offset_s;
        if (instant < period.until_s) return instant;
        at = period.until_s;  // No further: set back, the clock may show an earlier match again.
    }
}

}  // namespace

std::optional<std::int64_t> next_local_s(const Cron& cron, std::int64_t local_s) {
    const std::int64_t from = local_s + 1;
    const std::int64_t first = floor_day(from);
    for (std::int64_t day = first; day < first + kSearchDays; ++day) {
        const Date date = date_of(day);
        if (!has(cron.months, date.month)) {
            day += days_in(date.year, date.month) - date.day;
            continue;
        }
        if (!matches_day(cron, date, day)) continue;
        if (const auto time = time_of_day(cron, day == first ? from - day * kDayS : 0))
            return day * kDayS + *time;
    }
    return std::nullopt;
}

std::optional<TimeMs> next_due_ms(const Cron& cron, const Zone& zone, TimeMs after_ms) {
    const std::int64_t after_s = (after_ms >= 0 ? after_ms : after_ms - 999) / 1'000;
    if (cron.hours == kAllHours) {
        const auto due = next_shown_s(cron, zone, after_s + 1);
        return due ? std::optional<TimeMs>(*due * 1'000) : std::nullopt;
    }
    const auto local = next_local_s(cron, furthest_shown_s(zone, after_s));
    return local ? std::optional<TimeMs>(first_instant_s(zone, *local) * 1'000) : std::nullopt;
}

}  // namespace swarmq::engine
