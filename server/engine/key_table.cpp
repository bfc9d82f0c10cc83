// Entries by queue and name.
#include "engine/key_table.h"

#include "model/check.h"

namespace swarmq::engine {

KeyIndex KeyTable::acquire(std::uint32_t queue, const std::string& name) {
    KeyIndex key = find(queue, name);
    if (key == kNone) {
        key = keys_.add({});
        const auto at = by_name_.emplace(std::pair(queue, name), key).first;
        keys_[key].queue = queue;
        keys_[key].name = &at->first.second;
    }
    set_idle(key, 0);
    // While it was idle its timer was that of being forgotten: it is looked at anew.
    if (keys_[key].classes++ == 0) keys_[key].is_prepared = false;
    return key;
}

void KeyTable::release(KeyIndex key) {
    KeyState& released = keys_[key];
    SWARMQ_CHECK(released.classes > 0);
    if (--released.classes > 0 || std::exchange(released.is_unused, true)) return;
    unused_.push_back(key);
}

KeyIndex KeyTable::find(std::uint32_t queue, std::string_view name) const {
    const auto found = by_name_.find(Name{queue, name});
    return found == by_name_.end() ? kNone : found->second;
}

void KeyTable::set_idle(KeyIndex key, TimeMs until_ms) {
    TimeMs& idle_until_ms = keys_[key].idle_until_ms;
    if (idle_until_ms == until_ms) return;
    if (idle_until_ms != 0) idle_.erase({idle_until_ms, key});
    idle_until_ms = until_ms;
    if (until_ms != 0) idle_.emplace(until_ms, key);
}

void KeyTable::erase(KeyIndex key) {
    set_idle(key, 0);
    const KeyState& gone = keys_[key];
    SWARMQ_CHECK(gone.classes == 0 && gone.gate.active == 0 && gone.waiting == 0);
    by_name_.erase(by_name_.find(Name{gone.queue, *gone.name}));
    keys_.remove(key);
}

}  // namespace swarmq::engine
