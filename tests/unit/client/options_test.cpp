// What is refused before anything is sent, and how defaults are completed.
#include <catch2/catch.hpp>

#include <chrono>
#include <cstdlib>
#include <string>

#include <swarmq/puller.h>
#include <swarmq/queue.h>
#include <swarmq/worker.h>

#include "convert.h"
#include "utf8.h"
#include "validate.h"

using namespace swarmq;
using namespace std::chrono_literals;

TEST_CASE("options that can never be right are refused with what would be", "[client][R1]") {
    const auto wrong = [](const JobOptions& options) {
        const auto error = check_options(options);
        return error ? error->message : std::string();
    };
    CHECK(wrong({}) == "");
    CHECK(wrong({.priority = 255, .delay = 5s, .attempts = 4}) == "");
    CHECK(wrong({.priority = 256}) == "priority is 256; it must be 0..255");
    CHECK(wrong({.attempts = 0}) == "attempts is 0; it must be 1..1000000");
    CHECK(wrong({.delay = 1s, .run_at = WallTime{}}).find("both set") != std::string::npos);
    CHECK(wrong({.delay = -1ms}).find("must not be negative") != std::string::npos);
    CHECK(wrong({.id = "j1-2-3"}).find("choose another") != std::string::npos);
    CHECK(wrong({.id = "j1-2-3-4"}) == "");
    CHECK(wrong({.id = "order 7"}).find("1..128 of") != std::string::npos);
    CHECK(wrong({.backoff = Backoff{.jitter = 1.5}}).find("0..1") != std::string::npos);
    CHECK(wrong({.headers = {{"k", "\xff"}}}).find("UTF-8") != std::string::npos);
    CHECK(wrong({.tags = std::vector<std::string>(17, "t")}).find("17 tags") != std::string::npos);
    CHECK(check_job("n", std::string(kPayloadBytesMax + 1, 'x'), {})->code == Code::TooLarge);
}

TEST_CASE("a deduplication has a key, and a window where its mode has one", "[client][R12]") {
    const auto wrong = [](const JobOptions& options) {
        const auto error = check_options(options);
        return error ? error->message : std::string();
    };
    CHECK(wrong({.deduplication = Deduplication::until_ended("invoice:7")}) == "");
    CHECK(wrong({.delay = 1s, .deduplication = Deduplication::keep_latest("k")}) == "");
    CHECK(wrong({.deduplication = Deduplication::throttle("k", 1ms)}) == "");
    CHECK(wrong({.deduplication = Deduplication::until_ended("")}).find("deduplication key") == 0);
    CHECK(wrong({.deduplication = Deduplication::debounce("k", 0ms)}).find("at least 1 ms") !=
          std::string::npos);
    CHECK(wrong({.deduplication = Deduplication{"k", Deduplication::Mode::KeepLatest, 1s}})
              .find("must be 0") != std::string::npos);
    CHECK(wrong({.delay = 1s, .deduplication = Deduplication::debounce("k", 1s)})
              .find("set neither") != std::string::npos);
    CHECK(wrong({.run_at = WallTime{}, .deduplication = Deduplication::keep_latest("k")})
              .find("set delay") != std::string::npos);
    CHECK(check_update({})->code == Code::InvalidArgument);
    CHECK(check_update({.payload = std::string(kPayloadBytesMax + 1, 'x')})->code ==
          Code::TooLarge);
    CHECK_FALSE(check_update({.tags = std::vector<std::string>{}}));
}

TEST_CASE("a job's own options win over the defaults of its handle", "[client][R1]") {
    const JobOptions defaults{.priority = 3, .delay = 10s, .attempts = 5, .tags = {"nightly"}};
    const auto kept = merged(defaults, {});
    CHECK(kept.priority == 3);
    CHECK(kept.delay == 10s);
    CHECK(kept.tags == std::vector<std::string>{"nightly"});
    const auto own = merged(defaults, {.priority = 0, .run_at = WallTime(1s)});
    CHECK(own.priority == 0);
    CHECK(own.attempts == 5);
    CHECK_FALSE(own.delay);
}

