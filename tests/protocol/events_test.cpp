// Events on the wire: order, gaps, marks, and readers that do not read.
#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "support/daemon_process.h"
#include "support/requests.h"
#include "support/temporary_directory.h"

using namespace swarmq;
using namespace swarmq::test;

namespace {

using Kinds = std::vector<v1::EventKind>;

v1::Envelope watch_request(const std::string& queue, std::uint32_t subscription = 1) {
    v1::Envelope request;
    request.mutable_watch_events()->set_subscription(subscription);
    request.mutable_watch_events()->set_queue(queue);
    return request;
}

// Begins to watch; answers where it begins.
v1::WatchEventsResult watch(RawClient& client, const std::string& queue,
                            const v1::EventCursor* cursor = nullptr) {
    v1::Envelope request = watch_request(queue);
    if (cursor) *request.mutable_watch_events()->mutable_cursor() = *cursor;
    const auto answer = client.call(request);
    REQUIRE_FALSE(answer.has_status());
    return answer.watch_events_result();
}

struct Seen {
    std::vector<v1::Event> events;
    v1::EventCursor cursor;
    int truncated = 0;

    Kinds kinds() const {
        Kinds told;
        for (const auto& event : events) told.push_back(event.kind());
        return told;
    }
};

// Reads pushes of events until it has seen so many in all.
void read(RawClient& client, Seen& seen, std::size_t count) {
    while (seen.events.size() < count) {
        const auto push = client.receive_push();
        if (!push.has_events()) continue;
        seen.truncated += push.events().truncated() ? 1 : 0;
        seen.cursor = push.events().cursor();
        for (const auto& event : push.events().events()) seen.events.push_back(event);
    }
}

Seen read(RawClient& client, std::size_t count) {
    Seen seen;
    read(client, seen, count);
    return seen;
}

bool numbers_rise(const Seen& seen) {
    for (std::size_t i = 1; i < seen.events.size(); ++i)
        if (seen.events[i].number() <= seen.events[i - 1].number()) return false;
    return true;
}

v1::Envelope beat_request(const v1::DeliveredJob& job, const std::vector<std::string>& values) {
    v1::Envelope request;
    for (const auto& value : values) {
        v1::BeatItem& item = *request.mutable_beat()->add_items();
        item.set_queue(job.queue());
        item.set_id(job.id());
        item.set_token(job.token());
        item.set_progress(value);
    }
    return request;
}

v1::Code code(RawClient& client, const v1::Envelope& request) {
    return client.call(request).status().code();
}

// A thousand jobs with names as long as they may be.
v1::Envelope long_adds(const std::string& queue, int first) {
    v1::Envelope request = add_request(queue);
    for (int i = first; i < first + 1'000; ++i) {
        const std::string number = std::to_string(i);
        one_more(request, "", std::string(128 - number.size(), 'j') + number);
    }
    return request;
}

}  // namespace

TEST_CASE("a watcher sees what happens to a queue's jobs, in order", "[protocol][events][R11]") {
    DaemonProcess daemon({"--dev"});
    RawClient watcher(daemon.port());
    RawClient client(daemon.port());
    const auto welcome = watcher.greet();
    client.greet();
    const auto begun = watch(watcher, "q");
    CHECK_FALSE(begun.truncated());
    CHECK(begun.cursor().boot_epoch() == welcome.boot_epoch());

    v1::JobOptions twice;
    twice.set_attempts(2);
    const std::string id = add_one(client, "q", "secret", twice);
    add_one(client, "other", "not watched");
    fail(client, take(client, "q").jobs(0), "the disk is full");
    const auto job = take(client, "q").jobs(0);
    client.call(beat_request(job, {"50"}));
    complete(client, job, "secret result");

    const auto seen = read(watcher, 8);
    CHECK(seen.kinds() == Kinds{v1::EVENT_KIND_ADDED, v1::EVENT_KIND_ACTIVE, v1::EVENT_KIND_DRAINED,
                                v1::EVENT_KIND_RETRYING, v1::EVENT_KIND_ACTIVE, v1::EVENT_KIND_DRAINED,
                                v1::EVENT_KIND_PROGRESS, v1::EVENT_KIND_COMPLETED});
    CHECK(numbers_rise(seen));
    CHECK(seen.cursor.number() == seen.events.back().number());
    CHECK(seen.events[0].id() == id);
    CHECK(seen.events[0].name() == "work");
    CHECK(seen.events[0].at_ms() > 1'600'000'000'000u);
    CHECK(seen.events[1].worker() == "raw-client");
    CHECK(seen.events[2].id().empty());
    CHECK(seen.events[3].reason() == "the disk is full");
    CHECK(seen.events[3].attempt() == 1);
    CHECK(seen.events[3].failure_kind() == v1::FAILURE_KIND_ERROR);
    CHECK(seen.events[4].attempt() == 2);
    CHECK(seen.events[6].progress() == "50");
    for (const auto& event : seen.events)
        CHECK(event.SerializeAsString().find("secret") == std::string::npos);
}

