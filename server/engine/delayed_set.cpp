// A tree of two levels: std::map above, sorted vectors below.
#include "engine/delayed_set.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace swarmq::engine {
namespace {

constexpr std::size_t kRunMax = 128;
// A run gives memory back when so little of it is used.
constexpr std::size_t kShrinkShare = 4;

// The run may begin with the key from now on.
template <class Runs>
auto begin_with(Runs& runs, typename Runs::iterator run, const DelayedKey& key) {
    auto begins_earlier = runs.extract(run);
    begins_earlier.key() = key;
    return runs.insert(std::move(begins_earlier)).position;
}

}  // namespace

DelayedSet::Iterator& DelayedSet::Iterator::operator++() {
    if (++index_ == run_->second.size()) {
        ++run_;
        index_ = 0;
    }
    return *this;
}

// The run that the key belongs to: the last one that may begin with it, else the first.
DelayedSet::Runs::const_iterator DelayedSet::run_of(const DelayedKey& key) const {
    const auto next = runs_.upper_bound(key);
    return next == runs_.begin() ? next : std::prev(next);
}

bool DelayedSet::insert(const DelayedKey& key) {
    if (runs_.empty() || key < runs_.begin()->first) {
        if (runs_.empty() || runs_.begin()->second.size() == kRunMax)
            runs_.emplace(key, Run{});
        else
            begin_with(runs_, runs_.begin(), key);
    }
    const auto at = runs_.find(run_of(key)->first);
    Run& run = at->second;
    const auto place = std::lower_bound(run.begin(), run.end(), key);
    if (place != run.end() && *place == key) return false;
    if (run.size() < kRunMax) {
        run.insert(place, key);
    } else if (place != run.end()) {
        const auto middle = run.begin() + kRunMax / 2;
        runs_.emplace_hint(std::next(at), *middle, Run(middle, run.end()));
        run.erase(middle, run.end());
        return insert(key);
    } else if (const auto next = std::next(at); next == runs_.end() || next->second.size() == kRunMax) {
        // Most come in order: a full run stays full.
        runs_.emplace_hint(next, key, Run{key});
    } else {
        Run& later = begin_with(runs_, next, key)->second;
        later.insert(later.begin(), key);
    }
    ++size_;
    return true;
}

bool DelayedSet::erase(const DelayedKey& key) {
    if (runs_.empty()) return false;
    const auto at = runs_.find(run_of(key)->first);
    Run& run = at->second;
    const auto place = std::lower_bound(run.begin(), run.end(), key);
    if (place == run.end() || *place != key) return false;
    run.erase(place);
    if (run.empty())
        runs_.erase(at);
    else if (run.size() * kShrinkShare <= run.capacity())
        run.shrink_to_fit();
    --size_;
    return true;
}

DelayedSet::Iterator DelayedSet::lower_bound(const DelayedKey& key) const {
    if (runs_.empty()) return end();
    const auto at = run_of(key);
    const auto place = std::lower_bound(at->second.begin(), at->second.end(), key);
    if (place == at->second.end()) return {std::next(at), 0};
    return {at, static_cast<std::size_t>(place - at->second.begin())};
}

DelayedSet::Iterator DelayedSet::upper_bound(const DelayedKey& key) const {
    auto at = lower_bound(key);
    if (at != end() && *at == key) ++at;
    return at;
}

}  // namespace swarmq::engine
