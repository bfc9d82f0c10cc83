// Generated job ids as text.
#include "model/ids.h"

#include <catch2/catch.hpp>

using namespace swarmq;

TEST_CASE("a generated job id reads back as what it was made from", "[model][R12]") {
    const JobSeq seq{with_epoch(Epoch{3}, 1041)};
    const std::string text = format_job_id(ShardId{0}, seq);
    CHECK(text == "j0-3-1041");
    const auto parsed = parse_job_id(text);
    REQUIRE(parsed);
    CHECK(parsed->seq == seq);
    CHECK(parsed->shard == ShardId{0});
}

TEST_CASE("text that only resembles a generated id is no generated id", "[model][R12]") {
    for (const char* text : {"", "j", "j1", "j1-2", "j1-2-", "j-1-2", "j01-2-3", "j1-2-3x", "k1-2-3",
                             "j70000-1-1", "j1-2-99999999999999999999"})
        CHECK_FALSE(parse_job_id(text));
    CHECK(is_reserved_job_id("j01-2-3"));
    CHECK(is_reserved_job_id("j70000-1-1"));
    CHECK_FALSE(is_reserved_job_id("j1-2-3x"));
    CHECK_FALSE(is_reserved_job_id("invoice-7"));
}
