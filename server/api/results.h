// Waiting for the ends of jobs, for WaitResult and for AddJobs with a wait (R10).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/commands.h"
#include "model/changes.h"

namespace swarmq::api {

class Connection;

inline constexpr DurationMs kWaitDefaultMs = 30'000;
inline constexpr DurationMs kWaitMaxMs = 3'600'000;

// Answers JobResult when the job has ended, at once if it has; NOT_FOUND when nothing is known of it.
void await_result(Connection& connection, std::uint64_t request, const engine::JobName& job,
                  DurationMs timeout_ms);

// Answers AddJobsResult with every job's result, or TIMED_OUT for those that take longer. `queues`: of each job, or
// one of all.
void await_results(Connection& connection, std::uint64_t request, const std::vector<std::string>& queues,
                   const Answer& added, DurationMs timeout_ms);

}  // namespace swarmq::api
