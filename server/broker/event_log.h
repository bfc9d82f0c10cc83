// The newest events of what is watched, in memory: for those who come back and those who read slowly
// (R11). Bounded in events and in bytes, and knows of each queue from where on nothing is missing.
// Owner: the broker's loop.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "engine/event.h"

namespace swarmq::broker {

struct LoggedEvent {
    std::uint64_t number = 0;
    engine::Event event;
};

class EventLog {
  public:
    struct Bounds {
        std::size_t events = 65'536;
        std::size_t bytes = 16 * 1024 * 1024;
    };
    EventLog() : EventLog(Bounds{}) {}
    explicit EventLog(Bounds bounds) : bounds_(bounds) {}

    // Events of the queue, or with an empty name of all, come from now on, or come no more.
    void begin(const std::string& queue);
    void end(const std::string& queue);

    // Gives it the next number. An older progress of the same job goes: only its latest value counts.
    std::uint64_t append(engine::Event&& event);
    // The newest number; 0: there was no event yet.
    std::uint64_t last() const { return last_; }
    // All events of the queue, or of all, behind this number are there.
    std::uint64_t complete_after(const std::string& queue) const;

    // Calls visit(logged) for what is there behind the number, in order, until it answers false.
    template <class Visit>
    void each_after(std::uint64_t number, Visit visit) const;

    std::size_t size() const { return events_.size() - superseded_; }
    std::size_t bytes() const { return bytes_; }

  private:
    // What is known of one queue.
    struct Trail {
        std::optional<std::uint64_t> since;  // Watched by name: nothing is missing from there on, but
        std::uint64_t lost_through = 0;      // what had to go since then.
        std::size_t events = 0;              // That are in the log.
    };

    Trail& trail_of(const std::string& queue);
    void drop_if_unused(const std::string& queue);
    void drop_oldest();
    void supersede(std::uint64_t number);

    Bounds bounds_;
    std::deque<LoggedEvent> events_;  // Rising numbers; a superseded one has kind None.
    std::size_t superseded_ = 0;
    std::size_t bytes_ = 0;
    std::uint64_t last_ = 0;
    std::unordered_map<std::string, Trail> trails_;
    std::optional<std::uint64_t> all_since_;
    std::uint64_t all_lost_through_ = 0;
    std::uint64_t forgotten_lost_through_ = 0;  // The most of queues without a trail.
    std::unordered_map<JobSeq, std::uint64_t> progress_;  // The number of a job's newest one.
};

template <class Visit>
void EventLog::each_after(std::uint64_t number, Visit visit) const {
    const auto is_before = [](std::uint64_t asked, const LoggedEvent& logged) {
        return asked < logged.number;
    };
    for (auto at = std::upper_bound(events_.begin(), events_.end(), number, is_before);
         at != events_.end(); ++at)
        if (at->event.kind != engine::EventKind::None && !visit(*at)) return;
}

}  // namespace swarmq::broker
