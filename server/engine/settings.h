// What a queue is told to do with its jobs: defaults for what producers leave open, and how many may wait
// (R5, R36).
#pragma once

#include <string>

#include "engine/memory.h"

namespace swarmq::engine {

// Takes the place of all settings there were; empty settings are none.
Result<Answer> set_settings(Memory& memory, const std::string& queue, QueueSettings settings);

// Fills in what the producer left open: by the job's name first, then for every name.
void apply_defaults(const QueueSettings& settings, JobSpec& spec);

// QueueFull when `jobs` more would be too many beside those that wait, are delayed or wait for
// children. None need no room, in a queue that is over its bound too.
Result<> check_room(const QueueState& queue, std::size_t jobs);

}  // namespace swarmq::engine
