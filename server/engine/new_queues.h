// The bound on the number of queues: asked before a request makes any (R36).
#pragma once

#include <set>
#include <string_view>

#include "engine/memory.h"
#include "model/error.h"

namespace swarmq::engine {

// Collects the queues that a request is about to use. A queue that on_failure names is made together with
// the job or the settings that name it and stays as long as they do, so that a dead letter always has a
// place: what fails hours later could not be refused any more.
class NewQueues {
  public:
    explicit NewQueues(const Memory& memory) : memory_(memory) {}

    // The name must outlive this; an empty one is no queue.
    void use(std::string_view name);
    void use_targets(const QueueSettings& settings);
    // MemoryLimit when the shard would have more queues than it may.
    Result<> check() const;

  private:
    const Memory& memory_;
    std::set<std::string_view> missing_;
    std::string_view last_;
};

}  // namespace swarmq::engine
