// The rows of what handlers leave behind: log lines and checkpoints.
#pragma once

#include "batch.h"
#include "model/changes.h"

#include <vector>

namespace swarmq::storage {

// False for nearly every turn: there is nothing to write and nothing to erase.
bool has_notes(const Changes& changes, const std::vector<RemovedJob>& removed);

// Behind all other rows, in the order of their keys.
void encode_notes(ShardId shard, const Changes& changes, Batch& batch);

}  // namespace swarmq::storage
