// The queues by their names: found by hash, since each request names one, and listed in order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "engine/slab.h"

namespace swarmq::engine {

class QueueNames {
  public:
    using InOrder = std::map<std::string, std::uint32_t, std::less<>>;

    QueueNames() = default;
    QueueNames(const QueueNames&) = delete;
    QueueNames& operator=(const QueueNames&) = delete;

    // The queue's index, kNone when there is no such queue.
    std::uint32_t find(std::string_view name) const {
        const auto found = by_hash_.find(name);
        return found == by_hash_.end() ? kNone : found->second;
    }
    bool has(std::string_view name) const { return find(name) != kNone; }
    const InOrder& in_order() const { return in_order_; }
    std::size_t size() const { return in_order_.size(); }

    // The name is new.
    void add(const std::string& name, std::uint32_t index) {
        by_hash_.emplace(in_order_.emplace(name, index).first->first, index);
    }
    void remove(const std::string& name) {
        by_hash_.erase(name);
        in_order_.erase(name);
    }

  private:
    InOrder in_order_;
    std::unordered_map<std::string_view, std::uint32_t> by_hash_;  // Names of in_order_.
};

}  // namespace swarmq::engine
