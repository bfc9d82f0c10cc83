// Submits the jobs of a file of JSON lines, a thousand at a time.
#pragma once

#include <swarmq/queue.h>

#include <string>

namespace swarmq::cli {

// Prints the ids in the order of the lines, or with `is_json` an object for each. A file may be
// endless: lines are sent as they come, with a few requests on their way at a time. Throws
// UsageError with the line's number; what was sent before it stays, and the error says how many
// jobs that are.
int submit_many(Queue queue, const std::string& file, const NewJob& otherwise, bool is_json);

}  // namespace swarmq::cli
