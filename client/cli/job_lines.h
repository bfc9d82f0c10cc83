// One line of a file of jobs: a JSON object.
#pragma once

#include <boost/json/fwd.hpp>
#include <swarmq/job.h>

#include <string>
#include <string_view>
#include <vector>

namespace swarmq::cli {

// Keys: name payload priority delay attempts backoff timeout ttl id lifo dedup dedup_mode key tags
// headers; all may be
// left out and are then those of `otherwise`. Durations are milliseconds or texts such as "10s". A
// payload that is a JSON text is stored as its bytes, any other value as it is written. Throws
// UsageError.
NewJob parse_job_line(std::string_view line, const NewJob& otherwise);

// The same of an object that has been read; `further` names keys that it may have besides, and that are left to the
// caller.
NewJob parse_job(const boost::json::object& object, const NewJob& otherwise,
                 const std::vector<std::string>& further = {});

}  // namespace swarmq::cli
