// Calls a handler the way workers do.
#pragma once

#include <vector>

#include <swarmq/batch.h>

namespace swarmq::inline sdk {

// What it returns, or what its exception means.
Outcome run_handler(const Handler& handler, JobContext& context);
// One for each job of the batch.
std::vector<Outcome> run_handler(const BatchHandler& handler, JobBatch& batch);

}  // namespace swarmq::inline sdk
