// The two slots of the superblock, and the damage to a store that it lets us notice.
#include "superblock.h"

#include "crc32c.h"
#include "disk_shard.h"

#include <catch2/catch.hpp>

using namespace swarmq;
using namespace swarmq::storage;
using namespace swarmq::test;

namespace {

SuperblockContent content(std::uint64_t sequence) {
    return {Epoch{3}, 12, {77, sequence}};
}

}  // namespace

TEST_CASE("the checksum is CRC32C", "[storage]") {
    CHECK(crc32c("123456789") == 0xe3069283);
    CHECK(crc32c("") == 0);
}

TEST_CASE("a superblock reads back as it was last written", "[storage][R34]") {
    TemporaryDirectory directory;
    const std::string path = directory.file("superblock");
    CHECK(Superblock::open(path).code() == Code::NotFound);
    {
        auto made = Superblock::create(path, content(1));
        REQUIRE(made.ok());
        for (std::uint64_t sequence = 2; sequence <= 9; ++sequence) {
            REQUIRE(made.value().write(content(sequence)).ok());
            CHECK(Superblock::open(path).value().content() == content(sequence));
        }
    }
    REQUIRE(Superblock::create(path, content(5)).ok());
    CHECK(Superblock::open(path).value().content() == content(5));
}

TEST_CASE("a torn slot leaves the one before it", "[storage][R34]") {
    TemporaryDirectory directory;
    const std::string path = directory.file("superblock");
    {
        auto made = Superblock::create(path, content(1));
        REQUIRE(made.value().write(content(2)).ok());
        REQUIRE(made.value().write(content(3)).ok());
    }
    constexpr std::streamoff kSlotDistance = 4096;
    overwrite(path, kSlotDistance + 30, "torn");
    CHECK(Superblock::open(path).value().content() == content(2));
    overwrite(path, 30, "torn too");
    const auto broken = Superblock::open(path);
    REQUIRE(broken.code() == Code::Internal);
    CHECK(mentions(broken.error().detail, "swarmqd repair"));
}

TEST_CASE("a log that lost its synced end keeps the store from starting", "[storage][R34][R35]") {
    DiskShard shard;
    REQUIRE(shard.open().ok());
    REQUIRE(shard.journal->claim().ok());
    for (std::uint64_t turn = 0; turn < 20; ++turn) shard.add_jobs(1 + turn * 10, 10);
    const Position durable = shard.journal->last();
    shard.close();
    const std::string log = shard.newest_file(".rowlog");
    const auto size = std::filesystem::file_size(log);

    SECTION("cut in the middle of a record") {
        std::filesystem::resize_file(log, size - 7);
    }
    SECTION("cut in the middle") {
        std::filesystem::resize_file(log, size / 2);
    }
    SECTION("empty") {
        std::filesystem::resize_file(log, 0);
    }
    SECTION("gone") {
        std::filesystem::remove(log);
    }
    SECTION("a flipped bit in the length of a late record") {
        overwrite(log, static_cast<std::streamoff>(size) - 500, std::string(1, '\x7f'));
    }
    const auto opened = shard.open();
    REQUIRE_FALSE(opened.ok());
    INFO(opened.error().detail);
    CHECK(mentions(opened.error().detail, "swarmqd verify"));
    CHECK(mentions(opened.error().detail, "swarmqd repair"));
    if (shard.store) {  // The log itself noticed nothing.
        CHECK(shard.store->applied() < durable);
        CHECK(mentions(opened.error().detail, describe(durable)));
        CHECK(mentions(opened.error().detail, describe(shard.store->applied())));
    }
}

TEST_CASE("a superblock that is missing, of another store or ahead of an empty one is refused",
          "[storage][R34]") {
    DiskShard shard;
    REQUIRE(shard.open().ok());
    REQUIRE(shard.journal->claim().ok());
    shard.close();
    SECTION("missing") {
        std::filesystem::remove(shard.paths.superblock);
        const auto opened = shard.open();
        REQUIRE(opened.code() == Code::Internal);
        CHECK(mentions(opened.error().detail, "is missing"));
    }
    SECTION("of another store") {
        REQUIRE(Superblock::create(shard.paths.superblock, {Epoch{1}, 1, {5, 1}}).ok());
        const auto opened = shard.open();
        REQUIRE(opened.code() == Code::Internal);
        CHECK(mentions(opened.error().detail, "different stores"));
    }
    SECTION("the store's directory was emptied") {
        std::filesystem::remove_all(shard.paths.store);
        const auto opened = shard.open();
        REQUIRE(opened.code() == Code::Internal);
        CHECK(mentions(opened.error().detail, "the store is empty"));
    }
}

TEST_CASE("the superblock follows commits at most once a second, and at the end",
          "[storage][R34]") {
    DiskShard shard;
    REQUIRE(shard.open().ok());
    shard.journal.reset();
    TimeMs now = 5000;
    const auto noted = [&] {
        return Superblock::open(shard.paths.superblock).value().content().synced;
    };
    const auto durability = GENERATE(Durability::Sync, Durability::Periodic);
    auto journal =
        std::move(LocalJournal::open(*shard.store, {.durability = durability,
                                                    .superblock_path = shard.paths.superblock,
                                                    .now_ms = 1,
                                                    .monotonic_ms = [&] { return now; }}))
            .value();
    REQUIRE(journal->claim().ok());
    const Position claimed = journal->last();
    CHECK(noted() == claimed);
    const auto commit = [&] {
        REQUIRE(journal->append({}, journal->last()).ok());
        REQUIRE(journal->sync().ok());
    };
    now += 999;
    commit();
    CHECK(noted() == claimed);
    now += 1;
    commit();
    const Position second = journal->last();
    CHECK(noted() == second);
    REQUIRE(journal->append({}, second).ok());
    REQUIRE(journal->checkpoint().ok());
    CHECK(noted() == (durability == Durability::Sync ? journal->last() : second));
    REQUIRE(journal->append({}, journal->last()).ok());
    const Position end = journal->last();
    journal.reset();
    CHECK(noted() == end);
}

TEST_CASE("an epoch is not used again when the store lost it", "[storage][R22]") {
    DiskShard shard;
    REQUIRE(shard.open().ok());
    REQUIRE(shard.journal->claim().ok());
    shard.close();
    REQUIRE(Superblock::create(shard.paths.superblock, {Epoch{40}, 0, {}}).ok());
    REQUIRE(shard.open().ok());
    CHECK(*shard.journal->claim() == Epoch{41});
}
