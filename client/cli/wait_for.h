// Waits for a job and tells how it ended, by text and exit code.
#pragma once

#include <swarmq/queue.h>

#include <string>

namespace swarmq::cli {

inline constexpr Milliseconds kWaitDefault{30'000};

// The result goes to standard output, a reason to standard error; with `is_json` either is in one
// JSON object on standard output. The waits of the protocol end after an hour; longer ones are
// repeated.
int wait_for(Queue& queue, const std::string& id, Milliseconds timeout, bool is_json);

}  // namespace swarmq::cli
