// `swarm watch`: a view of queues that is drawn over itself, or events as they happen, one a line.
#include "event_text.h"
#include "exit_codes.h"
#include "job_json.h"
#include "stop_signals.h"
#include "terminal.h"
#include "values.h"
#include "verbs.h"
#include "watch_view.h"

#include <swarmq/events.h>

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <future>
#include <memory>
#include <optional>

namespace swarmq::cli {
namespace {

using std::chrono::steady_clock;

constexpr Milliseconds kIntervalDefault{1'000};
// How late a signal may be seen while no event comes.
constexpr Milliseconds kSignalTick{100};
constexpr std::size_t kEventsShown = 100;

struct Watch {
    std::optional<std::string> queue;
    std::string id;
    std::string kinds;
    std::string cursor;
    std::optional<Milliseconds> interval;
    std::optional<std::uint64_t> count;
    bool is_events = false;
    bool is_json = false;
};

EventOptions event_options(const Watch& watch, Session& session) {
    EventOptions options{
        .queue = watch.queue.value_or(""), .job_id = watch.id, .connection = session.connection()};
    if (!watch.kinds.empty()) options.kinds = parse_event_kinds("--kinds", watch.kinds);
    if (watch.cursor.empty()) return options;
    options.cursor = EventCursor::parse(watch.cursor);
    if (!options.cursor)
        throw UsageError(fmt::format(
            "--cursor: '{}' is no cursor; give one that was printed before, such as 7-1042",
            watch.cursor));
    return options;
}

// One a line. The cursor is said at the end, so that another call can go on there.
int stream_events(const Watch& watch, Session& session) {
    const StopSignals signals;
    EventStream stream(event_options(watch, session));
    std::uint64_t left = watch.count.value_or(UINT64_MAX);
    const bool is_coloured = has_colours(stdout);
    const std::size_t width = is_terminal(stdout) ? screen_size().columns : 1'000;
    while (left > 0 && !signals.wait(Milliseconds{0})) {
        const auto event = stream.next(kSignalTick);
        if (!event) continue;
        if (watch.is_json)
            print_json(event_json(*event));
        else
            fmt::print("{}\n", event_line(*event, !watch.queue, is_coloured, width));
        if (std::fflush(stdout) != 0) return kExitFailed;  // Nobody reads any more.
        --left;
    }
    fmt::print(stderr, "to go on: --cursor {}\n", stream.cursor().text());
    return kExitOk;
}

// What the window shows, asked for anew each time.
class View {
  public:
    View(const Watch& watch, Session& session)
        : watch_(watch), admin_(session.admin()), server_(session.connection().server()) {
        if (watch.queue) stream_.emplace(event_options(watch, session));
    }

    void refresh() {
        if (watch_.queue)
            refresh_queue();
        else
            refresh_queues();
    }

    std::vector<std::string> lines(const std::string& problem) const {
        const WatchTitle title{server_, std::chrono::system_clock::now(), has_colours(stdout),
                               problem};
        if (watch_.queue) return queue_view(queue_, events_, title, screen_size());
        return queues_view(shown_, total_, title, screen_size());
    }

  private:
    void refresh_queue() {
        while (auto event = stream_->next(Milliseconds{0})) {
            events_.push_back(std::move(*event));
            if (events_.size() > kEventsShown) events_.pop_front();
        }
        queue_ = admin_.get_metrics(*watch_.queue, {.by_name = true});
    }

    // The list has no times, so those of the queues in the window are asked for, all at once.
    void refresh_queues() {
        auto queues = admin_.list_queues();
        total_ = queues.size();
        sort_for_watching(queues);
        queues.resize(std::min(queues.size(), rows_for_queues(screen_size())));
        std::vector<std::future<Result<QueueMetrics>>> answers;
        for (const auto& queue : queues) {
            auto answered = std::make_shared<std::promise<Result<QueueMetrics>>>();
            answers.push_back(answered->get_future());
            admin_.get_metrics_async(queue.queue, [answered](Result<QueueMetrics> metrics) {
                answered->set_value(std::move(metrics));
            });
        }
        for (std::size_t i = 0; i < queues.size(); ++i) {
            auto metrics = answers[i].get();
            if (metrics.ok()) queues[i] = std::move(*metrics);
        }
        shown_ = std::move(queues);
    }

    const Watch& watch_;
    Admin admin_;
    const std::string server_;
    std::optional<EventStream> stream_;
    std::deque<Event> events_;
    QueueMetrics queue_;
    std::vector<QueueMetrics> shown_;
    std::size_t total_ = 0;
};

int show_view(const Watch& watch, Session& session) {
    const StopSignals signals;
    View view(watch, session);
    view.refresh();  // An error now is one of the command's.
    const Milliseconds interval = watch.interval.value_or(kIntervalDefault);
    std::uint64_t left = watch.count.value_or(UINT64_MAX);
    Screen screen;
    screen.draw(view.lines(""));
    while (--left > 0 && !signals.wait(interval)) {
        std::string problem;
        try {
            view.refresh();
        } catch (const SwarmqError& error) {
            problem = error.error().message;
        }
        screen.draw(view.lines(problem));
    }
    return kExitOk;
}

int watch_it(const Watch& watch, Session& session) {
    const bool wants_events = watch.is_events || watch.is_json || !watch.kinds.empty() ||
                              !watch.cursor.empty() || !watch.id.empty();
    if (watch.interval && *watch.interval < Milliseconds{100})
        throw UsageError("--interval: at least 100ms");
    if (wants_events || !is_terminal(stdout)) return stream_events(watch, session);
    return show_view(watch, session);
}

}  // namespace

Run declare_watch(Arguments& arguments) {
    auto watch = std::make_shared<Watch>();
    arguments.optional_word("QUEUE", watch->queue, "One queue, with its job names and events");
    arguments.duration("--interval", watch->interval, "Between two looks. Default: 1s");
    arguments.flag("--events", watch->is_events, "Events, one a line, instead of the view");
    arguments.text("--id", watch->id, "Events of this job only");
    arguments.text("--kinds", watch->kinds, "Events of these kinds only, such as failed,alert");
    arguments.text("--cursor", watch->cursor,
                   "Events since a call before, as that said at its end");
    arguments.number("--count", watch->count, 1, UINT64_MAX, "End after so many events, or looks");
    arguments.flag("--json", watch->is_json, "Events as JSON objects, one a line");
    return [watch](Session& session) { return watch_it(*watch, session); };
}

}  // namespace swarmq::cli
