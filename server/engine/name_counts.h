// How many things name a queue, without owning it.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

namespace swarmq::engine {

class NameCounts {
  public:
    // An empty name names nothing.
    void add(const std::string& name) {
        if (!name.empty()) ++counts_[name];
    }
    // Only what was added before.
    void remove(const std::string& name) {
        if (name.empty()) return;
        const auto found = counts_.find(name);
        if (--found->second == 0) counts_.erase(found);
    }
    bool has(const std::string& name) const { return counts_.contains(name); }

  private:
    std::unordered_map<std::string, std::uint64_t> counts_;
};

}  // namespace swarmq::engine
