// One line of a file of jobs: a JSON object.
#pragma once

#include <swarmq/job.h>

#include <string_view>

namespace swarmq::cli {

// Keys: name payload priority delay attempts backoff timeout ttl id lifo tags headers; all may be
// left out and are then those of `otherwise`. Durations are milliseconds or texts such as "10s". A
// payload that is a JSON text is stored as its bytes, any other value as it is written. Throws
// UsageError.
NewJob parse_job_line(std::string_view line, const NewJob& otherwise);

}  // namespace swarmq::cli
