// Checks how a scheduler repeats, and counts on from tick to tick.
#include "engine/schedule_times.h"

#include <algorithm>
#include <string>

#include "engine/limits.h"
#include "engine/validate.h"

namespace swarmq::engine {
namespace {

class Utc : public Zone {
  public:
    ZonePeriod at(std::int64_t) const override { return {}; }
};

Error wrong(const std::string& text) { return {Code::InvalidArgument, text}; }

std::string printable(std::string text) {
    text.resize(std::min<std::size_t>(text.size(), 64));
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
    return text;
}

Result<> check_bounds(const Repeat& repeat) {
    if (auto checked = check_duration("start_ms", repeat.start_ms); !checked) return checked;
    if (auto checked = check_duration("end_ms", repeat.end_ms); !checked) return checked;
    if (repeat.end_ms != 0 && repeat.end_ms < repeat.start_ms)
        return wrong("end_ms: " + std::to_string(repeat.end_ms) + " is before start_ms " +
                     std::to_string(repeat.start_ms) + "; give a later end");
    if (repeat.missed_max < 1 || repeat.missed_max > kItemsPerRequestMax)
        return wrong("missed_max: " + std::to_string(repeat.missed_max) + " is not in 1..1000");
    if (repeat.missed == MissedRule::All && repeat.overlap == OverlapRule::Skip)
        return wrong("missed: ALL adds one job for each missed tick, and overlap SKIP lets only one of "
                     "them in; give overlap ALLOW with it");
    return {};
}

}  // namespace

Result<ScheduleTimes> understand(const Repeat& repeat, const ZoneSource* zones) {
    if ((repeat.every_ms != 0) == !repeat.cron.empty())
        return wrong(repeat.cron.empty() ? "neither every_ms nor cron was given; give one"
                                         : "every_ms and cron were both given; give one");
    if (auto checked = check_bounds(repeat); !checked) return checked.error();
    ScheduleTimes times;
    if (repeat.every_ms != 0) {
        if (repeat.every_ms < kRepeatEveryMinMs || repeat.every_ms > kDurationMaxMs)
            return wrong("every_ms: " + std::to_string(repeat.every_ms) + " is not in " +
                         std::to_string(kRepeatEveryMinMs) + ".." + std::to_string(kDurationMaxMs));
        if (!repeat.zone.empty())
            return wrong("zone: \"" + printable(repeat.zone) +
                         "\" was given with every_ms, which needs none; leave it empty");
        return times;
    }
    auto cron = parse_cron(repeat.cron);
    if (!cron) return cron.error();
    times.cron = *cron;
    if (repeat.zone.empty() || repeat.zone == "UTC")
        times.zone = std::make_shared<const Utc>();
    else if (zones != nullptr)
        times.zone = zones->find(repeat.zone);
    if (!times.zone)
        return wrong("zone: \"" + printable(repeat.zone) +
                     "\" is no time zone of this broker; give an IANA name as Europe/Berlin or UTC");
    return times;
}

std::optional<TimeMs> first_tick(const Repeat& repeat, const ScheduleTimes& times, TimeMs now_ms) {
    if (times.zone)
        return next_due_ms(times.cron, *times.zone, std::max(now_ms, repeat.start_ms - 1));
    if (repeat.start_ms == 0) return now_ms + repeat.every_ms;
    if (repeat.start_ms >= now_ms) return repeat.start_ms;
    const TimeMs past_ms = now_ms - repeat.start_ms;
    return repeat.start_ms + (past_ms + repeat.every_ms - 1) / repeat.every_ms * repeat.every_ms;
}

std::optional<TimeMs> next_tick(const Repeat& repeat, const ScheduleTimes& times, TimeMs tick_ms,
                                TimeMs after_ms) {
    if (times.zone) return next_due_ms(times.cron, *times.zone, std::max(tick_ms, after_ms));
    if (after_ms < tick_ms) return tick_ms + repeat.every_ms;
    return tick_ms + ((after_ms - tick_ms) / repeat.every_ms + 1) * repeat.every_ms;
}

}  // namespace swarmq::engine
