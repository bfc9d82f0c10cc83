// Copies of a store in use: whole, named last, and as of one moment for those who read.
#include "backup.h"

#include "disk_shard.h"
#include "verify.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace swarmq;
using namespace swarmq::storage;
using namespace swarmq::test;

namespace {

constexpr ShardId kShard{0};

const Store::CopyWatch kGoOn = [](const Store::CopySteps&) { return true; };

struct Backups {
    BackupPlace place(const std::string& name) const { return {directory.path() + "/below", name}; }
    Result<BackupReport> take(const DiskShard& shard, const std::string& name) const {
        REQUIRE(prepare_backup(place(name)).ok());
        return back_up(*shard.store, kShard, place(name), kGoOn);
    }

    TemporaryDirectory directory;
};

void open_filled(DiskShard& shard) {
    REQUIRE(shard.open().ok());
    REQUIRE(shard.journal->claim().ok());
    shard.add_jobs(1, 100);
    shard.add_jobs(101, 5, 50'000);
}

}  // namespace

TEST_CASE("a backup is a data directory that verifies, and stands where its report says",
          "[storage][R28]") {
    DiskShard shard;
    open_filled(shard);
    const Backups backups;
    const auto report = backups.take(shard, "first");
    REQUIRE(report);
    CHECK(report->position == shard.journal->last());
    CHECK(report->bytes > 0);
    CHECK_FALSE(std::filesystem::exists(backups.place("first").partial_path()));
    const auto verified = verify_data_dir(backups.place("first").path(), kShard, {});
    REQUIRE(verified);
    CHECK(verified->problems == std::vector<std::string>{});
    CHECK(verified->jobs == 105);
    CHECK(verified->position == report->position);
    // The store goes on, and a shard opens from the copy under an epoch of its own.
    shard.add_jobs(200, 10);
    const ShardPaths paths = shard_paths(backups.place("first").path(), kShard);
    auto copy = RocksStore::open({.directory = paths.store});
    REQUIRE(copy);
    auto journal = LocalJournal::open(**copy, {.superblock_path = paths.superblock, .now_ms = 1});
    REQUIRE(journal);
    CHECK((*journal)->last() == report->position);
    CHECK((*journal)->claim().ok());
}

TEST_CASE("a superblock lies in the backup: one that loses its end is noticed", "[storage][R34]") {
    DiskShard shard;
    open_filled(shard);
    const Backups backups;
    REQUIRE(backups.take(shard, "b"));
    shard.add_jobs(300, 10);
    REQUIRE(backups.take(shard, "later"));
    const ShardPaths early = shard_paths(backups.place("b").path(), kShard);
    const ShardPaths later = shard_paths(backups.place("later").path(), kShard);
    std::filesystem::copy_file(later.superblock, early.superblock,
                               std::filesystem::copy_options::overwrite_existing);
    const auto verified = verify_data_dir(backups.place("b").path(), kShard, {});
    REQUIRE(verified);
    CHECK(verified->problem_count == 1);
}

TEST_CASE("everything written before a backup began is in it, whatever is written meanwhile",
          "[storage][R34]") {
    DiskShard shard;
    open_filled(shard);
    std::atomic<bool> is_over = false;
    std::atomic<std::uint64_t> written = 0;
    std::thread writer([&] {
        for (std::uint64_t seq = 1'000; !is_over; seq += 10) {
            shard.add_jobs(seq, 10, 2'000);
            written += 10;
        }
    });
    const Backups backups;
    for (int i = 0; i < 5; ++i) {
        const std::string name = "b" + std::to_string(i);
        while (written < std::uint64_t{100} * static_cast<std::uint64_t>(i + 1))
            std::this_thread::yield();
        const Position before = shard.store->applied();
        const std::uint64_t jobs = 105 + written;
        const auto report = backups.take(shard, name);
        const auto verified = verify_data_dir(backups.place(name).path(), kShard, {});
        if (!report || !verified || report->position < before || verified->jobs < jobs ||
            !verified->ok()) {
            is_over = true;
            writer.join();
            FAIL("backup " << name << ": "
                           << (report ? (verified ? "it lacks jobs" : verified.error().detail)
                                      : report.error().detail));
        }
    }
    is_over = true;
    writer.join();
}

TEST_CASE("a backup needs a name that is a name, and takes none that is there", "[storage][R28]") {
    for (const char* name : {"", ".hidden", "a/b", "..", "a b", "x\n"}) {
        INFO(name);
        CHECK(check_backup_name(name).code() == Code::InvalidArgument);
    }
    CHECK(check_backup_name(std::string(65, 'x')).code() == Code::InvalidArgument);
    CHECK(check_backup_name("2026-11-29.before_upgrade").ok());
    DiskShard shard;
    open_filled(shard);
    const Backups backups;
    REQUIRE(backups.take(shard, "b"));
    CHECK(prepare_backup(backups.place("b")).code() == Code::AlreadyExists);
    std::ofstream(backups.directory.path() + "/file") << "";
    CHECK(prepare_backup({backups.directory.path() + "/file", "b"}).code() == Code::Internal);
}

TEST_CASE("a backup that is stopped leaves nothing, and what a crash left is no obstacle",
          "[storage][R28]") {
    DiskShard shard;
    open_filled(shard);
    const Backups backups;
    const BackupPlace place = backups.place("b");
    REQUIRE(prepare_backup(place).ok());
    const auto stopped =
        back_up(*shard.store, kShard, place, [](const Store::CopySteps&) { return false; });
    CHECK(stopped.code() == Code::Draining);
    CHECK(std::filesystem::is_empty(place.parent));
    std::filesystem::create_directories(place.partial_path() + "/shard-0");
    CHECK(backups.take(shard, "b"));
}

TEST_CASE("a snapshot shows the rows of its moment, and nothing of what comes later",
          "[storage][R28]") {
    DiskShard shard;
    open_filled(shard);
    const auto snapshot = shard.store->snapshot();
    REQUIRE(snapshot);
    const Position then = shard.journal->last();
    shard.add_jobs(400, 20, 20'000);
    CHECK((*snapshot)->applied() == then);
    const auto report = verify(**snapshot, kShard, {});
    CHECK(report.ok());
    CHECK(report.jobs == 105);
    CHECK(report.position == then);
    CHECK(verify(*shard.store, kShard, {}).jobs == 125);
    CHECK_FALSE((*snapshot)->apply({}, then, Sync::No).ok());
}

TEST_CASE("a verification tells how far it is, and stops when it is told to", "[storage][R28]") {
    DiskShard shard;
    open_filled(shard);
    shard.add_jobs(1'000, 3'000);
    std::vector<std::uint64_t> rows;
    const auto whole = verify(*shard.store, kShard, [&](const VerifySteps& steps) {
        rows.push_back(steps.rows);
        return true;
    });
    CHECK(whole.ok());
    CHECK(rows.size() >= 3);
    CHECK(std::is_sorted(rows.begin(), rows.end()));
    const auto stopped = verify(*shard.store, kShard, [](const VerifySteps&) { return false; });
    CHECK(stopped.was_stopped);
    CHECK(stopped.ok());
    CHECK(stopped.rows < whole.rows);
}
