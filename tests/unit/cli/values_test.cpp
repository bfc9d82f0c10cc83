// Durations, numbers and backoffs as people type them.
#include "filters.h"
#include "values.h"

#include <catch2/catch.hpp>

using namespace swarmq;
using namespace swarmq::cli;

namespace {

std::int64_t ms(std::string_view text) {
    return parse_duration("--delay", text).count();
}

std::string complaint(std::string_view text) {
    try {
        parse_duration("--delay", text);
    } catch (const UsageError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("durations have units, and bare numbers are milliseconds", "[cli][R27]") {
    CHECK(ms("500ms") == 500);
    CHECK(ms("10s") == 10'000);
    CHECK(ms("5m") == 300'000);
    CHECK(ms("2h") == 7'200'000);
    CHECK(ms("7d") == 604'800'000);
    CHECK(ms("1w") == 604'800'000);
    CHECK(ms("250") == 250);
    CHECK(ms("0") == 0);
    CHECK(ms("1.5s") == 1'500);
    CHECK(ms("1h30m") == 5'400'000);
}

TEST_CASE("what is no duration is refused with what would be one", "[cli][R27]") {
    for (const char* text :
         {"", "soon", "s", "10x", "-5s", "1.5", "1..5s", "10 s", "5s3", "1e3s"}) {
        INFO(text);
        CHECK(complaint(text).find("7d") != std::string::npos);
        CHECK(complaint(text).rfind("--delay: '" + std::string(text), 0) == 0);
    }
    CHECK(complaint("40000d").find("at most 36500d") != std::string::npos);
    CHECK(complaint("99999999999999999999999s") != "");
}

TEST_CASE("durations are shown with at most two units", "[cli][R27]") {
    CHECK(show_duration(Milliseconds{0}) == "0ms");
    CHECK(show_duration(Milliseconds{999}) == "999ms");
    CHECK(show_duration(Milliseconds{1'500}) == "1.5s");
    CHECK(show_duration(Milliseconds{61'000}) == "1m 1s");
    CHECK(show_duration(Milliseconds{3'600'000}) == "1h");
    CHECK(show_duration(Milliseconds{90'061'000}) == "1d 1h");
    CHECK(show_duration(Milliseconds{-2'000}) == "-2s");
}

TEST_CASE("backoffs have a type, a delay and perhaps a jitter and a bound", "[cli][R5][R27]") {
    const Backoff plain = parse_backoff("--backoff", "exponential:1s");
    CHECK(plain.type == Backoff::Type::Exponential);
    CHECK(plain.delay.count() == 1'000);
    CHECK(plain.max_delay.count() == 0);
    CHECK(plain.jitter == 0);
    const Backoff full = parse_backoff("--backoff", "fixed:500ms:max=30s,jitter=0.2");
    CHECK(full.type == Backoff::Type::Fixed);
    CHECK(full.delay.count() == 500);
    CHECK(full.max_delay.count() == 30'000);
    CHECK(full.jitter == Approx(0.2));
    CHECK(parse_backoff("--backoff", "none").type == Backoff::Type::None);
    for (const char* text : {"", "exponential", "linear:1s", "fixed:", "fixed:1s:jitter=2",
                             "fixed:1s:size=3", "none:1s", "fixed:1s:jitter"}) {
        INFO(text);
        CHECK_THROWS_AS(parse_backoff("--backoff", text), UsageError);
    }
}

TEST_CASE("a mode of deduplication has a window where it needs one", "[cli][R12]") {
    for (const char* text : {"until-ended", "throttle=10m", "debounce=500ms", "keep-latest"})
        CHECK(show_dedup_mode(parse_dedup_mode("--dedup-mode", text)) == text);
    for (const char* text :
         {"", "throttle", "throttle=", "debounce=x", "keep-latest=1s", "until-ended=1s", "often"}) {
        INFO(text);
        CHECK_THROWS_AS(parse_dedup_mode("--dedup-mode", text), UsageError);
    }
}

TEST_CASE("tags are a list, or none", "[cli][R17a]") {
    CHECK(parse_tags("a,b") == std::vector<std::string>{"a", "b"});
    CHECK(parse_tags("a") == std::vector<std::string>{"a"});
    CHECK(parse_tags("none").empty());
}

TEST_CASE("a time in the past is so long ago, or a moment", "[cli][R17a]") {
    const WallTime now(Milliseconds{1'700'000'000'000});
    CHECK(parse_past_time("--created-after", "2h", now) == now - Milliseconds{7'200'000});
    CHECK(parse_past_time("--created-after", "+2h", now) == now + Milliseconds{7'200'000});
    CHECK(parse_past_time("--created-after", "1700000000001", now) == now + Milliseconds{1});
    CHECK(parse_past_time("--created-after", "2023-11-14T22:13:20Z", now) == now);
    CHECK_THROWS_AS(parse_past_time("--created-after", "yesterday", now), UsageError);
}

TEST_CASE("what is shown of a backoff or a rule of keeping can be typed again", "[cli][R5][R27]") {
    for (const char* text : {"none", "fixed:500ms", "exponential:1s",
                             "exponential:1s:jitter=0.2,max=30s", "fixed:2h:max=7d"})
        CHECK(show_backoff(parse_backoff("--backoff", text)) == text);
    for (const char* text : {"none", "forever", "1000", "7d", "1000,7d"})
        CHECK(show_keep(parse_keep("--keep-failed", text)) == text);
    CHECK(show_keep(parse_keep("--keep-failed", "7d,1000")) == "1000,7d");
    for (const char* text : {"", "0", "1,2", "1h,2h", ",", "7d,", "never"}) {
        INFO(text);
        CHECK_THROWS_AS(parse_keep("--keep-failed", text), UsageError);
    }
}

TEST_CASE("numbers keep to their range", "[cli][R27]") {
    CHECK(parse_number("--priority", "0", 0, 255) == 0);
    CHECK(parse_number("--priority", "255", 0, 255) == 255);
    for (const char* text : {"256", "-1", "", "1.0", " 1", "99999999999999999999"})
        CHECK_THROWS_WITH(parse_number("--priority", text, 0, 255),
                          Catch::Contains("a whole number in 0..255"));
}

TEST_CASE("a mistyped word is recognised, a strange one is not", "[cli][R27]") {
    const std::vector<std::string> names = {"submit", "status", "list"};
    CHECK(nearest("sumbit", names) == "submit");
    CHECK(nearest("lst", names) == "list");
    CHECK(nearest("obliterate", names).empty());
}
