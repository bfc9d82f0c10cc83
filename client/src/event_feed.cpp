// Watching, the gap after a lost link, and a buffer that is never overrun.
#include "event_feed.h"

#include "convert.h"

#include <algorithm>
#include <utility>

namespace swarmq::inline sdk {
namespace {

constexpr std::size_t kBufferedBytesMax = 8 * 1024 * 1024;
constexpr std::chrono::milliseconds kRefusedPause{1'000};

EventCursor to_cursor(const v1::EventCursor& cursor) {
    return {cursor.boot_epoch(), cursor.number()};
}

std::size_t bytes_of(const Event& event) {
    return sizeof(Event) + event.queue.size() + event.id.size() + event.name.size() +
           event.reason.size() + event.progress.size() + event.key.size() + event.worker.size();
}

}  // namespace

EventFeed::EventFeed(Channel& channel, Options options, std::function<void(Result<void>)> begun)
    : channel_(channel),
      options_(std::move(options)),
      begun_(std::move(begun)),
      asked_(options_.cursor) {
    if (asked_) read_ = newest_ = *asked_;
}

void EventFeed::link_up(const v1::Welcome&) {
    is_up_ = true;
    if (!is_stopped() && !error()) watch();
}

void EventFeed::link_down() {
    is_up_ = false;
    number_ = 0;
}

void EventFeed::watch() {
    {
        const std::lock_guard lock(mutex_);
        if (is_full_) return;  // go_on() will.
    }
    watch_at_.reset();
    number_ = channel_.next_subscription();
    auto request = std::make_unique<Request>();
    request->kind = Request::Kind::Once;
    request->is_urgent = true;
    auto& watch = *request->envelope.mutable_watch_events();
    watch.set_subscription(number_);
    watch.set_queue(options_.queue);
    watch.set_id(options_.job_id);
    for (const EventKind kind : options_.kinds) {
        if (kind != EventKind::Truncated) watch.add_kinds(static_cast<v1::EventKind>(kind));
    }
    if (asked_) {
        watch.mutable_cursor()->set_boot_epoch(asked_->boot_epoch);
        watch.mutable_cursor()->set_number(asked_->number);
    }
    request->done = [self = shared_from_this(), number = number_](Result<v1::Envelope*> answer) {
        self->take_answer(number, answer);
    };
    channel_.exchange().submit(std::move(request));
}

void EventFeed::take_answer(std::uint32_t number, const Result<v1::Envelope*>& answer) {
    if (number != number_) return;  // Of a lost link, or one that was given up.
    if (!answer.ok()) {
        if (answer.error().code == Code::Unavailable) return;  // The next link asks again.
        number_ = 0;
        if (begun_) return begin(answer.error());
        if (!answer.error().retriable) return end(answer.error());
        watch_at_ = std::chrono::steady_clock::now() + kRefusedPause;
        return;
    }
    const auto& result = (*answer)->watch_events_result();
    const EventCursor cursor = to_cursor(result.cursor());
    // Without room for the mark it is asked for again.
    if (!result.truncated() || add_mark(cursor)) move_cursor(cursor);
    begin({});
}

void EventFeed::begin(Result<void> begun) {
    if (begun_) std::exchange(begun_, nullptr)(std::move(begun));
}

bool EventFeed::push(v1::Envelope& envelope) {
    if (!envelope.has_events() || number_ == 0 || envelope.events().subscription() != number_)
        return false;
    auto& events = *envelope.mutable_events();
    const EventCursor cursor = to_cursor(events.cursor());
    // Who goes on from the mark alone is told again that something is lost.
    const bool is_mark_alone = events.events_size() == 0;
    if (events.truncated() && !add_mark(is_mark_alone ? cursor : asked_.value_or(cursor)))
        return true;
    for (auto& proto : *events.mutable_events()) {
        Event event = to_event(proto, cursor.boot_epoch);
        const std::size_t bytes = bytes_of(event);
        if (!add(std::move(event), bytes)) return true;
    }
    move_cursor(cursor);
    return true;
}

bool EventFeed::add_mark(EventCursor cursor) {
    Event mark;
    mark.kind = EventKind::Truncated;
    mark.at = std::chrono::system_clock::now();
    mark.queue = options_.queue;
    mark.cursor = cursor;
    return add(std::move(mark), sizeof(Event));
}

// False when there is no room: it comes again when the reader has caught up.
bool EventFeed::add(Event event, std::size_t bytes) {
    bool is_full = false;
    {
        const std::lock_guard lock(mutex_);
        if (is_stopped_) return false;
        is_full = !buffer_.empty() && (buffer_.size() >= options_.buffered_max ||
                                       buffered_bytes_ + bytes > kBufferedBytesMax);
        is_full_ = is_full;
        if (!is_full) {
            asked_ = event.cursor;
            buffered_bytes_ += bytes;
            buffer_.push_back({std::move(event), bytes});
        }
    }
    if (is_full) {
        stop_watching();
        return false;
    }
    changed_.notify_one();
    return true;
}

void EventFeed::move_cursor(EventCursor cursor) {
    asked_ = cursor;
    const std::lock_guard lock(mutex_);
    newest_ = cursor;
    if (buffer_.empty()) read_ = cursor;
}

void EventFeed::stop_watching() {
    if (number_ == 0) return;
    auto request = std::make_unique<Request>();
    request->kind = Request::Kind::Once;
    request->is_urgent = true;
    request->envelope.mutable_stop_watching()->set_subscription(std::exchange(number_, 0));
    request->done = [](const Result<v1::Envelope*>&) {};
    if (is_up_) channel_.exchange().submit(std::move(request));
}

void EventFeed::go_on() {
    if (is_up_ && number_ == 0 && !is_stopped() && !error()) watch();
}

void EventFeed::tick(SteadyTime now) {
    if (watch_at_ && now >= *watch_at_) go_on();
}

void EventFeed::end(Error error) {
    {
        const std::lock_guard lock(mutex_);
        if (error_ || is_stopped_) return;
        error_ = std::move(error);
    }
    changed_.notify_all();
}

void EventFeed::closed() {
    Error error{Code::Unavailable, "the connection was closed by this program"};
    begin(error);
    end(std::move(error));
}

void EventFeed::leave() {
    stop_watching();
    watch_at_.reset();
}

EventFeed::Taken EventFeed::take(Milliseconds longest) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, longest,
                      [this] { return !buffer_.empty() || is_stopped_ || error_.has_value(); });
    if (is_stopped_ || buffer_.empty()) return {};
    Taken taken{std::move(buffer_.front().event)};
    buffered_bytes_ -= buffer_.front().bytes;
    buffer_.pop_front();
    const bool is_low =
        buffer_.size() <= options_.buffered_max / 2 && buffered_bytes_ <= kBufferedBytesMax / 2;
    if (is_full_ && is_low) {
        is_full_ = false;
        taken.must_go_on = true;
    }
    read_ = taken.event->cursor;
    const bool is_past_others = buffer_.empty() && newest_.boot_epoch == read_.boot_epoch;
    if (is_past_others) read_.number = std::max(read_.number, newest_.number);
    return taken;
}

void EventFeed::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopped_ = true;
    }
    changed_.notify_all();
}

bool EventFeed::is_stopped() const {
    const std::lock_guard lock(mutex_);
    return is_stopped_;
}

EventCursor EventFeed::cursor() const {
    const std::lock_guard lock(mutex_);
    return read_;
}

std::optional<Error> EventFeed::error() const {
    const std::lock_guard lock(mutex_);
    return error_;
}

}  // namespace swarmq::inline sdk
