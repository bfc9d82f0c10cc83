// A timer, a part of the queues, lines of log.
#include "alert_watch.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "base/log.h"

namespace swarmq {
namespace {

constexpr std::chrono::seconds kLookEvery{1};
// With more queues than this a round takes more than one look.
constexpr std::size_t kQueuesPerLook = 2'000;
constexpr std::size_t kLinesPerLook = 20;

}  // namespace

void AlertWatch::start() {
    timer_.expires_after(kLookEvery);
    timer_.async_wait([this](error_code error) {
        if (error) return;
        look();
        start();
    });
}

void AlertWatch::look() {
    const auto queues = broker_.engine().glance(cursor_, kQueuesPerLook);
    tell(alerts_.look(queues, broker_.now_ms(), cursor_ == 0));
}

void AlertWatch::publish(const std::vector<broker::AlertChange>& changes) {
    std::vector<engine::Event> events;
    for (const auto& change : changes) {
        if (!broker_.watchers().keeps(change.queue)) continue;
        engine::Event event;
        event.kind = engine::EventKind::Alert;
        event.at_ms = broker_.now_ms();
        event.queue = change.queue;
        event.text = name_of(change.kind);
        if (!change.detail.empty()) event.text += ": " + change.detail;
        event.alert_is_over = !change.is_up;
        events.push_back(std::move(event));
    }
    broker_.watchers().publish(std::move(events));
}

// The one place that knows of changes: whoever else wants them is called from here.
void AlertWatch::tell(const std::vector<broker::AlertChange>& changes) {
    publish(changes);
    const std::size_t shown = std::min(changes.size(), kLinesPerLook);
    for (std::size_t i = 0; i < shown; ++i) {
        const auto& change = changes[i];
        const std::string what = std::string(name_of(change.kind)) + " of queue " + change.queue;
        if (change.is_up)
            log(LogLevel::Warning, "alert: " + what + ": " + change.detail);
        else
            log(LogLevel::Info, "alert over: " + what);
    }
    if (changes.size() > shown)
        log(LogLevel::Warning, "alert: " + std::to_string(changes.size() - shown) +
                                   " more changes; /metrics has those that are up");
}

std::vector<api::RaisedAlert> AlertWatch::raised(std::size_t size_max) const {
    std::vector<api::RaisedAlert> made;
    for (const auto& alert : alerts_.raised(size_max))
        made.push_back({alert.queue, name_of(alert.kind)});
    return made;
}

}  // namespace swarmq
