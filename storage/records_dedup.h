// The rows of deduplication keys.
#pragma once

#include "batch.h"
#include "model/changes.h"

namespace swarmq::storage {

// In the order of their keys.
void encode_dedup_keys(ShardId shard, const Changes& changes, Batch& batch);

}  // namespace swarmq::storage
