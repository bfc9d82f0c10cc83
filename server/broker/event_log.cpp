// A queue of events, and what is known of each queue's.
#include "broker/event_log.h"

#include <utility>

namespace swarmq::broker {
namespace {

// Superseded events are taken out together, when there are many.
constexpr std::size_t kSupersededKept = 1'024;

// What a string takes beyond itself.
std::size_t heap_bytes(const std::string& text) {
    static const std::size_t kInside = std::string().capacity();
    return text.capacity() > kInside ? text.capacity() + 1 : 0;
}

std::size_t bytes_of(const LoggedEvent& logged) {
    const engine::Event& event = logged.event;
    return sizeof(LoggedEvent) + heap_bytes(event.queue) + heap_bytes(event.id) +
           heap_bytes(event.name) + heap_bytes(event.worker) + heap_bytes(event.text);
}

}  // namespace

EventLog::Trail& EventLog::trail_of(const std::string& queue) {
    const auto [at, is_new] = trails_.try_emplace(queue);
    if (is_new) at->second.lost_through = forgotten_lost_through_;
    return at->second;
}

void EventLog::drop_if_unused(const std::string& queue) {
    const auto found = trails_.find(queue);
    if (found == trails_.end() || found->second.since || found->second.events > 0) return;
    forgotten_lost_through_ = std::max(forgotten_lost_through_, found->second.lost_through);
    trails_.erase(found);
}

void EventLog::begin(const std::string& queue) {
    const std::uint64_t since = complete_after(queue);
    auto& from = queue.empty() ? all_since_ : trail_of(queue).since;
    if (!from) from = since;
}

void EventLog::end(const std::string& queue) {
    if (queue.empty()) {
        all_since_.reset();
        return;
    }
    trail_of(queue).since.reset();
    drop_if_unused(queue);
}

std::uint64_t EventLog::complete_after(const std::string& queue) const {
    if (queue.empty()) return all_since_ ? std::max(*all_since_, all_lost_through_) : last_;
    const auto found = trails_.find(queue);
    const Trail* const trail = found == trails_.end() ? nullptr : &found->second;
    const auto by_name = trail ? trail->since : std::nullopt;
    if (!by_name && !all_since_) return last_;
    const std::uint64_t since = std::min(by_name.value_or(last_), all_since_.value_or(last_));
    return std::max(since, trail ? trail->lost_through : forgotten_lost_through_);
}

std::uint64_t EventLog::append(engine::Event&& event) {
    ++last_;
    if (event.kind == engine::EventKind::Progress) {
        const auto [at, is_first] = progress_.try_emplace(event.seq, last_);
        if (!is_first) supersede(std::exchange(at->second, last_));
    }
    ++trail_of(event.queue).events;
    events_.push_back({last_, std::move(event)});
    bytes_ += bytes_of(events_.back());
    while (events_.size() > bounds_.events || bytes_ > bounds_.bytes) drop_oldest();
    return last_;
}

void EventLog::drop_oldest() {
    const LoggedEvent oldest = std::move(events_.front());
    events_.pop_front();
    bytes_ -= bytes_of(oldest);
    if (oldest.event.kind == engine::EventKind::None) {
        --superseded_;
        return;
    }
    if (oldest.event.kind == engine::EventKind::Progress) progress_.erase(oldest.event.seq);
    all_lost_through_ = oldest.number;
    Trail& trail = trail_of(oldest.event.queue);
    trail.lost_through = oldest.number;
    --trail.events;
    drop_if_unused(oldest.event.queue);
}

void EventLog::supersede(std::uint64_t number) {
    const auto at = std::lower_bound(
        events_.begin(), events_.end(), number,
        [](const LoggedEvent& logged, std::uint64_t asked) { return logged.number < asked; });
    --trail_of(at->event.queue).events;
    bytes_ -= bytes_of(*at);
    at->event = engine::Event();
    bytes_ += bytes_of(*at);
    if (++superseded_ <= kSupersededKept || superseded_ * 2 <= events_.size()) return;
    bytes_ -= superseded_ * sizeof(LoggedEvent);
    superseded_ = 0;
    std::erase_if(events_, [](const LoggedEvent& logged) {
        return logged.event.kind == engine::EventKind::None;
    });
}

}  // namespace swarmq::broker
