// Subscriptions to events as users hold them: opens the feed, reads it by hand or on a thread.
#include "event_feed.h"
#include "validate.h"

#include <swarmq/events.h>

#include <atomic>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

namespace swarmq::inline sdk {
namespace {

constexpr std::size_t kBufferedMost = 1'000'000;
constexpr Milliseconds kLongestTake{3'600'000};

std::optional<Error> invalid(std::string message) {
    return Error{Code::InvalidArgument, std::move(message)};
}

std::optional<Error> check_options(const EventOptions& options) {
    if (!options.queue.empty()) {
        if (auto error = check_name("queue", options.queue)) return error;
    }
    if (!options.job_id.empty()) {
        if (options.queue.empty()) return invalid("job_id needs a queue: ids are unique in one");
        if (auto error = check_name("job id", options.job_id)) return error;
    }
    for (const EventKind kind : options.kinds) {
        if (!parse_event_kind(to_string(kind)))
            return invalid("kinds: " + std::to_string(static_cast<int>(kind)) +
                           " is no kind of event; give those of EventKind, or none for all");
    }
    if (options.buffered_max < 1 || options.buffered_max > kBufferedMost)
        return invalid("buffered_max is " + std::to_string(options.buffered_max) +
                       "; it must be 1..1000000");
    return std::nullopt;
}

}  // namespace

class EventStream::Impl : public std::enable_shared_from_this<Impl> {
  public:
    explicit Impl(EventOptions options)
        : channel_(options.connection.channel()), on_end_(std::move(options.on_end)) {
        require(check_options(options));
        auto begun = std::make_shared<std::promise<Result<void>>>();
        auto is_begun = begun->get_future();
        feed_ = std::make_shared<EventFeed>(
            *channel_,
            EventFeed::Options{std::move(options.queue), std::move(options.job_id),
                               std::move(options.kinds), options.cursor, options.buffered_max},
            [begun](Result<void> result) { begun->set_value(std::move(result)); });
        open(is_begun);
    }
    ~Impl() {
        // The callback's thread holds this: either it is over, or this is its last step.
        if (thread_.joinable()) thread_.detach();
    }

    void start(std::function<void(const Event&)> on_event) {
        has_callback_ = true;
        thread_ = std::thread([self = shared_from_this(), on_event = std::move(on_event)] {
            self->reader_ = std::this_thread::get_id();
            self->read_all(on_event);
        });
    }

    std::optional<Event> next(Milliseconds longest) {
        if (has_callback_)
            require(invalid("this stream has a callback; next() is for those without"));
        auto event = take(longest);
        if (!event && !feed_->is_stopped()) require(feed_->error());
        return event;
    }

    void stop() {
        feed_->stop();
        channel_->run([feed = feed_, channel = channel_.get()] {
            feed->leave();
            channel->remove_user(feed.get());
        });
        if (reader_.load() == std::this_thread::get_id()) return;
        const std::lock_guard lock(mutex_);
        if (thread_.joinable()) thread_.join();
    }

    EventCursor cursor() const { return feed_->cursor(); }

  private:
    void open(std::future<Result<void>>& begun) {
        require(channel_->connect());
        const bool is_open =
            channel_->run([feed = feed_, channel = channel_.get()] { channel->add_user(feed); });
        if (!is_open)
            require(Error{Code::Unavailable, "the connection was closed by this program"});
        const auto longest = channel_->options().request_timeout;
        if (begun.wait_for(longest) != std::future_status::ready) {
            stop();
            require(Error{Code::Timeout, "the broker did not answer in time; nothing is watched",
                          true});
        }
        const Result<void> result = begun.get();
        if (result.ok()) return;
        stop();
        require(result.error());
    }

    std::optional<Event> take(Milliseconds longest) {
        auto taken = feed_->take(longest);
        if (taken.must_go_on) channel_->run([feed = feed_] { feed->go_on(); });
        return std::move(taken.event);
    }

    void read_all(const std::function<void(const Event&)>& on_event) {
        while (!feed_->is_stopped()) {
            if (const auto event = take(kLongestTake)) {
                on_event(*event);
            } else if (const auto error = feed_->error()) {
                if (on_end_ && !feed_->is_stopped()) on_end_(*error);
                return;
            }
        }
    }

    const std::shared_ptr<Channel> channel_;
    const std::function<void(const Error&)> on_end_;
    std::shared_ptr<EventFeed> feed_;
    bool has_callback_ = false;
    std::atomic<std::thread::id> reader_{};
    std::mutex mutex_;  // One join at a time.
    std::thread thread_;
};

EventStream::EventStream(EventOptions options)
    : impl_(std::make_shared<Impl>(std::move(options))) {}

EventStream::EventStream(EventOptions options, std::function<void(const Event&)> on_event)
    : impl_(std::make_shared<Impl>(std::move(options))) {
    impl_->start(std::move(on_event));
}

EventStream::~EventStream() {
    if (impl_) impl_->stop();
}

EventStream::EventStream(EventStream&&) noexcept = default;

std::optional<Event> EventStream::next(Milliseconds longest) {
    return impl_->next(longest);
}
EventCursor EventStream::cursor() const {
    return impl_->cursor();
}
void EventStream::stop() {
    impl_->stop();
}

}  // namespace swarmq::inline sdk
