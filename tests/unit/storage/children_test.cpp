// The rows of flows: ends of children, and parents whose children go with them.
#include "full_records.h"
#include "keys.h"
#include "records.h"
#include "recovered.h"

#include <catch2/catch.hpp>

using namespace swarmq;
using namespace swarmq::storage;
using namespace swarmq::test;

namespace {

ChildRecord child(std::uint32_t index, std::size_t result_bytes = 10) {
    ChildRecord made;
    made.parent = JobSeq{3};
    made.index = index;
    made.kind = ChildKind::Completed;
    made.queue = "embed";
    made.seq = JobSeq{10 + index};
    made.chosen_id = index % 2 ? "mine" : "";
    made.name = "work";
    made.result = bytes(result_bytes, 'r');
    made.content_type = "text/plain";
    return made;
}

// Indexes from `from` on, and whether there are more.
std::pair<std::vector<std::uint32_t>, bool> indexes(const Shard& shard, std::uint32_t from,
                                                    std::size_t limit, std::size_t bytes_max) {
    const auto page = read_children(shard.store, shard.id, JobSeq{3}, from, limit, bytes_max);
    REQUIRE(page.ok());
    std::vector<std::uint32_t> found;
    for (const auto& one : page->children) found.push_back(one.index);
    return {found, page->has_more};
}

using Indexes = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("how a child ended is read back whole, its large result too", "[storage][R13]") {
    Shard shard;
    Changes changes;
    ChildRecord failed = child(1);
    failed.kind = ChildKind::Failed;
    failed.result = nullptr;
    failed.failure_kind = FailureKind::Timeout;
    failed.failed_reason = "it \xff broke";
    changes.added = {full_job(JobSeq{3})};
    changes.children = {child(2, 5'000), failed, child(0, 0)};
    shard.apply(changes);
    const auto page = read_children(shard.store, shard.id, JobSeq{3}, 0, 10, 1'000'000);
    REQUIRE(page.ok());
    REQUIRE(page->children.size() == 3);
    CHECK(show(page->children[0]) == show(child(0, 0)));
    CHECK(show(page->children[1]) == show(failed));
    CHECK(show(page->children[2]) == show(child(2, 5'000)));
}

TEST_CASE("ends of children come in pages by number and by bytes", "[storage][R13][R36]") {
    Shard shard;
    Changes changes;
    for (std::uint32_t i = 0; i < 5; ++i) changes.children.push_back(child(i, 5'000));
    shard.apply(changes);
    CHECK(indexes(shard, 0, 10, 1'000'000) == std::pair{Indexes{0, 1, 2, 3, 4}, false});
    CHECK(indexes(shard, 0, 2, 1'000'000) == std::pair{Indexes{0, 1}, true});
    CHECK(indexes(shard, 2, 3, 1'000'000) == std::pair{Indexes{2, 3, 4}, false});
    CHECK(indexes(shard, 0, 10, 11'000) == std::pair{Indexes{0, 1}, true});
    CHECK(indexes(shard, 0, 10, 1) == std::pair{Indexes{0}, true});
    CHECK(indexes(shard, 5, 10, 1) == std::pair{Indexes{}, false});
}

TEST_CASE("the end of a child that is retried is erased, and all ends go with the parent",
          "[storage][R13]") {
    Shard shard;
    Changes changes;
    JobRecord parent = full_job(JobSeq{3});
    changes.added = {parent};
    changes.children = {child(0), child(1, 5'000)};
    shard.apply(changes);
    Changes retried;
    ChildRecord back = child(0);
    back.kind = ChildKind::None;
    retried.children = {back};
    shard.apply(retried);
    CHECK(indexes(shard, 0, 10, 1'000'000).first == Indexes{1});
    Changes removal;
    removal.children = {child(0)};
    removal.removed = {{JobSeq{3}, kChildRows | kLargeChildRows}};
    shard.apply(removal);
    CHECK(shard.row_count() == 0);
}

TEST_CASE("a parent that comes and goes in one turn leaves nothing", "[storage][R13]") {
    Shard shard;
    Changes changes;
    changes.added = {full_job(JobSeq{3})};
    changes.children = {child(0)};
    changes.removed = {{JobSeq{3}, kChildRows}};
    shard.apply(changes);
    CHECK(shard.batch.operations() == 0);
}

TEST_CASE("children that are to be removed are known again until none is left",
          "[storage][R13][R34]") {
    Shard shard;
    Changes changes;
    changes.condemned = {JobSeq{4}, JobSeq{3}};
    shard.apply(changes);
    CHECK(shard.recover().condemned == std::vector{JobSeq{3}, JobSeq{4}});
    Changes done;
    done.condemned = {JobSeq{5}};
    done.condemned_done = {JobSeq{3}, JobSeq{5}};
    shard.apply(done);
    CHECK(shard.recover().condemned == std::vector{JobSeq{4}});
    CHECK(shard.batch.operations() == 1);
}
