// The write during which the power went is no damage; damage is what has whole writes behind it.
#include "disk_shard.h"
#include "verify.h"

#include <catch2/catch.hpp>

using namespace swarmq;
using namespace swarmq::storage;
using namespace swarmq::test;

namespace {

// A closed shard with a last batch that the superblock does not know of, as after a power cut.
struct CutShard : DiskShard {
    explicit CutShard(std::size_t last_payload_bytes) {
        REQUIRE(open().ok());
        REQUIRE(journal->claim().ok());
        for (std::uint64_t turn = 0; turn < 5; ++turn) add_jobs(1 + turn * 10, 10);
        REQUIRE(journal->checkpoint().ok());
        std::filesystem::copy_file(paths.superblock, directory.file("noted"));
        before_last = journal->last();
        log = newest_file(".rowlog");
        last_begins = end_of_content(log);
        add_jobs(100, 1, last_payload_bytes);
        close();
        last_ends = static_cast<std::streamoff>(std::filesystem::file_size(log));
    }
    void forget_last_note() {
        std::filesystem::copy_file(directory.file("noted"), paths.superblock,
                                   std::filesystem::copy_options::overwrite_existing);
    }

    Position before_last;
    std::string log;
    std::streamoff last_begins = 0;
    std::streamoff last_ends = 0;
};

}  // namespace

TEST_CASE("a last write that was torn is cut off, and everything before it is there",
          "[storage][R34]") {
    const std::size_t payload_bytes = GENERATE(100u, 200'000u);
    CutShard shard{payload_bytes};
    shard.forget_last_note();
    SECTION("its end was never written") {
        overwrite(shard.log, shard.last_ends - 60, std::string(60, '\0'));
    }
    SECTION("its end is someone else's") {
        overwrite(shard.log, shard.last_ends - 60, std::string(60, '\x5a'));
    }
    SECTION("its beginning is missing, and later pages of it are there") {
        overwrite(shard.log, shard.last_begins, std::string(50, '\0'));
    }
    const auto report = verify_data_dir(shard.directory.path(), ShardId{}, {});
    REQUIRE(report.ok());
    CHECK(report->ok());
    CHECK(report->position == shard.before_last);
    const auto opened = shard.open();
    INFO((opened.ok() ? "" : opened.error().detail));
    REQUIRE(opened.ok());
    CHECK(shard.journal->last() == shard.before_last);
    CHECK(verify(*shard.store, ShardId{}, {}).jobs == 50);
    REQUIRE(shard.journal->claim().ok());
    shard.add_jobs(200, 1);
    REQUIRE(shard.open().ok());
    CHECK(verify(*shard.store, ShardId{}, {}).jobs == 51);
}

TEST_CASE("a torn last write that was noted as synced keeps the store from starting",
          "[storage][R34]") {
    CutShard shard{100};
    overwrite(shard.log, shard.last_ends - 60, std::string(60, '\x5a'));
    const auto opened = shard.open();
    REQUIRE_FALSE(opened.ok());
    CHECK(mentions(opened.error().detail, "lost acknowledged work"));
}

TEST_CASE("damage with a whole write behind it keeps the store from starting, and is left alone",
          "[storage][R34]") {
    CutShard shard{100};
    shard.forget_last_note();
    const auto size = std::filesystem::file_size(shard.log);
    SECTION("in the write before the last") {
        overwrite(shard.log, shard.last_begins - 60, std::string(20, '\x5a'));
    }
    SECTION("in the length of an early write") {
        overwrite(shard.log, 4, std::string(2, '\x5a'));
    }
    const auto opened = shard.open();
    REQUIRE_FALSE(opened.ok());
    CHECK(mentions(opened.error().detail, "swarmqd repair"));
    CHECK(std::filesystem::file_size(shard.log) == size);
}
