// Lines of a file of jobs.
#include "job_lines.h"

#include "values.h"

#include <catch2/catch.hpp>

using namespace swarmq;
using namespace swarmq::cli;

namespace {

NewJob parse(std::string_view line) {
    NewJob otherwise{"queue", {}, {}};
    otherwise.options.priority = 3;
    return parse_job_line(line, otherwise);
}

}  // namespace

TEST_CASE("a line says how its job is deduplicated", "[cli][R12]") {
    const NewJob job = parse(R"({"dedup":"page:7","dedup_mode":"debounce=2s"})");
    REQUIRE(job.options.deduplication);
    CHECK(job.options.deduplication->key == "page:7");
    CHECK(job.options.deduplication->mode == Deduplication::Mode::Debounce);
    CHECK(job.options.deduplication->window == Milliseconds{2'000});
    CHECK_THROWS_AS(parse(R"({"dedup":"k","dedup_mode":"often"})"), UsageError);
}

TEST_CASE("a line sets every option of its job", "[cli][R27]") {
    const NewJob job = parse(
        R"({"name":"n","payload":"text","priority":1,"delay":"10s","attempts":4,)"
        R"("backoff":{"type":"exponential","delay":"1s","jitter":0.5,"max":30000},)"
        R"("timeout":5000,"ttl":"1h","id":"mine","lifo":true,"tags":["a","b"],"headers":{"k":"v"}})");
    CHECK(job.name == "n");
    CHECK(job.payload == "text");
    CHECK(job.options.priority == 1);
    CHECK(job.options.delay == Milliseconds{10'000});
    CHECK(job.options.attempts == 4U);
    CHECK(job.options.backoff->type == Backoff::Type::Exponential);
    CHECK(job.options.backoff->delay == Milliseconds{1'000});
    CHECK(job.options.backoff->max_delay == Milliseconds{30'000});
    CHECK(job.options.backoff->jitter == Approx(0.5));
    CHECK(job.options.timeout == Milliseconds{5'000});
    CHECK(job.options.ttl == Milliseconds{3'600'000});
    CHECK(job.options.id == "mine");
    CHECK(job.options.lifo == true);
    CHECK(job.options.tags == std::vector<std::string>{"a", "b"});
    CHECK(job.options.headers.at("k") == "v");
}

TEST_CASE("what a line leaves out is taken from the command line", "[cli][R27]") {
    const NewJob job = parse("{}");
    CHECK(job.name == "queue");
    CHECK(job.options.priority == 3);
    CHECK(job.payload.empty());
}

TEST_CASE("a payload that is no text is stored as it is written", "[cli][R27]") {
    CHECK(parse(R"({"payload":{"a":[1,2]}})").payload == R"({"a":[1,2]})");
    CHECK(parse(R"({"payload":7})").payload == "7");
    CHECK(parse(R"({"payload":null})").payload == "null");
    CHECK(parse(R"({"payload":"\"quoted\""})").payload == "\"quoted\"");
    CHECK(parse(R"({"backoff":"fixed:2s"})").options.backoff->delay == Milliseconds{2'000});
}

TEST_CASE("a line has a delay or a time, whatever the command line has", "[cli][R4][R27]") {
    NewJob delayed{"queue", {}, {}};
    delayed.options.delay = Milliseconds{1};
    const NewJob timed = parse_job_line(R"({"run_at":"2099-01-01T00:00Z"})", delayed);
    CHECK_FALSE(timed.options.delay);
    CHECK(timed.options.run_at);
    CHECK(parse_job_line(R"({"run_at":4070908800000})", delayed).options.run_at ==
          timed.options.run_at);
    const NewJob again = parse_job_line(R"({"delay":"1s"})", timed);
    CHECK(again.options.delay == Milliseconds{1'000});
    CHECK_FALSE(again.options.run_at);
}

TEST_CASE("a wrong line says what is wrong", "[cli][R27]") {
    const auto says = [](std::string_view line, const std::string& part) {
        INFO(line);
        CHECK_THROWS_WITH(parse(line), Catch::Contains(part));
    };
    says("{", "JSON");
    says("[1]", "object");
    says(R"({"prioritty":1})", "'priority'");
    says(R"({"priority":256})", "0..255");
    says(R"({"priority":"high"})", "'high'");
    says(R"({"delay":"soon"})", "'soon'");
    says(R"({"name":5})", "no text");
    says(R"({"lifo":1})", "true");
    says(R"({"tags":"a"})", "list");
    says(R"({"headers":[]})", "object");
    says(R"({"backoff":{"type":"linear","delay":1}})", "exponential:1s");
}
