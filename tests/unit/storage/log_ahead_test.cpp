// The log is written ahead with zeros, which are its end for whoever reads it.
#include "disk_shard.h"
#include "verify.h"

#include <catch2/catch.hpp>

using namespace swarmq;
using namespace swarmq::storage;
using namespace swarmq::test;

namespace {

// The shard's files as a power cut would leave them now, in a shard of their own.
void copy_as_it_is(const DiskShard& from, DiskShard& to) {
    std::filesystem::copy(from.directory.path(), to.directory.path(),
                          std::filesystem::copy_options::recursive |
                              std::filesystem::copy_options::overwrite_existing);
}

}  // namespace

TEST_CASE("an open log is longer than what is in it, by a bounded number of zeros",
          "[storage][R34]") {
    DiskShard shard;
    REQUIRE(shard.open().ok());
    REQUIRE(shard.journal->claim().ok());
    shard.add_jobs(1, 10);
    const std::string log = shard.newest_file(".rowlog");
    const auto before = std::filesystem::file_size(log);
    CHECK(before > static_cast<std::uintmax_t>(end_of_content(log)));
    shard.add_jobs(11, 10);
    CHECK(std::filesystem::file_size(log) == before);
    shard.add_jobs(21, 1, 900'000);
    const auto behind =
        std::filesystem::file_size(log) - static_cast<std::uintmax_t>(end_of_content(log));
    CHECK(behind > 0);
    CHECK(behind <= 4u << 20);
    shard.close();
    CHECK(std::filesystem::file_size(log) == static_cast<std::uintmax_t>(end_of_content(log)));
}

TEST_CASE("a log that was never closed is read up to its zeros, and goes on", "[storage][R34]") {
    DiskShard shard;
    REQUIRE(shard.open().ok());
    REQUIRE(shard.journal->claim().ok());
    const std::size_t payload_bytes = GENERATE(100u, 60'000u);
    for (std::uint64_t turn = 0; turn < 20; ++turn)
        shard.add_jobs(1 + turn * 10, 10, payload_bytes);
    REQUIRE(shard.journal->checkpoint().ok());

    DiskShard after;
    copy_as_it_is(shard, after);
    REQUIRE(after.open().ok());
    CHECK(after.journal->last() == shard.journal->last());
    REQUIRE(after.journal->claim().ok());
    after.add_jobs(1'000, 5);
    REQUIRE(after.open().ok());
    CHECK(verify(*after.store, ShardId{}, {}).jobs == 205);
    after.close();
    CHECK(verify_data_dir(after.directory.path(), ShardId{}, {})->ok());
}
