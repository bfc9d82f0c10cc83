// Schedulers, said plainly (R14): when one ticks, by counting on from tick to tick.
#pragma once

#include "model/scheduler.h"
#include "simulation/reference_model.h"

#include <optional>

namespace swarmq::simulation {

// One of a queue's schedulers.
using SchedulerNumber = std::uint32_t;
inline constexpr SchedulerNumber kSchedulersPerQueue = 2;
inline std::string scheduler_text(SchedulerNumber number) {
    return "tick-" + std::to_string(number);
}
inline SchedulerNumber scheduler_number(const std::string& text) {
    return static_cast<SchedulerNumber>(text.back() - '0');
}

struct SchedulerModel {
    bool exists = false;
    Repeat repeat;
    Added job;
    TimeMs due_ms = 0;  // 0: it does not tick any more.
    std::uint64_t added = 0;
    std::uint64_t skipped = 0;
    TimeMs last_tick_ms = 0;
    std::uint64_t last_job = 0;
};

// The first tick of a scheduler made at `now_ms`.
TimeMs first_tick(const Repeat& repeat, TimeMs now_ms);
// The first tick after that of `tick_ms` that is also after `after_ms`.
TimeMs next_tick(const Repeat& repeat, TimeMs tick_ms, TimeMs after_ms);
// No tick at `tick_ms` or later adds anything.
bool is_over(const SchedulerModel& scheduler, TimeMs tick_ms);

}  // namespace swarmq::simulation
