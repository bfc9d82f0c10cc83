// One turn on its way to the disk: what the engine made, who waits for it, what is to be read for it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "broker/port.h"
#include "engine/effects.h"
#include "model/error.h"
#include "records.h"

namespace swarmq::broker {

struct Turn {
    engine::Effects effects;
    std::vector<std::shared_ptr<Port>> ports;
    // Of each delivery, in order; null where nobody has the session.
    std::vector<std::shared_ptr<Port>> receivers;
    // Called on the loop when the turn is durable, after the ports.
    std::vector<std::function<void()>> after;
    // Delivered jobs whose payload is not in memory: read while the turn is committed.
    std::vector<JobSeq> missing;
    std::unordered_map<JobSeq, storage::DeliverableJob> read;
    // Jobs that will be delivered next, neither: read along with those, for later turns.
    std::vector<JobSeq> coming;
    std::vector<std::pair<JobSeq, storage::DeliverableJob>> read_ahead;
    // Delivered jobs that an earlier attempt left a checkpoint: read as the payloads are.
    std::vector<storage::JobKey> with_checkpoint;
    std::unordered_map<JobSeq, std::shared_ptr<const std::string>> checkpoints;
    // Jobs that this turn added and memory does not keep once it is durable.
    std::vector<JobSeq> unwanted;
    Result<> outcome;
    bool was_synced = false;  // Of a turn that was committed at once: it waited for its sync.
    std::uint64_t commit_us = 0;
    std::uint64_t commit_bytes = 0;  // 0: nothing was to be written.
};

}  // namespace swarmq::broker
