// Events as the library's users see them, over a real daemon (R11).
#include <swarmq/admin.h>
#include <swarmq/events.h>
#include <swarmq/testing.h>
#include <swarmq/worker.h>

#include "support/sdk_errors.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

using namespace swarmq;
using namespace std::chrono_literals;
using testing::TestBroker;
using test::code_of;

namespace {

// The events that come until one of this kind, which is the last.
std::vector<Event> read_until(EventStream& stream, EventKind last) {
    std::vector<Event> events;
    do {
        auto event = stream.next(20s);
        if (!event) throw std::runtime_error("no event for 20 s");
        events.push_back(std::move(*event));
    } while (events.back().kind != last);
    return events;
}

std::string kinds_of(const std::vector<Event>& events) {
    std::string text;
    for (const auto& event : events)
        text += (text.empty() ? "" : " ") + std::string(to_string(event.kind));
    return text;
}

Worker echo(const TestBroker& broker, const std::string& queue) {
    return Worker({.queues = {queue}, .connection = broker.connect()},
                  [](JobContext& job) -> Outcome {
                      if (job.payload() == "bad") return Outcome::fail("a bad job");
                      return job.payload();
                  });
}

}  // namespace

TEST_CASE("a subscriber is told of a job's way, in order", "[client][events][R11]") {
    TestBroker broker;
    EventStream stream({.queue = "q", .connection = broker.connect()});
    EventStream failures({.kinds = {EventKind::Failed}, .connection = broker.connect()});
    Queue queue("q", broker.connect());
    const auto id = queue.add_job("n", "good");
    Worker worker = echo(broker, "q");
    worker.start();
    auto events = read_until(stream, EventKind::Completed);
    CHECK(kinds_of(events) == "added active drained completed");
    CHECK(events[0].id == id);
    CHECK(events[0].queue == "q");
    CHECK(events[0].name == "n");
    CHECK(events[0].at > WallTime());
    CHECK(events[1].attempt == 1);
    CHECK_FALSE(events[1].worker.empty());
    CHECK(stream.cursor().number >= events.back().cursor.number);

    EventStream one({.queue = "q", .job_id = "mine", .connection = broker.connect()});
    queue.add_job("n", "bad", {.attempts = 2, .backoff = Backoff::fixed(1ms)});
    queue.add_job("n", "bad", {.id = "mine", .attempts = 2, .backoff = Backoff::fixed(1ms)});
    events = read_until(one, EventKind::Failed);
    CHECK(kinds_of(events) == "added active retrying waiting active failed");
    CHECK(events[2].delay == 1ms);
    CHECK(events[5].reason == "a bad job");
    CHECK(events[5].failure_kind == FailureKind::Error);
    CHECK(events[5].attempt == 2);
    for (const auto& event : events) CHECK(event.id == "mine");
    CHECK(kinds_of(read_until(failures, EventKind::Failed)) == "failed");
    CHECK_FALSE(one.next(1ms).has_value());
}

TEST_CASE("a cursor that was stored gives the gap in order to another process",
          "[client][events][R11]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    std::string stored;
    {
        EventStream stream({.queue = "q", .connection = broker.connect()});
        queue.add_job("n", "1");
        stored = read_until(stream, EventKind::Added).back().cursor.text();
    }
    const auto second = queue.add_job("n", "2");
    const auto third = queue.add_job("n", "3");
    EventStream stream(
        {.queue = "q", .cursor = EventCursor::parse(stored), .connection = broker.connect()});
    CHECK(stream.next(20s)->id == second);
    CHECK(stream.next(20s)->id == third);
    // A queue that nobody watched has no gap to tell.
    queue = Queue("other", broker.connect());
    queue.add_job("n", "1");
    EventStream other(
        {.queue = "other", .cursor = EventCursor::parse(stored), .connection = broker.connect()});
    CHECK(other.next(20s)->kind == EventKind::Truncated);
}

TEST_CASE("a subscriber lives through kill -9 of the broker, and is told that events may be lost",
          "[client][events][R11][R17]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    EventStream stream({.queue = "q", .connection = broker.connect()});
    queue.add_job("n", "1");
    const auto before = read_until(stream, EventKind::Added).back().cursor;
    broker.kill();
    broker.start();
    const auto mark = stream.next(20s);
    REQUIRE(mark);
    CHECK(mark->kind == EventKind::Truncated);
    CHECK(mark->cursor.boot_epoch > before.boot_epoch);
    const auto id = queue.add_job("n", "2");
    const auto after = read_until(stream, EventKind::Added);
    CHECK(after.back().id == id);
    CHECK(after.back().cursor.boot_epoch == mark->cursor.boot_epoch);
    CHECK(stream.cursor().boot_epoch == mark->cursor.boot_epoch);
}

