// What happens to jobs and queues, told by the broker as it happens (R11).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <swarmq/connection.h>
#include <swarmq/job.h>

namespace swarmq::inline sdk {

// Every change of a job's state is one event. Numbers as in the protocol; kinds of a newer broker are Unknown.
enum class EventKind {
    Unknown = 0,
    Added = 1,         // By whomever; delay above 0: it is delayed, else it waits.
    Waiting = 2,       // Its delay is over, or its worker gave it back.
    Active = 3,        // Given to a worker; attempt, worker.
    Progress = 4,      // Only the latest value: an older one that was not read yet is dropped.
    Completed = 5,     // attempt.
    Failed = 6,        // For good; attempt, failure_kind, reason.
    Retrying = 7,      // Another attempt follows; attempt, failure_kind, reason, delay (0: it waits).
    Delayed = 8,       // By its handler or by a change of the job; delay.
    Stalled = 9,       // Its worker was lost; it waits again.
    Removed = 10,      // By someone: not when it is removed because it ended, nor by age.
    Deduplicated = 11, // An add that found a job with its deduplication key; id is that job's, key the key.
    Drained = 12,      // Of a queue: no job waits or is delayed any more.
    Paused = 13,       // Of a queue, or of its key.
    Resumed = 14,      // Of a queue, or of its key.
    Held = 15,         // Nothing of a queue, or of its key, begins for `delay`.
    Retried = 16,      // A failed job that someone sent to wait again.
    Promoted = 17,     // A delayed job that someone sent to wait.
    Alert = 18,        // Of a queue: a threshold was crossed, or is so no more; reason, alert_is_over.
    WaitingChildren = 19,  // It waits for its children.
    // Made by this library, for every subscriber: events may have been lost here, because there were too many of them
    // or the broker was restarted. What you know of the jobs is to be looked up anew.
    Truncated = 1000,
};

// "added", "waiting-children" and so on.
std::string_view to_string(EventKind kind);
// The kind of that name; nothing for any other text.
std::optional<EventKind> parse_event_kind(std::string_view text);

// A place in the stream, behind one event. Store it to go on from there in another process.
struct EventCursor {
    std::uint64_t boot_epoch = 0;  // Cursors of one start of the broker mean nothing in another one.
    std::uint64_t number = 0;

    // "7-1042".
    std::string text() const;
    // Nothing for a text of any other form.
    static std::optional<EventCursor> parse(std::string_view text);
    friend bool operator==(const EventCursor&, const EventCursor&) = default;
};

// Never with payload or result: Queue::get_job has them, while the job is stored.
struct Event {
    EventKind kind = EventKind::Unknown;
    WallTime at{};
    EventCursor cursor{};  // Behind this event: give it to EventOptions to go on after it.
    std::string queue;
    std::string id{};    // Of the job; empty in events of a queue.
    std::string name{};  // Of the job.
    std::uint32_t attempt = 0;  // The first is 1.
    Milliseconds delay{0};
    FailureKind failure_kind = FailureKind::None;
    std::string reason{};    // At most 256 bytes: what is longer is cut.
    std::string progress{};  // At most 4 KiB.
    std::string key{};       // Of a limit or, in Deduplicated, of deduplication.
    std::string worker{};    // The client_name of the worker.
    bool alert_is_over = false;
};

struct EventOptions {
    std::string queue{};             // Empty: of all queues. It need not exist, and is not created.
    std::string job_id{};            // Not empty: only of this job; needs a queue.
    std::vector<EventKind> kinds{};  // Empty: all. Truncated always comes.
    // The cursor of the last event that you have seen: what happened since comes first, in order, or Truncated where
    // some of it is lost. Not set: what happens from now on.
    std::optional<EventCursor> cursor{};
    Connection connection{};
    // Events that wait for a slow reader here, 1..1,000,000, and 8 MiB of them. When it is full the broker is asked to
    // stop, and to go on when the reader has caught up: from its ring of the newest events, so that nothing is lost
    // unless that was too short, which Truncated tells.
    std::size_t buffered_max = 10'000;
    // With a callback: called last, on its thread, when the stream ended by itself. May be empty.
    std::function<void(const Error&)> on_end{};
};

// A subscription. It lives through lost connections and restarts of the broker: it reconnects by itself, for ever, and
// goes on from where it was; after a restart of the broker, whose events live in memory, that is told by Truncated. At most
// 64 of one connection.
//
// Two forms. Either ask for events with next(), from any threads; or give a callback, which is called on a thread of its
// own, one event at a time and in order. A slow reader holds up neither the connection nor the broker. The callback may
// make blocking calls and may call stop(); what it throws ends the program, as in any thread.
class EventStream {
  public:
    // Blocks until the broker has answered: what happens from then on is told. Throws SwarmqError: InvalidArgument,
    // Unavailable after the connection's unavailable_after, PermissionDenied, TooManyInflight over 64 streams of the
    // connection, MemoryLimit over 10,000 watched queues of the broker.
    explicit EventStream(EventOptions options);
    EventStream(EventOptions options, std::function<void(const Event&)> on_event);
    // stop(). From the callback it does not wait for that to return.
    ~EventStream();
    EventStream(EventStream&&) noexcept;
    EventStream& operator=(EventStream&&) = delete;

    // Blocks until there is an event; nothing when there was none for so long, or after stop(). Throws SwarmqError
    // when the stream ended by itself and all its events were read: Unavailable when the connection was closed by
    // this program, or what the broker refused it with after a reconnect. Not with a callback.
    std::optional<Event> next(Milliseconds longest);

    // Behind everything that was handed out, also past events that were not asked for; store it to go on from there.
    EventCursor cursor() const;

    // No more events; wakes next(). Blocks until the callback has returned, unless it is the caller. Idempotent.
    void stop();

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace swarmq::inline sdk
