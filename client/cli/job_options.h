// What may be said of a job on the command line, for every verb that adds some.
#pragma once

#include "arguments.h"

#include <swarmq/options.h>

#include <string>
#include <string_view>

namespace swarmq::cli {

// --priority, --key, --lifo, --attempts, --backoff, --timeout, --ttl, --max-stalled, --keep-completed, --keep-failed,
// --on-failure, --tags and --header.
void declare_job_options(Arguments& arguments, JobOptions& options);

// "QUEUE" or "QUEUE/NAME". Throws UsageError, which begins with `what`.
OnFailure parse_on_failure(std::string_view what, std::string_view text);
std::string show_on_failure(const OnFailure& to);

}  // namespace swarmq::cli
