// Rows of jobs that are written anew, rows of deduplication keys, and searches through rows.
#include "full_records.h"
#include "recovered.h"

using namespace swarmq;
using namespace swarmq::storage;
using namespace swarmq::test;

namespace {

std::optional<StoredJob> read_one(const Shard& shard, JobSeq seq, std::uint8_t rows = 0) {
    const JobKey key{seq, rows};
    auto read = read_jobs(shard.store, shard.id, {&key, 1}, true);
    REQUIRE(read.ok());
    return std::move(read->front());
}

void apply_completed(Shard& shard, Changes changes) {
    REQUIRE(complete(shard.store, shard.id, changes).ok());
    shard.apply(changes);
}

JobRecord with_payload(JobSeq seq, std::size_t size, char fill) {
    JobRecord job = full_job(seq);
    job.payload = bytes(size, fill);
    job.payload_is_large = size > kLargeValueBytes;
    return job;
}

}  // namespace

TEST_CASE("every field of a deduplication key comes back, until it is removed",
          "[storage][R12][R34]") {
    Shard shard;
    Changes changes;
    changes.queues = {{.id = QueueId{1}, .name = "q"}};
    changes.dedup_keys = {full_dedup_key(QueueId{1}, "a"), full_dedup_key(QueueId{1}, "b")};
    changes.dedup_keys_removed = {{QueueId{1}, "b"}};
    shard.apply(changes);
    CHECK(shard.recover().dedup_keys.at("a") == show(changes.dedup_keys[0]));
    CHECK(shard.recover().dedup_keys.at("b") == show(changes.dedup_keys[1]));
    Changes removed;
    removed.dedup_keys_removed = {{QueueId{1}, "a"}};
    shard.apply(removed);
    CHECK(shard.recover().dedup_keys.count("a") == 0);
    CHECK(shard.recover().dedup_keys.size() == 1);
}

TEST_CASE("a replaced job is read as it was written last, in the turn of its add or later",
          "[storage][R12]") {
    Shard shard;
    Changes changes;
    changes.added = {with_payload(JobSeq{1}, 10, 'a'), with_payload(JobSeq{2}, 10, 'a')};
    changes.replaced = {with_payload(JobSeq{1}, 10, 'b'), with_payload(JobSeq{1}, 10, 'c')};
    shard.apply(changes);
    CHECK(*read_one(shard, JobSeq{1})->record.payload == *bytes(10, 'c'));
    CHECK(*read_one(shard, JobSeq{2})->record.payload == *bytes(10, 'a'));
    Changes later;
    later.replaced = {with_payload(JobSeq{2}, 5'000, 'd')};
    shard.apply(later);
    CHECK(*read_one(shard, JobSeq{2})->record.payload == *bytes(5'000, 'd'));
    // Once large it stays in its table, and goes with the job.
    Changes small;
    small.replaced = {with_payload(JobSeq{2}, 3, 'e')};
    small.replaced.back().payload_is_large = true;
    shard.apply(small);
    CHECK(*read_one(shard, JobSeq{2})->record.payload == "eee");
    Changes gone;
    gone.removed = {{JobSeq{1}, 0}, {JobSeq{2}, kLargePayloadRow}};
    shard.apply(gone);
    CHECK(shard.row_count() == 0);
}

TEST_CASE("a patch changes what it says and nothing else", "[storage][R17a]") {
    Shard shard;
    Changes changes;
    changes.added = {with_payload(JobSeq{1}, 5'000, 'a')};
    shard.apply(changes);
    const std::string before = show(read_one(shard, JobSeq{1})->record);
    Changes tagged;
    tagged.patches.push_back({JobSeq{1}, nullptr, true, std::vector<std::string>{"new"}});
    tagged.patches.push_back({JobSeq{2}, bytes(1, 'x'), false, std::nullopt});  // Is not stored.
    apply_completed(shard, tagged);
    auto after = read_one(shard, JobSeq{1})->record;
    CHECK(*after.payload == *bytes(5'000, 'a'));
    CHECK(after.tags == std::vector<std::string>{"new"});
    after.tags = full_job(JobSeq{1}).tags;
    CHECK(show(after) == before);
    Changes both;
    both.patches.push_back({JobSeq{1}, bytes(1, 'x'), true, std::nullopt});
    both.patches.push_back({JobSeq{1}, bytes(1, 'y'), true, std::vector<std::string>{}});
    apply_completed(shard, both);
    CHECK(*read_one(shard, JobSeq{1})->record.payload == "y");
    CHECK(read_one(shard, JobSeq{1})->record.tags.empty());
    CHECK_FALSE(read_one(shard, JobSeq{2}));
}

TEST_CASE("a dead letter gets the contents that its job was given in the same turn",
          "[storage][R5][R17a]") {
    Shard shard;
    Changes changes;
    changes.added = {with_payload(JobSeq{1}, 10, 'a')};
    shard.apply(changes);
    Changes failing;
    failing.patches.push_back({JobSeq{1}, bytes(2, 'b'), false, std::nullopt});
    failing.added = {full_job(JobSeq{2})};
    failing.added.back().payload = nullptr;
    failing.added.back().payload_of = JobSeq{1};
    failing.patches.push_back({JobSeq{2}, nullptr, false, std::vector<std::string>{"letter"}});
    apply_completed(shard, failing);
    CHECK(*read_one(shard, JobSeq{2})->record.payload == "bb");
    CHECK(read_one(shard, JobSeq{2})->record.tags == std::vector<std::string>{"letter"});
}

TEST_CASE("a search finds jobs by tag, creation and error text, and stops when it has enough",
          "[storage][R17a][R29]") {
    Shard shard;
    Changes changes;
    std::vector<JobKey> keys;
    for (std::uint64_t i = 1; i <= 200; ++i) {
        JobRecord job = with_payload(JobSeq{i}, 10, 'a');
        job.created_ms = static_cast<TimeMs>(i);
        job.tags = {i % 3 == 0 ? "third" : "other"};
        changes.added.push_back(std::move(job));
        changes.outcomes.push_back(
            {JobSeq{i}, nullptr, "", i % 2 == 0 ? "Connection REFUSED" : "timed out"});
        keys.push_back({JobSeq{i}, kOutcomeRow});
    }
    shard.apply(changes);
    keys.push_back({JobSeq{999}, kOutcomeRow});  // Was removed meanwhile.
    const auto search = [&](const RowFilter& filter, std::size_t most) {
        auto found = search_jobs(shard.store, shard.id, keys, filter, most);
        REQUIRE(found.ok());
        return *found;
    };
    CHECK(search({.tag = "third"}, 1'000).passed.size() == 66);
    CHECK(search({.created_from_ms = 10, .created_before_ms = 20}, 1'000).passed.size() == 10);
    CHECK(search({.error_text = "connection refused"}, 1'000).passed.size() == 100);
    CHECK(search({.error_text = "connection  refused"}, 1'000).passed.empty());
    CHECK(search({.tag = "third", .error_text = "TIMED"}, 1'000).passed.size() == 33);
    CHECK(search({.tag = "third"}, 1'000).looked_at == keys.size());
    const auto few = search({.tag = "third"}, 2);
    CHECK(few.passed == std::vector<std::size_t>{2, 5});
    CHECK(few.looked_at == 6);
}