TEST_CASE("who asked for kinds, or for one job, gets those only", "[protocol][events][R11]") {
    DaemonProcess daemon({"--dev"});
    RawClient watcher(daemon.port());
    RawClient client(daemon.port());
    watcher.greet();
    client.greet();
    v1::Envelope of_kinds = watch_request("", 1);
    of_kinds.mutable_watch_events()->add_kinds(v1::EVENT_KIND_COMPLETED);
    REQUIRE_FALSE(watcher.call(of_kinds).has_status());
    v1::Envelope of_job = watch_request("q", 2);
    of_job.mutable_watch_events()->set_id("mine");
    REQUIRE_FALSE(watcher.call(of_job).has_status());

    v1::Envelope add = add_request("q");
    one_more(add, "x", "theirs");
    one_more(add, "x", "mine");
    client.call(add);
    const auto jobs = take(client, "q", 2);
    complete(client, jobs.jobs(0), "");
    complete(client, jobs.jobs(1), "");
    std::vector<std::string> seen;
    while (seen.size() < 5) {
        const auto push = watcher.receive_push();
        for (const auto& event : push.events().events())
            seen.push_back(std::to_string(push.events().subscription()) + " " +
                           v1::EventKind_Name(event.kind()) + " " + event.id());
    }
    std::sort(seen.begin(), seen.end());
    CHECK(seen == std::vector<std::string>{"1 EVENT_KIND_COMPLETED mine", "1 EVENT_KIND_COMPLETED theirs",
                                           "2 EVENT_KIND_ACTIVE mine", "2 EVENT_KIND_ADDED mine",
                                           "2 EVENT_KIND_COMPLETED mine"});
}

TEST_CASE("a watcher that comes back gets what it missed, in order and once", "[protocol][events][R11]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    Seen seen;
    {
        RawClient watcher(daemon.port());
        watcher.greet();
        watch(watcher, "q");
        add_one(client, "q", "1");
        read(watcher, seen, 1);
        watcher.drop();
    }
    for (int i = 0; i < 50; ++i) add_one(client, "q", "gap");
    RawClient again(daemon.port());
    again.greet();
    const auto begun = watch(again, "q", &seen.cursor);
    CHECK_FALSE(begun.truncated());
    CHECK(begun.cursor().number() == seen.cursor.number());
    add_one(client, "q", "after");
    read(again, seen, 52);
    CHECK(seen.events.size() == 52);
    CHECK(numbers_rise(seen));
    CHECK(seen.truncated == 0);
    for (const auto& event : seen.events) CHECK(event.kind() == v1::EVENT_KIND_ADDED);
}

TEST_CASE("a queue nobody watched has nothing to replay, and says so", "[protocol][events][R11]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    const auto welcome = client.greet();
    watch(client, "watched");
    add_one(client, "watched", "x");
    add_one(client, "q", "x");
    read(client, 1);
    RawClient other(daemon.port());
    other.greet();
    v1::EventCursor cursor;
    cursor.set_boot_epoch(welcome.boot_epoch());
    const auto begun = watch(other, "q", &cursor);
    CHECK(begun.truncated());
    CHECK(begun.cursor().number() == 1);
    add_one(client, "q", "x");
    const auto seen = read(other, 1);
    CHECK(seen.events[0].number() == 2);
}

TEST_CASE("after a restart of the broker a watcher gets the mark", "[protocol][events][R11]") {
    TemporaryDirectory directory;
    const std::vector<std::string> arguments{"--data-dir", directory.path(), "--disk-reserve", "0"};
    v1::EventCursor cursor;
    {
        DaemonProcess daemon(arguments);
        RawClient client(daemon.port());
        client.greet();
        watch(client, "q");
        add_one(client, "q", "x");
        cursor = read(client, 1).cursor;
        daemon.kill();
    }
    DaemonProcess daemon(arguments);
    RawClient client(daemon.port());
    const auto welcome = client.greet();
    const auto begun = watch(client, "q", &cursor);
    CHECK(begun.truncated());
    CHECK(begun.cursor().boot_epoch() == welcome.boot_epoch());
    CHECK(begun.cursor().boot_epoch() > cursor.boot_epoch());
    add_one(client, "q", "x");
    CHECK(read(client, 1).truncated == 0);
}

