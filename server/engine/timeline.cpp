// A four-ary heap whose nodes know their place, so that any of them can be taken out.
#include "engine/timeline.h"

#include <algorithm>

namespace swarmq::engine {
namespace {

constexpr std::size_t kArity = 4;

}  // namespace

TimerId Timeline::set(TimeMs when_ms, TimerKind kind, std::uint32_t owner) {
    const TimerId timer = nodes_.add({when_ms, ++order_, {kind, owner}, 0});
    heap_.push_back(timer);
    nodes_[timer].position = static_cast<std::uint32_t>(heap_.size() - 1);
    rise(heap_.size() - 1);
    return timer;
}

void Timeline::cancel(TimerId& timer) {
    if (timer == kNone) return;
    erase_at(nodes_[timer].position);
    nodes_.remove(timer);
    timer = kNone;
}

std::optional<TimeMs> Timeline::next() const {
    if (heap_.empty()) return std::nullopt;
    return nodes_[heap_.front()].when_ms;
}

std::optional<Timeline::Entry> Timeline::pop_due(TimeMs now_ms) {
    if (heap_.empty()) return std::nullopt;
    const TimerId timer = heap_.front();
    if (nodes_[timer].when_ms > now_ms) return std::nullopt;
    const Entry entry = nodes_[timer].entry;
    erase_at(0);
    nodes_.remove(timer);
    return entry;
}

bool Timeline::before(TimerId a, TimerId b) const {
    const Node& left = nodes_[a];
    const Node& right = nodes_[b];
    if (left.when_ms != right.when_ms) return left.when_ms < right.when_ms;
    return left.order < right.order;
}

void Timeline::place(std::size_t position, TimerId timer) {
    heap_[position] = timer;
    nodes_[timer].position = static_cast<std::uint32_t>(position);
}

void Timeline::rise(std::size_t position) {
    const TimerId timer = heap_[position];
    while (position > 0) {
        const std::size_t parent = (position - 1) / kArity;
        if (!before(timer, heap_[parent])) break;
        place(position, heap_[parent]);
        position = parent;
    }
    place(position, timer);
}

void Timeline::sink(std::size_t position) {
    const TimerId timer = heap_[position];
    while (true) {
        const std::size_t first = position * kArity + 1;
        if (first >= heap_.size()) break;
        const std::size_t end = std::min(first + kArity, heap_.size());
        std::size_t best = first;
        for (std::size_t child = first + 1; child < end; ++child)
            if (before(heap_[child], heap_[best])) best = child;
        if (!before(heap_[best], timer)) break;
        place(position, heap_[best]);
        position = best;
    }
    place(position, timer);
}

void Timeline::erase_at(std::size_t position) {
    const TimerId last = heap_.back();
    heap_.pop_back();
    if (position == heap_.size()) return;
    place(position, last);
    sink(position);
    rise(nodes_[last].position);
}

}  // namespace swarmq::engine
