// Whether jobs can be added that one request brings for whatever queues: asked before any of them is made.
#pragma once

#include <cstddef>
#include <map>
#include <string_view>

#include "engine/commands.h"
#include "engine/dedup.h"
#include "engine/memory.h"
#include "engine/new_queues.h"
#include "model/error.h"

namespace swarmq::engine {

class RoomCheck {
  public:
    // `ending`: the job that ends for good in the same step.
    explicit RoomCheck(const Memory& memory, Slot ending = kNone)
        : memory_(memory), ending_(ending), used_(memory) {}

    // Ok while this job can be added as well; else what an add of it would say. Both must outlive this.
    Result<> count(std::string_view queue, const JobSpec& job);

  private:
    const Memory& memory_;
    const Slot ending_;
    NewQueues used_;
    std::map<std::string_view, AddCounter> by_queue_;
    std::size_t windows_ = 0;
};

}  // namespace swarmq::engine
