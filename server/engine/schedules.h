// The ticks of schedulers: each adds a job of its template when it is due (R14).
//
// A tick's job and the scheduler's next due time are in one turn, so a crash loses both or neither: no
// tick is made twice. A cron tick, and an interval's first one at a start time, follow the wall clock; an
// interval goes on on the broker's clock, which nobody sets. A tick more than kTickOnTimeMs late was
// missed: the broker was down, or the clock was set over it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "engine/memory.h"

namespace swarmq::engine {

// Headers of the jobs it adds, besides those of the template: the scheduler's key, and when the tick was
// due by the wall clock.
inline constexpr std::string_view kSchedulerHeader = "swarmq-scheduler";
inline constexpr std::string_view kTickHeader = "swarmq-tick-ms";

// What the tick at `tick_ms` of the wall clock adds.
JobSpec job_of_tick(const SchedulerRecord& record, TimeMs tick_ms);
// When it ticks next, by the wall clock; it has a due time.
TimeMs tick_time(const Memory& memory, const SchedulerRecord& record);
// No tick is made at `tick_ms` or later, once `added` jobs were added.
bool is_over(const Repeat& repeat, std::uint64_t added, TimeMs tick_ms);

Scheduler& insert_scheduler(Memory& memory, QueueState& queue, SchedulerRecord&& record);
void erase_scheduler(Memory& memory, Scheduler& scheduler);
void replace_job(Memory& memory, Scheduler& scheduler, std::shared_ptr<const JobTemplate> job);
// The next tick is at `tick_ms` of the wall clock, if it has one more.
void set_due(Memory& memory, Scheduler& scheduler, std::optional<TimeMs> tick_ms);

// Its timer fired: makes what is due. Answers how much work that was.
std::size_t make_ticks(Memory& memory, std::uint32_t scheduler);
// The wall clock was set.
void follow_wall_clock(Memory& memory);

void recover_scheduler(Memory& memory, SchedulerRecord&& record);
// When all jobs and schedulers are there.
void start_schedulers(Memory& memory);

}  // namespace swarmq::engine
