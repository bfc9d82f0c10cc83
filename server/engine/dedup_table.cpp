// One entry for each queue and key.
#include "engine/dedup_table.h"

#include "model/check.h"

namespace swarmq::engine {

DedupIndex DedupTable::find(std::uint32_t queue, std::string_view name) const {
    if (by_name_.empty()) return kNone;
    const auto found = by_name_.find(std::pair<std::uint32_t, std::string_view>{queue, name});
    return found == by_name_.end() ? kNone : found->second;
}

DedupIndex DedupTable::add(std::uint32_t queue, const std::string& name, DedupMode mode) {
    const auto [at, is_new] = by_name_.try_emplace({queue, name}, kNone);
    SWARMQ_CHECK(is_new);
    at->second = keys_.add({});
    DedupKey& made = keys_[at->second];
    made.queue = queue;
    made.name = &at->first.second;
    made.mode = mode;
    if (mode == DedupMode::Throttle) ++windows_;
    return at->second;
}

void DedupTable::erase(DedupIndex index) {
    const DedupKey& gone = keys_[index];
    SWARMQ_CHECK(gone.name != nullptr);
    if (gone.mode == DedupMode::Throttle) --windows_;
    by_name_.erase(
        by_name_.find(std::pair<std::uint32_t, std::string_view>{gone.queue, *gone.name}));
    keys_.remove(index);
}

DedupIndex DedupTable::first_of(std::uint32_t queue) const {
    const auto at = by_name_.lower_bound(std::pair<std::uint32_t, std::string_view>{queue, ""});
    return at == by_name_.end() || at->first.first != queue ? kNone : at->second;
}

}  // namespace swarmq::engine