TEST_CASE("a watcher that does not read stops nobody, and gets the mark once it reads",
          "[protocol][events][R11][R36]") {
    DaemonProcess daemon({"--dev"});
    const std::string queue(128, 'q');
    RawClient lazy(daemon.port());
    RawClient keen(daemon.port());
    RawClient client(daemon.port());
    lazy.greet();
    keen.greet();
    client.greet();
    watch(lazy, queue);
    watch(keen, queue);
    constexpr int kRequests = 100;
    Seen by_keen;
    for (int i = 0; i < kRequests; ++i) {
        REQUIRE_FALSE(client.call(long_adds(queue, i * 1'000)).has_status());
        read(keen, by_keen, static_cast<std::size_t>(i + 1) * 1'000);
    }
    CHECK(by_keen.truncated == 0);
    CHECK(by_keen.events.size() == kRequests * 1'000);
    Seen by_lazy;
    const std::uint64_t last = by_keen.events.back().number();
    while (by_lazy.events.empty() || by_lazy.events.back().number() < last)
        read(lazy, by_lazy, by_lazy.events.size() + 1);
    CHECK(by_lazy.truncated >= 1);
    CHECK(by_lazy.events.size() < kRequests * 1'000);
    CHECK(numbers_rise(by_lazy));
    // It is a reader like any other again.
    add_one(client, queue, "x");
    const auto marks = by_lazy.truncated;
    read(lazy, by_lazy, by_lazy.events.size() + 1);
    CHECK(by_lazy.truncated == marks);
    CHECK(by_lazy.events.back().number() == last + 1);
}

TEST_CASE("of several values of progress at once only the latest is told", "[protocol][events][R11][R20]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    add_one(client, "q", "x");
    const auto job = take(client, "q").jobs(0);
    watch(client, "q");
    client.call(beat_request(job, {"1", "2", "3"}));
    complete(client, job, "");
    const auto seen = read(client, 2);
    CHECK(seen.kinds() == Kinds{v1::EVENT_KIND_PROGRESS, v1::EVENT_KIND_COMPLETED});
    CHECK(seen.events[0].progress() == "3");
}

TEST_CASE("nothing follows the answer to StopWatching", "[protocol][events][R11]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    client.greet();
    watch(client, "q");
    v1::Envelope stop;
    stop.mutable_stop_watching()->set_subscription(1);
    CHECK(code(client, stop) == v1::CODE_UNSPECIFIED);
    add_one(client, "q", "x");
    CHECK(code(client, stop) == v1::CODE_NOT_FOUND);
    watch(client, "r");
    add_one(client, "r", "x");
    CHECK(read(client, 1).events[0].queue() == "r");
}

TEST_CASE("watch requests that make no sense are refused in words, and watching makes no queue",
          "[protocol][events][R11][R36]") {
    DaemonProcess daemon({"--dev"});
    RawClient client(daemon.port());
    const auto welcome = client.greet();
    v1::Envelope of_kind = watch_request("q");
    of_kind.mutable_watch_events()->add_kinds(static_cast<v1::EventKind>(99));
    const auto unknown = client.call(of_kind).status();
    CHECK(unknown.code() == v1::CODE_INVALID_ARGUMENT);
    CHECK(unknown.message().find("99") != std::string::npos);
    CHECK(code(client, watch_request("q", 0)) == v1::CODE_INVALID_ARGUMENT);
    CHECK(code(client, watch_request("not a name")) == v1::CODE_INVALID_ARGUMENT);
    v1::Envelope of_job = watch_request("");
    of_job.mutable_watch_events()->set_id("a");
    CHECK(code(client, of_job) == v1::CODE_INVALID_ARGUMENT);
    v1::Envelope ahead = watch_request("q");
    ahead.mutable_watch_events()->mutable_cursor()->set_boot_epoch(welcome.boot_epoch());
    ahead.mutable_watch_events()->mutable_cursor()->set_number(12);
    CHECK(code(client, ahead) == v1::CODE_INVALID_ARGUMENT);
    for (std::uint32_t i = 1; i <= 64; ++i) REQUIRE(code(client, watch_request("q", i)) == 0);
    CHECK(code(client, watch_request("q", 7)) == v1::CODE_ALREADY_EXISTS);
    const auto refused = client.call(watch_request("q", 65)).status();
    CHECK(refused.code() == v1::CODE_TOO_MANY_INFLIGHT);
    CHECK(refused.message().find("64") != std::string::npos);
    v1::Envelope look;
    look.mutable_get_queue_metrics()->set_queue("q");
    CHECK(code(client, look) == v1::CODE_NOT_FOUND);
}

TEST_CASE("alerts are events of their queue, when they rise and when they fall",
          "[protocol][events][R11][R30]") {
    DaemonProcess daemon({"--dev", "--alerts-backlog", "1"});
    RawClient client(daemon.port());
    client.greet();
    v1::Envelope of_kind = watch_request("q");
    of_kind.mutable_watch_events()->add_kinds(v1::EVENT_KIND_ALERT);
    REQUIRE_FALSE(client.call(of_kind).has_status());
    const std::string first = add_one(client, "q", "x");
    add_one(client, "q", "x");
    Seen seen;
    read(client, seen, 1);
    CHECK(seen.events[0].reason().find("backlog: 2 jobs wait") == 0);
    CHECK_FALSE(seen.events[0].alert_is_over());
    remove(client, "q", first);
    read(client, seen, 2);
    CHECK(seen.events[1].reason() == "backlog");
    CHECK(seen.events[1].alert_is_over());
}
