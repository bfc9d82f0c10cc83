// The rows of flows: how children ended, and removed jobs whose children go with them.
#pragma once

#include "batch.h"
#include "model/changes.h"

#include <vector>

namespace swarmq::storage {

// Behind the turns, in the order of their keys.
void encode_condemned(ShardId shard, const Changes& changes, Batch& batch);
// Behind all other rows, in the order of their keys. `removed` by rising seq.
void encode_children(ShardId shard, const Changes& changes, const std::vector<RemovedJob>& removed,
                     Batch& batch);

}  // namespace swarmq::storage
