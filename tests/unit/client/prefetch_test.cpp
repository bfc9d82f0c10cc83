// How many jobs a worker asks for, from the times it is told.
#include "prefetch.h"

#include <catch2/catch.hpp>

#include <optional>

using swarmq::Prefetch;

namespace {

constexpr std::int64_t kMs = 1'000'000;

Prefetch after(std::int64_t handler_ns, std::int64_t turn_ns,
               std::optional<std::size_t> ahead_max = 512) {
    Prefetch prefetch;
    prefetch.set_ahead_max(ahead_max);
    prefetch.note_handler(handler_ns);
    prefetch.note_turn(turn_ns);
    return prefetch;
}

}  // namespace

TEST_CASE("before a handler has ended a worker asks for what it can run", "[client][R18]") {
    Prefetch prefetch;
    prefetch.note_turn(5 * kMs);
    prefetch.note_payload(10);
    CHECK(prefetch.jobs_wanted(16) == 16);
}

TEST_CASE("handlers of 20 ms and more hold nothing ahead, however long a turn takes",
          "[client][R18]") {
    CHECK(after(20 * kMs, kMs).jobs_wanted(16) == 16);
    CHECK(after(20 * kMs, 10'000 * kMs).jobs_wanted(16) == 16);
    CHECK(after(3'600'000 * kMs, kMs).jobs_wanted(1) == 1);
}

TEST_CASE("short handlers hold as many ahead as run at once, where nothing else is allowed",
          "[client][R18]") {
    CHECK(after(19 * kMs, kMs, std::nullopt).jobs_wanted(16) == 2 * 16);
    CHECK(after(1'000, kMs, std::nullopt).jobs_wanted(16) == 2 * 16);
    CHECK(after(1'000, kMs, 0).jobs_wanted(16) == 16);
    CHECK(after(1'000, kMs, 4).jobs_wanted(16) == 16 + 4);
}

TEST_CASE("short handlers hold what they work off in two turns, as far as it is allowed",
          "[client][R18]") {
    CHECK(after(19 * kMs, kMs).jobs_wanted(16) == 2 * 16);
    CHECK(after(2 * kMs, kMs).jobs_wanted(16) == 2 * 16);
    CHECK(after(kMs, kMs).jobs_wanted(16) == 3 * 16);
    CHECK(after(kMs / 2, kMs).jobs_wanted(16) == 5 * 16);
    CHECK(after(kMs, 0).jobs_wanted(16) == 2 * 16);
    CHECK(after(1'000, kMs).jobs_wanted(16) == 16 + 512);
    CHECK(after(0, 1'000'000 * kMs).jobs_wanted(16) == 16 + 512);
    CHECK(after(1'000, kMs).jobs_wanted(10'000) == 10'000 + 512);
}

TEST_CASE("of large payloads fewer are held ahead, until they have been small for a while",
          "[client][R18]") {
    Prefetch prefetch = after(1'000, kMs);
    for (int i = 0; i < 1'000; ++i) prefetch.note_payload(100);
    prefetch.note_payload(256 * 1024);
    CHECK(prefetch.jobs_wanted(16) == 16 + 32);
    prefetch.note_payload(1024 * 1024);
    CHECK(prefetch.jobs_wanted(16) == 2 * 16);
    CHECK(prefetch.jobs_wanted(4) == 4 + 8);
    for (int i = 0; i < 1'000; ++i) prefetch.note_payload(0);
    CHECK(prefetch.jobs_wanted(16) == 16 + 512);
}

TEST_CASE("after jobs have waited long ahead none are, until handlers are short again",
          "[client][R18]") {
    Prefetch prefetch = after(1'000, kMs);
    prefetch.note_waited(200 * kMs);
    CHECK(prefetch.jobs_wanted(16) == 16);
    int handlers = 0;
    while (prefetch.jobs_wanted(16) == 16) {
        prefetch.note_handler(1'000);
        ++handlers;
    }
    CHECK(handlers > 16);
    CHECK(handlers < 100);
}
