// Who watches what, and how far each has been told (R11). Events are pushed while a port has room; who reads
// slowly goes on from the log later, with a mark where the log no longer has what comes next.
// Owner: the broker's loop.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "broker/event_log.h"
#include "broker/port.h"
#include "engine/engine.h"

namespace swarmq::broker {

// Subscriptions to events of one connection, and of all together.
inline constexpr std::size_t kWatchesPerPortMax = 64;
inline constexpr std::size_t kWatchesMax = 100'000;
// Events of a queue are kept on for so long when nobody watches it any more.
inline constexpr DurationMs kWatchLingersMs = 300'000;

struct WatchRequest {
    std::uint32_t subscription = 0;
    std::string queue;        // Empty: all.
    std::string id;           // Not empty: of one job of the queue.
    std::uint32_t kinds = 0;  // Bits by number; 0: all.
    std::optional<std::uint64_t> after;  // None: from now on.
    // The client's cursor is of another boot: all that is there, and the mark.
    bool is_from_another_boot = false;
};

class Watchers {
  public:
    explicit Watchers(engine::Engine& engine) : engine_(engine) {}

    struct Begun {
        std::uint64_t after = 0;
        bool is_truncated = false;
    };
    // Pushes what is behind the cursor only with the next go_on(), so that an answer may go first.
    Result<Begun> watch(const std::shared_ptr<Port>& port, WatchRequest request);
    Result<> stop(const Port* port, std::uint32_t subscription, TimeMs now_ms);
    void stop_all(const Port* port, TimeMs now_ms);
    // The port has room: pushes what its watches lack, until it has none.
    void go_on(const Port* port);

    // These are durable: logs them, and pushes them to those who want them.
    void publish(std::vector<engine::Event>&& events);
    // Events of the queue are kept: whoever learns of one that is not the engine's may publish it.
    bool keeps(const std::string& queue) const {
        return groups_.contains(queue) || groups_.contains("");
    }
    // Ends what lingers.
    void advance(TimeMs now_ms);

    std::size_t size() const { return watches_.size(); }
    const EventLog& log() const { return log_; }

  private:
    using WatchId = std::uint64_t;
    struct Watch {
        std::shared_ptr<Port> port;
        WatchRequest request;
        std::uint64_t after = 0;  // Told up to here, or not wanted.
        std::uint64_t told = 0;   // The client knows of this cursor.
        bool is_behind = false;   // Goes on from the log when there is room.
    };
    struct Group {  // Those who watch one queue, or all.
        std::vector<WatchId> watches;
        std::unordered_map<std::string, std::vector<WatchId>> by_job;
        std::size_t size = 0;
        std::uint64_t woken_at = 0;  // The newest event its watches were woken for.
        TimeMs idle_until_ms = 0;    // With size 0.
        bool is_lingering = false;   // Stands in lingering_.
    };
    struct Owner {
        std::map<std::uint32_t, WatchId> watches;
        std::uint32_t last_served = 0;
    };

    Result<> check(const Port* port, const WatchRequest& request) const;
    Result<> begin(const std::string& queue);
    void end(WatchId id, TimeMs now_ms);
    void end_oldest_lingering();
    void wake(const engine::Event& event, std::uint64_t before, std::vector<WatchId>& woken);
    void wake(Group& group, const engine::Event& event, std::uint64_t before,
              std::vector<WatchId>& woken);
    void push_new(WatchId id, std::uint64_t before);
    void push_some(Watch& watch);

    engine::Engine& engine_;
    EventLog log_;
    WatchId next_id_ = 1;
    std::unordered_map<WatchId, Watch> watches_;
    std::unordered_map<const Port*, Owner> owners_;
    std::unordered_map<std::string, Group> groups_;  // By queue; "": all.
    struct Lingering {
        TimeMs until_ms = 0;
        std::string queue;
    };
    std::deque<Lingering> lingering_;  // In order of time, one for a group.
};

}  // namespace swarmq::broker
