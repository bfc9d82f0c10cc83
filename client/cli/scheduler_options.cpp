// Parses and shows when schedulers tick.
#include "scheduler_options.h"

#include "job_json.h"
#include "job_text.h"
#include "table.h"
#include "values.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <ctime>

namespace swarmq::cli {
namespace {

namespace json = boost::json;

template <class Value>
Value one_of(const std::string& what, const std::string& text,
             std::initializer_list<std::pair<const char*, Value>> values) {
    std::string names;
    for (const auto& [name, value] : values) {
        if (text == name) return value;
        names += (names.empty() ? "" : ", ") + std::string(name);
    }
    throw UsageError(fmt::format("{}: '{}' is none of {}", what, text, names));
}

const char* name_of(Overlap overlap) { return overlap == Overlap::Allow ? "allow" : "skip"; }

const char* name_of(Missed missed) {
    if (missed == Missed::Skip) return "skip";
    return missed == Missed::All ? "all" : "once";
}

json::value millis_or_null(const std::optional<WallTime>& time) {
    if (!time) return nullptr;
    return std::chrono::duration_cast<Milliseconds>(time->time_since_epoch()).count();
}

json::value text_or_null(const std::string& text) {
    if (text.empty()) return nullptr;
    return json::value(printable(text));
}

const char* name_of(Scheduler::Outcome outcome) {
    switch (outcome) {
        case Scheduler::Outcome::Created:
            return "created";
        case Scheduler::Outcome::Changed:
            return "changed";
        case Scheduler::Outcome::Unchanged:
            return "unchanged";
        case Scheduler::Outcome::None:
            break;
    }
    return "";
}

}  // namespace

void declare_repeat(Arguments& arguments, RepeatOptions& options) {
    arguments.duration("--every", options.every, "An interval, such as 10s");
    arguments.text("--cron", options.cron, "Or a cron expression, such as '0 9 * * 1-5'");
    arguments.text("--tz", options.zone, "Its time zone, such as Europe/Berlin. Default: UTC");
    arguments.option("--start", "TIME", "No tick before, such as 2026-12-01T09:00Z or +10m",
                     [&options](const std::string& text) {
                         options.start = parse_time("--start", text, std::chrono::system_clock::now());
                     });
    arguments.option("--end", "TIME", "No tick after", [&options](const std::string& text) {
        options.end = parse_time("--end", text, std::chrono::system_clock::now());
    });
    arguments.number("--limit", options.limit, 1, 1'000'000'000'000, "Add no more jobs than this");
    arguments.option("--overlap", "RULE",
                     "skip (default) or allow a tick while the last one's job has not ended",
                     [&options](const std::string& text) {
                         options.overlap = one_of<Overlap>(
                             "--overlap", text, {{"skip", Overlap::Skip}, {"allow", Overlap::Allow}});
                     });
    arguments.option("--missed", "RULE", "Missed ticks run once (default), skip or all",
                     [&options](const std::string& text) {
                         options.missed = one_of<Missed>("--missed", text,
                                                         {{"once", Missed::Once},
                                                          {"skip", Missed::Skip},
                                                          {"all", Missed::All}});
                     });
    arguments.number("--missed-max", options.missed_max, 1, 1'000,
                     "With --missed all: at most so many. Default: 100");
}

Repeat repeat_of(const RepeatOptions& options) {
    if (options.every.has_value() == !options.cron.empty()) {
        throw UsageError(options.every ? "--every and --cron exclude each other"
                                       : "give --every DURATION or --cron EXPRESSION");
    }
    Repeat repeat;
    repeat.interval = options.every;
    repeat.cron = options.cron;
    repeat.zone = options.zone;
    repeat.start = options.start;
    repeat.end = options.end;
    repeat.limit = options.limit.value_or(0);
    repeat.overlap = options.overlap;
    repeat.missed = options.missed;
    if (options.missed_max) repeat.missed_max = static_cast<std::uint32_t>(*options.missed_max);
    return repeat;
}

WallTime parse_time(const std::string& what, const std::string& text, WallTime now) {
    if (text.starts_with('+')) return now + parse_duration(what, text.substr(1));
    if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos) {
        return WallTime(Milliseconds(
            static_cast<std::int64_t>(parse_number(what, text, 1, 30'000'000'000'000))));
    }
    for (const char* const form : {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%MZ"}) {
        std::tm parts{};
        const char* const end = strptime(text.c_str(), form, &parts);
        if (end != nullptr && *end == '\0') {
            return std::chrono::system_clock::from_time_t(timegm(&parts));
        }
    }
    throw UsageError(fmt::format(
        "{}: '{}' is no time; write 2026-12-01T09:00Z (in UTC), +10m or Unix milliseconds", what,
        text));
}

std::string show_repeat(const Repeat& repeat) {
    if (repeat.interval) return "every " + show_duration(*repeat.interval);
    return repeat.zone.empty() ? repeat.cron : repeat.cron + " " + repeat.zone;
}

void print_ticks(const std::vector<WallTime>& ticks) {
    const WallTime now = std::chrono::system_clock::now();
    for (const WallTime tick : ticks) fmt::print("{}  {}\n", show_time(tick), show_when(tick, now));
}

json::array ticks_json(const std::vector<WallTime>& ticks) {
    json::array array;
    for (const WallTime tick : ticks) array.push_back(millis_or_null(tick));
    return array;
}

json::object scheduler_json(const Scheduler& scheduler) {
    const Repeat& repeat = scheduler.repeat;
    const JobOptions& options = scheduler.job.options;
    json::object object;
    object["queue"] = scheduler.queue;
    object["key"] = scheduler.key;
    object["every"] = repeat.interval ? json::value(repeat.interval->count()) : nullptr;
    object["cron"] = text_or_null(repeat.cron);
    object["tz"] = repeat.cron.empty() ? nullptr
                                       : json::value(repeat.zone.empty() ? "UTC" : repeat.zone);
    object["start"] = millis_or_null(repeat.start);
    object["end"] = millis_or_null(repeat.end);
    object["limit"] = repeat.limit == 0 ? json::value(nullptr) : json::value(repeat.limit);
    object["overlap"] = name_of(repeat.overlap);
    object["missed"] = name_of(repeat.missed);
    object["name"] = scheduler.job.name;
    object["payload"] = printable(scheduler.job.payload);
    object["priority"] = nullptr;
    object["attempts"] = nullptr;
    // "key" is the scheduler's.
    for (const auto& [name, value] : options_json(options))
        object[name == "key" ? "job_key" : name] = value;
    object["next"] = ticks_json(scheduler.next);
    object["added"] = scheduler.added;
    object["skipped"] = scheduler.skipped;
    object["last_tick"] = millis_or_null(scheduler.last_tick);
    object["last_job_id"] = text_or_null(scheduler.last_job_id);
    object["created_at"] = millis_or_null(scheduler.created_at);
    object["problem"] = text_or_null(scheduler.problem);
    if (scheduler.outcome != Scheduler::Outcome::None) object["outcome"] = name_of(scheduler.outcome);
    return object;
}

}  // namespace swarmq::cli