TEST_CASE("a slow callback holds nobody up, bounds what waits here, and still gets all in order",
          "[client][events][R11][R36]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    constexpr std::size_t kJobs = 5'000;
    std::promise<void> go_on;
    auto may_go_on = go_on.get_future().share();
    std::promise<void> all;
    std::vector<std::string> seen;
    std::size_t lost = 0;
    EventOptions options{.queue = "q", .kinds = {EventKind::Added}, .connection = broker.connect()};
    options.buffered_max = 10;
    EventStream stream(options, [&](const Event& event) {
        may_go_on.wait();
        if (event.kind == EventKind::Truncated) ++lost;
        if (event.kind == EventKind::Added) seen.push_back(event.id);
        if (seen.size() == kJobs) all.set_value();
    });
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < kJobs; i += 1'000) {
        for (const auto& added : queue.add_jobs(std::vector<NewJob>(1'000, {"n", "p"})))
            ids.push_back(added.id);
    }
    CHECK(queue.get_metrics().waiting == kJobs);
    go_on.set_value();
    REQUIRE(all.get_future().wait_for(60s) == std::future_status::ready);
    stream.stop();
    CHECK(seen == ids);
    CHECK(lost == 0);
}

TEST_CASE("a stream ends by stop, also from its callback, and with its connection",
          "[client][events][R11]") {
    TestBroker broker;
    Queue queue("q", broker.connect());
    std::promise<void> stopped;
    std::optional<EventStream> from_inside;
    std::atomic<int> calls{0};
    from_inside.emplace(EventOptions{.queue = "q", .connection = broker.connect()},
                        [&](const Event&) {
                            if (calls++ > 0) return;
                            from_inside->stop();
                            stopped.set_value();
                        });
    queue.add_job("n", "p");
    queue.add_job("n", "p");
    stopped.get_future().wait();
    from_inside.reset();
    CHECK(calls == 1);

    EventStream waited({.queue = "q", .connection = broker.connect()});
    auto none = std::async(std::launch::async, [&] { return waited.next(60s); });
    waited.stop();
    CHECK_FALSE(none.get().has_value());

    Connection connection = broker.connect();
    EventStream closed({.queue = "q", .connection = connection});
    std::promise<Code> told;
    EventOptions with_end{.queue = "q", .connection = connection};
    with_end.on_end = [&](const Error& error) { told.set_value(error.code); };
    EventStream called(with_end, [](const Event&) {});
    connection.close();
    CHECK(code_of([&] { closed.next(20s); }) == Code::Unavailable);
    CHECK(told.get_future().get() == Code::Unavailable);
}

TEST_CASE("a subscription that cannot be is refused at once, in words",
          "[client][events][R11][R36]") {
    TestBroker broker;
    const Connection connection = broker.connect();
    const auto open = [&](EventOptions options) {
        options.connection = connection;
        return code_of([&] { EventStream stream(options); });
    };
    CHECK(open({.job_id = "without-a-queue"}) == Code::InvalidArgument);
    CHECK(open({.queue = "not a name"}) == Code::InvalidArgument);
    CHECK(open({.kinds = {EventKind::Unknown}}) == Code::InvalidArgument);
    CHECK(open({.buffered_max = 0}) == Code::InvalidArgument);
    std::vector<EventStream> streams;
    for (int i = 0; i < 64; ++i)
        streams.emplace_back(EventOptions{.queue = "q", .connection = connection});
    CHECK(open({}) == Code::TooManyInflight);
    streams.pop_back();
    CHECK(open({}) == Code::Ok);
    broker.kill();
    CHECK(code_of([&] {
              EventStream stream({.connection = Connection(ConnectionOptions{
                                      .server = broker.server(), .unavailable_after = 100ms})});
          }) == Code::Unavailable);
}

TEST_CASE("cursors and kinds have a text each, and no other text is one", "[client][events][R11]") {
    CHECK(EventCursor{7, 1'042}.text() == "7-1042");
    CHECK(EventCursor::parse("7-1042") == EventCursor{7, 1'042});
    for (const auto* wrong : {"", "7", "7-", "-7", "7-x", "7-1 ", "7-99999999999999999999"})
        CHECK_FALSE(EventCursor::parse(wrong).has_value());
    CHECK(parse_event_kind("waiting-children") == EventKind::WaitingChildren);
    CHECK(parse_event_kind("truncated") == EventKind::Truncated);
    CHECK_FALSE(parse_event_kind("unknown").has_value());
    CHECK(to_string(EventKind::Alert) == "alert");
}
