// Calls a handler the way workers do.
#pragma once

#include <swarmq/handler.h>

namespace swarmq::inline sdk {

// What it returns, or what its exception means.
Outcome run_handler(const Handler& handler, JobContext& context);

}  // namespace swarmq::inline sdk
