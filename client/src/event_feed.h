// One subscription to events: its words with the broker on the one side, its reader on the other.
//
// What was read from the broker and not handed out yet is bounded. When the buffer is full the feed
// stops watching; when half of it was read it watches again, from the cursor of the newest event in
// it. Owner: whoever has the I/O lock, but for what the mutex guards.
#pragma once

#include "channel.h"

#include <swarmq/events.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace swarmq::inline sdk {

class EventFeed : public LinkUser, public std::enable_shared_from_this<EventFeed> {
  public:
    struct Options {
        std::string queue;
        std::string job_id;
        std::vector<EventKind> kinds;
        std::optional<EventCursor> cursor;
        std::size_t buffered_max = 1;
    };

    // `begun` hears once, on the I/O thread, that the broker watches, or why it does not.
    EventFeed(Channel& channel, Options options, std::function<void(Result<void>)> begun);

    void link_up(const v1::Welcome& welcome) override;
    void link_down() override;
    bool holds(std::uint64_t) const override { return false; }
    bool push(v1::Envelope& envelope) override;
    void before_write() override {}
    void tick(SteadyTime now) override;
    void closed() override;

    // The I/O thread: tells the broker that nobody reads any more.
    void leave();
    // The reader has caught up.
    void go_on();

    // Any thread.
    struct Taken {
        std::optional<Event> event;
        bool must_go_on = false;  // Have the I/O thread call go_on().
    };
    Taken take(Milliseconds longest);
    void stop();
    bool is_stopped() const;
    EventCursor cursor() const;
    // Set once the feed has ended by itself.
    std::optional<Error> error() const;

  private:
    void watch();
    void take_answer(std::uint32_t number, const Result<v1::Envelope*>& answer);
    void begin(Result<void> begun);
    void end(Error error);
    void stop_watching();
    bool add(Event event, std::size_t bytes);
    bool add_mark(EventCursor cursor);
    void move_cursor(EventCursor cursor);

    Channel& channel_;
    const Options options_;
    std::function<void(Result<void>)> begun_;
    bool is_up_ = false;
    std::uint32_t number_ = 0;  // Of what is watched on this link; 0: nothing is.
    std::optional<EventCursor>
        asked_;  // Where the next request begins: behind all that is in the buffer.
    std::optional<SteadyTime> watch_at_;  // The broker refused it for now.

    struct Buffered {
        Event event;
        std::size_t bytes = 0;
    };
    mutable std::mutex mutex_;  // Guards all below.
    std::condition_variable changed_;
    std::deque<Buffered> buffer_;
    std::size_t buffered_bytes_ = 0;
    bool is_full_ = false;  // The broker was asked to stop until the reader has caught up.
    bool is_stopped_ = false;
    std::optional<Error> error_;
    EventCursor read_;    // Behind all that was handed out.
    EventCursor newest_;  // Behind all that the broker has told.
};

}  // namespace swarmq::inline sdk
