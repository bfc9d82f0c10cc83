// Keys sort as their fields do, and read back.
#include "keys.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

using namespace swarmq;
using namespace swarmq::storage;

TEST_CASE("keys sort by shard, kind, then number", "[storage]") {
    std::vector<std::string> keys;
    for (const ShardId shard : {ShardId{0}, ShardId{1}, ShardId{0x100}}) {
        keys.push_back(meta_key(shard).str());
        keys.push_back(position_key(shard).str());
        for (const std::uint32_t id : {1u, 0x100u, 0xffff'ffffu})
            keys.push_back(queue_key(shard, QueueId{id}).str());
        keys.push_back(controls_key(shard, QueueId{2}).str());
        keys.push_back(scheduler_key(shard, QueueId{1}, "b"));
        keys.push_back(scheduler_key(shard, QueueId{1}, "ba"));
        keys.push_back(scheduler_key(shard, QueueId{2}, "a"));
        keys.push_back(dedup_key(shard, QueueId{1}, "b"));
        keys.push_back(dedup_key(shard, QueueId{2}, "a"));
        for (const std::uint64_t seq : {1ull, 0x100ull, 1ull << 40, ~0ull})
            keys.push_back(job_key(shard, JobSeq{seq}).str());
        for (const std::uint64_t turn : {1ull, 0x100ull})
            for (const std::uint16_t part : {0, 1, 0x100})
                keys.push_back(turn_key(shard, TurnNumber{turn}, part).str());
        keys.push_back(condemned_key(shard, JobSeq{7}).str());
        keys.push_back(answers_key(shard, "client", 1));
        keys.push_back(answers_key(shard, "client", 0x100));
        keys.push_back(answers_key(shard, "client-2", 1));
        keys.push_back(outcome_key(shard, JobSeq{1}).str());
        keys.push_back(progress_key(shard, JobSeq{1}).str());
        keys.push_back(attempt_key(shard, JobSeq{1}, 0).str());
        keys.push_back(attempt_key(shard, JobSeq{1}, 99).str());
        keys.push_back(attempt_key(shard, JobSeq{2}, 0).str());
        keys.push_back(log_key(shard, JobSeq{1}, 100).str());
        keys.push_back(log_key(shard, JobSeq{1}, 99).str());
        keys.push_back(log_key(shard, JobSeq{2}, 1).str());
        keys.push_back(checkpoint_key(shard, JobSeq{1}).str());
        keys.push_back(child_key(shard, JobSeq{1}, 0x1ff).str());
        keys.push_back(child_key(shard, JobSeq{1}, 0x200).str());
    }
    CHECK(std::is_sorted(keys.begin(), keys.end()));
    CHECK(std::adjacent_find(keys.begin(), keys.end()) == keys.end());
}

TEST_CASE("what recovery reads lies between the queues and the outcomes", "[storage][R34]") {
    const KeyRange range = rows_to_recover(ShardId{3});
    const auto is_inside = [&](std::string_view key) {
        return std::string_view{range.first} <= key && key < std::string_view{range.last};
    };
    CHECK(is_inside(queue_key(ShardId{3}, QueueId{0})));
    CHECK(is_inside(job_key(ShardId{3}, JobSeq{5})));
    CHECK(is_inside(turn_key(ShardId{3}, TurnNumber{5}, 0)));
    CHECK(is_inside(condemned_key(ShardId{3}, JobSeq{5})));
    CHECK(is_inside(answers_key(ShardId{3}, "\xff\xff\xff", ~0ull)));
    CHECK_FALSE(is_inside(position_key(ShardId{3})));
    CHECK_FALSE(is_inside(outcome_key(ShardId{3}, JobSeq{0})));
    CHECK_FALSE(is_inside(queue_key(ShardId{4}, QueueId{0})));
    CHECK_FALSE(is_inside(answers_key(ShardId{2}, "client", 0)));
}

TEST_CASE("a key reads back as what it was made from", "[storage]") {
    const ShardId shard{0x102};
    const auto turn = parse_key(turn_key(shard, TurnNumber{77}, 3));
    REQUIRE(turn);
    CHECK(turn->shard == shard);
    CHECK(turn->kind == RowKind::Turn);
    CHECK(turn->number == 77);
    CHECK(turn->part == 3);
    const std::string nightly = scheduler_key(shard, QueueId{9}, "nightly");
    const auto scheduler = parse_key(nightly);
    REQUIRE(scheduler);
    CHECK(scheduler->kind == RowKind::Scheduler);
    CHECK(scheduler->number == 9);
    CHECK(scheduler->name == "nightly");
    CHECK(describe_key(nightly) == "scheduler nightly of queue 9");
    CHECK_FALSE(parse_key(scheduler_key(shard, QueueId{9}, "")));
    const std::string invoice = dedup_key(shard, QueueId{9}, "invoice-7");
    const auto dedup = parse_key(invoice);
    REQUIRE(dedup);
    CHECK(dedup->kind == RowKind::Deduplication);
    CHECK(dedup->number == 9);
    CHECK(dedup->name == "invoice-7");
    CHECK(describe_key(invoice) == "deduplication key invoice-7 of queue 9");
    const std::string answers = answers_key(shard, "client", 12);
    const auto parsed = parse_key(answers);
    REQUIRE(parsed);
    CHECK(parsed->kind == RowKind::Answers);
    CHECK(parsed->client_id == "client");
    CHECK(parsed->number == 12);
    const auto attempt = parse_key(attempt_key(shard, JobSeq{9}, 205));
    REQUIRE(attempt);
    CHECK(attempt->number == 9);
    CHECK(attempt->part == 5);
    CHECK(parse_key(meta_key(shard))->kind == RowKind::Meta);
    CHECK(parse_key(queue_key(shard, QueueId{4}))->number == 4);
}

TEST_CASE("bytes that are no key are told as bytes", "[storage]") {
    const std::string job = job_key(ShardId{0}, JobSeq{with_epoch(Epoch{3}, 1041)}).str();
    CHECK(describe_key(job) == "job j0-3-1041");
    CHECK_FALSE(parse_key(job + "x"));
    CHECK_FALSE(parse_key(job.substr(0, 5)));
    CHECK_FALSE(parse_key(""));
    CHECK_FALSE(parse_key(std::string("\0\0\x21", 3)));
    CHECK(describe_key(std::string("\0\0\x21", 3)) == "key 00 00 21");
}
