// Which queues somebody watches; only of those are events collected.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

namespace swarmq::engine {

struct Watched {
    bool is_any = false;  // False: no queue is, and nothing more need be asked.
    bool is_all = false;
    std::unordered_set<std::string> queues;  // Those that do not exist, too: they may be made later.
    std::vector<std::uint32_t> touched;      // Queues with events of jobs in this turn.
};

}  // namespace swarmq::engine
