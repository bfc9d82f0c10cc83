// `swarmqd verify` and `swarmqd repair`: look at a data directory while no daemon runs on it, and make a
// damaged one start again with what is left.
#pragma once

#include "options.h"

namespace swarmq {

// Print a report and answer the exit code: kExitOk or kExitDamaged. Throw std::runtime_error with one clear
// line where there is nothing to look at, or a daemon has it open.
int verify_store(const Options& options);
int repair_store(const Options& options);

}  // namespace swarmq
