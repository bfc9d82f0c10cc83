// Between the options of wire jobs and plain values.
#pragma once

#include <cstdint>

#include "engine/commands.h"
#include "model/changes.h"

namespace swarmq::v1 {
class JobOptions;
}

namespace swarmq::api {

// A wire number as a duration; one that does not fit becomes one that is out of every range.
DurationMs to_ms(std::uint64_t value);

// Notes in `spec.chosen` what the producer chose; moves what it can.
void take_options(v1::JobOptions& options, engine::JobSpec& spec);

// The options that were chosen for a scheduler's jobs.
void fill_chosen_options(const JobTemplate& job, v1::JobOptions& options);

void fill_options(const JobClass& job_class, const JobRecord& record, v1::JobOptions& options);

}  // namespace swarmq::api
