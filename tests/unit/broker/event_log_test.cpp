// What the log of events keeps, what it drops, and what it knows to be missing.
#include "broker/event_log.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace swarmq;
using namespace swarmq::broker;
using engine::EventKind;

namespace {

engine::Event event(const std::string& queue, EventKind kind = EventKind::Added,
                    std::uint64_t seq = 1, const std::string& text = "") {
    engine::Event made;
    made.kind = kind;
    made.queue = queue;
    made.seq = JobSeq{seq};
    made.id = "j" + std::to_string(seq);
    made.text = text;
    return made;
}

std::vector<std::uint64_t> numbers(const EventLog& log, std::uint64_t after) {
    std::vector<std::uint64_t> seen;
    log.each_after(after, [&](const LoggedEvent& logged) {
        seen.push_back(logged.number);
        return true;
    });
    return seen;
}

using Numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("events have rising numbers and are read from behind any of them", "[broker][events][R11]") {
    EventLog log;
    log.begin("q");
    CHECK(log.last() == 0);
    for (int i = 0; i < 5; ++i) log.append(event("q"));
    CHECK(log.last() == 5);
    CHECK(numbers(log, 0) == Numbers{1, 2, 3, 4, 5});
    CHECK(numbers(log, 3) == Numbers{4, 5});
    CHECK(numbers(log, 5).empty());
    CHECK(log.complete_after("q") == 0);
    Numbers first_two;
    log.each_after(0, [&](const LoggedEvent& logged) {
        first_two.push_back(logged.number);
        return first_two.size() < 2;
    });
    CHECK(first_two == Numbers{1, 2});
}

TEST_CASE("the log keeps no more events than its bound, and says from where it is whole",
          "[broker][events][R11][R36]") {
    EventLog log({100, 1 << 20});
    log.begin("q");
    for (int i = 0; i < 250; ++i) log.append(event("q"));
    CHECK(log.size() == 100);
    CHECK(numbers(log, 0).front() == 151);
    CHECK(log.complete_after("q") == 150);
}

TEST_CASE("the log keeps no more bytes than its bound", "[broker][events][R11][R36]") {
    EventLog log({1'000, 100'000});
    log.begin("q");
    for (std::uint64_t i = 0; i < 200; ++i)
        log.append(event("q", EventKind::Progress, i, std::string(4'096, 'x')));
    CHECK(log.bytes() <= 100'000);
    CHECK(log.size() >= 20);
    CHECK(log.size() <= 24);
    CHECK(log.complete_after("q") == 200 - log.size());
}

TEST_CASE("a busy queue pushes out its own past, not that of a quiet one that still is there",
          "[broker][events][R11]") {
    EventLog log({10, 1 << 20});
    log.begin("busy");
    for (int i = 0; i < 5; ++i) log.append(event("busy"));
    log.begin("quiet");
    for (int i = 0; i < 8; ++i) log.append(event("busy"));
    CHECK(log.complete_after("busy") == 3);
    CHECK(log.complete_after("quiet") == 5);  // Nothing of it is lost: nothing happened.
    log.append(event("quiet"));
    for (int i = 0; i < 10; ++i) log.append(event("busy"));
    CHECK(log.complete_after("quiet") == 14);
}

TEST_CASE("what was not watched is not whole", "[broker][events][R11]") {
    EventLog log;
    log.begin("a");
    log.append(event("a"));
    log.append(event("a"));
    CHECK(log.complete_after("b") == 2);
    CHECK(log.complete_after("") == 2);
    log.begin("b");
    log.append(event("a"));
    CHECK(log.complete_after("b") == 2);
    log.end("b");
    log.append(event("a"));
    log.begin("b");
    CHECK(log.complete_after("b") == 4);
    CHECK(log.complete_after("a") == 0);
    log.end("a");
    CHECK(log.complete_after("a") == 4);
}

TEST_CASE("who watches all queues covers each of them", "[broker][events][R11]") {
    EventLog log({4, 1 << 20});
    log.append(event("x"));
    log.begin("");
    CHECK(log.complete_after("") == 1);
    CHECK(log.complete_after("any") == 1);
    log.append(event("a"));
    log.begin("a");
    CHECK(log.complete_after("a") == 1);
    log.end("");
    CHECK(log.complete_after("a") == 1);
    CHECK(log.complete_after("any") == log.last());
    log.begin("");
    for (int i = 0; i < 6; ++i) log.append(event("b"));
    CHECK(log.complete_after("") == 4);
    CHECK(log.complete_after("a") == 2);
    // Of a queue the log knows nothing of any more it takes the worst.
    for (int i = 0; i < 6; ++i) log.append(event("c"));
    CHECK(log.complete_after("b") == 8);
    CHECK(log.complete_after("d") == 8);
}

TEST_CASE("of a job's progress only the latest value is kept", "[broker][events][R11]") {
    EventLog log;
    log.begin("q");
    log.append(event("q", EventKind::Progress, 1, "10"));
    log.append(event("q", EventKind::Progress, 2, "99"));
    log.append(event("q", EventKind::Active, 1));
    log.append(event("q", EventKind::Progress, 1, "20"));
    CHECK(numbers(log, 0) == Numbers{2, 3, 4});
    CHECK(log.size() == 3);
    CHECK(log.complete_after("q") == 0);
}

TEST_CASE("a job that tells of its progress for ever pushes nothing else out",
          "[broker][events][R11][R36]") {
    EventLog log({5'000, 8 << 20});
    log.begin("q");
    const auto first = log.append(event("q"));
    for (int i = 0; i < 100'000; ++i)
        log.append(event("q", EventKind::Progress, 1, std::to_string(i)));
    CHECK(numbers(log, 0) == Numbers{first, 100'001});
    CHECK(log.complete_after("q") == 0);
    CHECK(log.bytes() < 2'000'000);
    log.append(event("q"));
    CHECK(numbers(log, 100'000) == Numbers{100'001, 100'002});
}