TEST_CASE("handles refuse bad names and addresses when they are made", "[client][R1]") {
    CHECK_THROWS_AS(Queue("no spaces"), SwarmqError);
    CHECK_THROWS_AS(Connection("localhost"), SwarmqError);
    CHECK_THROWS_AS(Connection("localhost:0"), SwarmqError);
    CHECK_THROWS_AS(Connection("::1:6410"), SwarmqError);
    CHECK(Connection("[::1]:6410").server() == "[::1]:6410");
    CHECK_THROWS_AS(Worker("q", Handler()), SwarmqError);
    CHECK_THROWS_AS(Worker("q", [](JobContext&) { return Outcome(); }, 0), SwarmqError);
    CHECK_THROWS_AS(Puller(PullerOptions{.queues = {"q"}, .lease = 10ms}), SwarmqError);
}

TEST_CASE("the server is the one given, else the environment's, else the local one", "[client][R1]") {
    const char* const before = std::getenv("SWARMQ_SERVER");
    const std::string saved = before != nullptr ? before : "";
    setenv("SWARMQ_SERVER", "broker.example:7000", 1);
    CHECK(Connection().server() == "broker.example:7000");
    CHECK(Connection("127.0.0.1:1").server() == "127.0.0.1:1");
    unsetenv("SWARMQ_SERVER");
    CHECK(Connection().server() == "127.0.0.1:6410");
    if (before != nullptr) setenv("SWARMQ_SERVER", saved.c_str(), 1);
}

TEST_CASE("an invalid job in a batch is named by its index and none is sent", "[client][R2]") {
    Queue queue("q", Connection("127.0.0.1:1"));
    try {
        queue.add_jobs({{"ok", "1"}, {"not ok", "2"}});
        FAIL("a bad batch was accepted");
    } catch (const SwarmqError& error) {
        CHECK(error.code() == Code::InvalidArgument);
        CHECK(error.error().message.find("job 1 of 2") == 0);
    }
    CHECK_THROWS_AS(queue.add_jobs({}), SwarmqError);
}

TEST_CASE("a reason that is no UTF-8, or too long, still travels", "[client][R19]") {
    CHECK(to_utf8("gr\xc3\xbc\xc3\x9f", 100) == "gr\xc3\xbc\xc3\x9f");
    CHECK(to_utf8("gr\xc3\xbc", 3) == "gr");
    CHECK(to_utf8("a\xff\xc3", 100) == "a??");
    CHECK_FALSE(is_utf8("\xed\xa0\x80"));
    v1::FinishItem item;
    set_outcome(item, Outcome::fail(std::string(20'000, 'x') + "\xff"), false);
    CHECK(item.fail().reason().size() == kReasonBytesMax);
}

TEST_CASE("a rate limited job holds its key, or its queue when it has none", "[client][R15]") {
    v1::FinishItem keyed;
    set_outcome(keyed, Outcome::rate_limited(30s), true);
    CHECK(keyed.has_release());
    CHECK(keyed.hold_key_ms() == 30'000);
    CHECK(keyed.hold_queue_ms() == 0);
    v1::FinishItem keyless;
    set_outcome(keyless, Outcome::rate_limited(30s), false);
    CHECK(keyless.hold_queue_ms() == 30'000);
    CHECK(keyless.hold_key_ms() == 0);
    v1::FinishItem both;
    set_outcome(both, Outcome::fail("429").hold_queue(1s), true);
    CHECK(both.has_fail());
    CHECK(both.hold_queue_ms() == 1'000);
    set_outcome(both, Outcome::complete().hold_key(kHoldMax * 2), true);
    CHECK(both.hold_key_ms() == static_cast<std::uint64_t>(kHoldMax.count()));
}
