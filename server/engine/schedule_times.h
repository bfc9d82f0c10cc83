// When a scheduler is due: its cron expression or its interval, its zone, start and end (R14).
#pragma once

#include <memory>
#include <optional>

#include "engine/cron.h"
#include "engine/zone.h"
#include "model/error.h"
#include "model/scheduler.h"

namespace swarmq::engine {

// A Repeat, understood.
struct ScheduleTimes {
    Cron cron;                         // Without every_ms.
    std::shared_ptr<const Zone> zone;  // Null: an interval.
};

// InvalidArgument with the field, its value and what would be right. `zones` may be null: only UTC then.
Result<ScheduleTimes> understand(const Repeat& repeat, const ZoneSource* zones);

// The first tick of a scheduler that is made at `now_ms`, by the wall clock. Nothing when there is none.
std::optional<TimeMs> first_tick(const Repeat& repeat, const ScheduleTimes& times, TimeMs now_ms);

// The tick after that of `tick_ms` that is also after `after_ms`. Knows nothing of the end.
std::optional<TimeMs> next_tick(const Repeat& repeat, const ScheduleTimes& times, TimeMs tick_ms,
                                TimeMs after_ms);

}  // namespace swarmq::engine
