// What verification finds in a damaged shard, and what repair leaves.
#include "verify.h"

#include "disk_shard.h"
#include "rocks_log.h"
#include "full_records.h"
#include "keys.h"
#include "recovered.h"
#include "repair.h"

#include <catch2/catch.hpp>

#include <random>

using namespace swarmq;
using namespace swarmq::storage;
using namespace swarmq::test;

namespace {

void fill(DiskShard& shard) {
    REQUIRE(shard.open().ok());
    REQUIRE(shard.journal->claim().ok());
    shard.add_jobs(1, 10);
    shard.add_jobs(11, 2, 20'000);
    Changes changes;
    changes.turn = TurnNumber{1};
    changes.queues.emplace_back().id = QueueId{1};
    changes.schedulers = {full_scheduler(QueueId{1}, "nightly")};
    changes.dedup_keys = {{{QueueId{1}, "k"}, DedupMode::Throttle, JobSeq{99}, "", {}, 9, 10}};
    JobStatus& status = changes.statuses.emplace_back();
    status.seq = JobSeq{3};
    status.state = JobState::Completed;
    status.rows = kOutcomeRow | kProgressRow | kAttemptRows | kLargeOutcomeRow | kLogRows |
                  kCheckpointRow | kLargeCheckpointRow;
    changes.statuses.emplace_back().seq = JobSeq{99};  // Of a job long removed.
    changes.outcomes.emplace_back().seq = JobSeq{3};
    changes.outcomes.back().result = std::make_shared<const std::string>(5000, 'r');
    changes.progress = {{JobSeq{3}, "1"}};
    changes.attempts.emplace_back().seq = JobSeq{3};
    changes.logs = {{JobSeq{3}, 1, 5, "one"}, {JobSeq{3}, 2, 5, "two"}};
    changes.checkpoints = {{JobSeq{3}, bytes(10, 'c'), false}};
    changes.answers = {{"client", 5, {{1, {}}}}};
    shard.append_changes(changes);
    Changes grown;
    grown.turn = TurnNumber{2};
    grown.checkpoints = {{JobSeq{3}, bytes(6'000, 'c'), true}};
    shard.append_changes(grown);
}

bool has_problem(const VerifyReport& report, const std::string& part) {
    for (const std::string& problem : report.problems)
        if (mentions(problem, part)) return true;
    return false;
}

}  // namespace

TEST_CASE("a sound shard has no problems and is counted", "[storage][R28]") {
    DiskShard shard;
    fill(shard);
    const Position position = shard.journal->last();
    shard.close();
    const auto report = verify_data_dir(shard.directory.path(), ShardId{}, {});
    REQUIRE(report.ok());
    for (const std::string& problem : report->problems) FAIL_CHECK(problem);
    CHECK(report->ok());
    CHECK(report->position == position);
    CHECK(report->meta->epoch == Epoch{1});
    CHECK(report->jobs == 12);
    CHECK(report->jobs_by_state[static_cast<int>(JobState::Completed)] == 1);
    CHECK(report->queues == 1);
    CHECK(report->schedulers == 1);
    CHECK(report->dedup_keys == 1);
    CHECK(report->statuses == 2);
    CHECK(report->superseded == 1);
    CHECK(report->answers == 1);
    CHECK(report->outcomes == 1);
    CHECK(report->progress == 1);
    CHECK(report->attempts == 1);
    CHECK(report->log_lines == 2);
    CHECK(report->checkpoints == 1);
    CHECK(report->large_values == 4);
}

TEST_CASE("a parent whose children are not all stored is named", "[storage][R13][R28]") {
    DiskShard shard;
    fill(shard);
    Changes changes;
    changes.turn = TurnNumber{3};
    JobStatus parent;
    parent.seq = JobSeq{4};
    parent.state = JobState::WaitingChildren;
    parent.rows = kChildRows;
    parent.family = std::make_shared<const FamilyRecord>(FamilyRecord{3, 1, 0, 0, 0, false, {}});
    changes.statuses = {parent};
    ChildRecord ended;
    ended.parent = JobSeq{4};
    ended.kind = ChildKind::Completed;
    changes.children = {ended};
    shard.append_changes(changes);
    shard.close();
    const auto found = verify_data_dir(shard.directory.path(), ShardId{}, {});
    REQUIRE(found.ok());
    CHECK(has_problem(*found, "waits for 2 children, 0 are stored"));
    CHECK(found->problem_count == 1);
    CHECK(found->children == 1);
}

TEST_CASE("a scheduler of a queue that is not stored is named and set aside",
          "[storage][R14][R28]") {
    DiskShard shard;
    fill(shard);
    Changes changes;
    changes.turn = TurnNumber{3};
    changes.schedulers = {full_scheduler(QueueId{7}, "lost")};
    shard.append_changes(changes);
    shard.close();
    const auto found = verify_data_dir(shard.directory.path(), ShardId{}, {});
    REQUIRE(found.ok());
    CHECK(has_problem(*found, "scheduler lost of queue 7 belongs to a queue that is not stored"));
    REQUIRE(repair_data_dir(shard.directory.path(), ShardId{}, 1, 1'800'000'000'000, {}).ok());
    const auto repaired = verify_data_dir(shard.directory.path(), ShardId{}, {});
    REQUIRE(repaired.ok());
    CHECK(repaired->ok());
    CHECK(repaired->schedulers == 1);
}

TEST_CASE("a deduplication key without its queue or its job is named and set aside",
          "[storage][R12][R28]") {
    DiskShard shard;
    fill(shard);
    Changes changes;
    changes.turn = TurnNumber{3};
    changes.dedup_keys = {
        full_dedup_key(QueueId{7}, "lost"),
        {{QueueId{1}, "jobless"}, DedupMode::UntilEnded, JobSeq{99}, "", {}, 0, 0}};
    shard.append_changes(changes);
    shard.close();
    const auto found = verify_data_dir(shard.directory.path(), ShardId{}, {});
    REQUIRE(found.ok());
    CHECK(has_problem(*found,
                      "deduplication key lost of queue 7 belongs to a queue that is not stored"));
    CHECK(has_problem(*found, "deduplication key jobless of queue 1 is of job"));
    REQUIRE(repair_data_dir(shard.directory.path(), ShardId{}, 1, 1'800'000'000'000, {}).ok());
    const auto repaired = verify_data_dir(shard.directory.path(), ShardId{}, {});
    REQUIRE(repaired.ok());
    CHECK(repaired->ok());
    CHECK(repaired->dedup_keys == 1);
}

TEST_CASE("rows that are strange, missing or left over are named, repaired, and the rest starts",
          "[storage][R28][R34]") {
    DiskShard shard;
    fill(shard);
    const Position position = shard.journal->last();
    Batch damage;
    damage.put(Table::Main, job_key(ShardId{}, JobSeq{5}), "\x7fshort");
    damage.put(Table::Main, "junk", "junk");
    damage.erase(Table::Main, outcome_key(ShardId{}, JobSeq{3}));
    damage.erase(Table::Large, job_key(ShardId{}, JobSeq{11}));
    damage.put(Table::Main, progress_key(ShardId{}, JobSeq{77}), "left over");
    shard.append(damage);
    shard.close();

    const auto report = verify_data_dir(shard.directory.path(), ShardId{}, {});
    REQUIRE(report.ok());
    CHECK(has_problem(*report, "row of job j0-0-5 (6 bytes, table 0) cannot be understood"));
    CHECK(has_problem(*report, "key 6a 75 6e 6b"));
    CHECK(has_problem(*report, "job j0-0-3 has lost its outcome"));
    CHECK(has_problem(*report, "job j0-0-11 has lost its payload"));
    CHECK(has_problem(*report, "progress of job j0-0-77 (table 0) belongs to a job that is not"));
    CHECK(report->problem_count == 5);

    const auto repaired = repair_data_dir(shard.directory.path(), ShardId{}, 1, 5000, {});
    REQUIRE(repaired.ok());
    CHECK(repaired->set_aside == 3);
    std::ifstream file{repaired->set_aside_path, std::ios::binary};
    const auto copy = Batch::from_bytes({std::istreambuf_iterator<char>{file}, {}});
    REQUIRE(copy.ok());
    CHECK(copy->operations() == 3);
    CHECK(mentions(copy->bytes(), "left over"));

    REQUIRE(shard.open().ok());
    CHECK(shard.journal->last() > position);
    CHECK(shard.journal->last().incarnation != position.incarnation);
    CHECK(*shard.journal->claim() == Epoch{2});
    Recovered recovered;
    REQUIRE(recover(*shard.store, ShardId{}, recovered, {}).ok());
    CHECK(recovered.jobs.size() == 11);
}

TEST_CASE("a shard that lost the end of its log starts again after repair, with what is left",
          "[storage][R34]") {
    DiskShard shard;
    REQUIRE(shard.open().ok());
    REQUIRE(shard.journal->claim().ok());
    for (std::uint64_t turn = 0; turn < 20; ++turn) shard.add_jobs(1 + turn * 10, 10);
    shard.close();
    const std::string log = shard.newest_file(".rowlog");
    const auto size = std::filesystem::file_size(log);
    SECTION("cut") {
        std::filesystem::resize_file(log, size / 2);
    }
    SECTION("damaged in the middle") {
        overwrite(log, static_cast<std::streamoff>(size / 2), std::string(20, '\x55'));
    }
    REQUIRE_FALSE(shard.open().ok());
    shard.close();
    const auto repaired = repair_data_dir(shard.directory.path(), ShardId{}, 1, 5000, {});
    REQUIRE(repaired.ok());
    CHECK(repaired->found.jobs >= 50);
    CHECK(repaired->found.jobs < 200);
    CHECK(repaired->found.jobs % 10 == 0);  // Whole batches.
    REQUIRE(shard.open().ok());
    CHECK(*shard.journal->claim() > Epoch{1});
    CHECK(verify(*shard.store, ShardId{}, {}).ok());
}

TEST_CASE("a shard whose store is gone begins anew after repair, with a higher epoch",
          "[storage][R22][R34]") {
    DiskShard shard;
    fill(shard);
    shard.close();
    std::filesystem::remove_all(shard.paths.store);
    REQUIRE_FALSE(shard.open().ok());
    shard.close();
    std::filesystem::remove_all(shard.paths.store);
    const auto repaired = repair_data_dir(shard.directory.path(), ShardId{}, 1, 5000, {});
    REQUIRE(repaired.ok());
    CHECK(repaired->position == Position{});
    REQUIRE(shard.open().ok());
    CHECK(*shard.journal->claim() == Epoch{2});
}

namespace {

constexpr std::uint64_t kNoisyJobs = 2'000;

// A closed shard whose rows lie in a table file with two damaged blocks.
void fill_and_damage(DiskShard& shard) {
    REQUIRE(shard.open().ok());
    REQUIRE(shard.journal->claim().ok());
    std::mt19937_64 random{1};
    Changes changes;
    for (std::uint64_t i = 1; i <= kNoisyJobs; ++i) {
        JobRecord& job = changes.added.emplace_back();
        job.seq = JobSeq{i};
        job.job_class = std::make_shared<JobClass>();
        std::string noise(400, '\0');  // Which does not shrink.
        for (char& byte : noise) byte = static_cast<char>(random());
        job.payload = std::make_shared<const std::string>(noise);
    }
    changes.answers = {{std::string(100, 'a'), 5, {{1, {}}}},
                       {std::string(100, 'b'), 5, {{1, {}}}}};
    shard.append_changes(changes);
    shard.write_tables();
    shard.close();
    const std::string file = shard.largest_table();
    const auto size = static_cast<std::streamoff>(std::filesystem::file_size(file));
    REQUIRE(size > 700'000);
    for (const int part : {1, 2}) overwrite(file, size * part / 3, std::string(100, '\x55'));
}

}  // namespace

TEST_CASE("rows in a damaged block are passed over, and repair keeps all the others", "[storage][R34]") {
    DiskShard shard;
    fill_and_damage(shard);
    const auto report = verify_data_dir(shard.directory.path(), ShardId{}, {});
    REQUIRE(report.ok());
    CHECK(report->gaps.size() == 2);
    CHECK(has_problem(*report, "cannot be read"));
    CHECK(report->jobs < kNoisyJobs);
    CHECK(report->jobs > kNoisyJobs - 100);
    CHECK(report->answers == 2);

    const auto repaired = repair_data_dir(shard.directory.path(), ShardId{}, 1, 5000, {});
    INFO((repaired.ok() ? "" : repaired.error().detail));
    REQUIRE(repaired.ok());
    CHECK(std::filesystem::exists(repaired->damaged_path + "/CURRENT"));
    REQUIRE(shard.open().ok());
    CHECK(*shard.journal->claim() == Epoch{2});
    const auto left = verify(*shard.store, ShardId{}, {});
    CHECK(left.ok());
    CHECK(left.jobs == report->jobs);
}

TEST_CASE("a logged batch that erases rows in a damaged block stops a start, and no repair", "[storage][R34]") {
    DiskShard shard;
    fill_and_damage(shard);
    const auto before = verify_data_dir(shard.directory.path(), ShardId{}, {});
    REQUIRE(before.ok());
    {
        RowLog log{rocksdb::FileSystem::Default(), shard.paths.store, 1'000, {}};
        Batch batch;
        batch.erase_range(Table::Main, job_key(ShardId{}, JobSeq{1}), job_key(ShardId{}, JobSeq{kNoisyJobs}));
        const Position position = before->position;
        REQUIRE(log.append(position, {position.incarnation, position.sequence + 1}, batch.bytes()).ok());
    }
    CHECK_FALSE(shard.open().ok());
    shard.close();
    CHECK(verify_data_dir(shard.directory.path(), ShardId{}, {}).ok());
    const auto repaired = repair_data_dir(shard.directory.path(), ShardId{}, 1, 5000, {});
    INFO((repaired.ok() ? "" : repaired.error().detail));
    REQUIRE(repaired.ok());
    REQUIRE(shard.open().ok());
    CHECK(verify(*shard.store, ShardId{}, {}).ok());
}
