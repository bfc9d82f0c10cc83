// Gives a stored job other contents: all of it (R12), or its payload and tags (R17a).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/memory.h"

namespace swarmq::engine {

// A waiting or delayed job becomes what the spec says; its id, its place and its delay stay. Runs that it had
// count no more, and their progress and checkpoint go; its log and the errors of its attempts stay.
void replace_job(Memory& memory, Slot slot, JobSpec& spec);

// Null, or nothing: as it was. For jobs that no worker has.
void patch_job(Memory& memory, Slot slot, std::shared_ptr<const std::string> payload,
               std::optional<std::vector<std::string>> tags);

}  // namespace swarmq::engine
