// The worked example of storage/README.md.
#include <catch2/catch.hpp>

#include "disk_shard.h"

using namespace swarmq;
using namespace swarmq::storage;

namespace {

// The bytes of "00 0b ff".
std::string from_hexadecimal(const std::string& text) {
    std::string bytes;
    for (std::size_t at = 0; at + 1 < text.size(); at += 3)
        bytes += static_cast<char>(std::stoi(text.substr(at, 2), nullptr, 16));
    return bytes;
}

}  // namespace

TEST_CASE("the format page's example is what is stored", "[storage]") {
    JobClass job_class;
    job_class.queue = QueueId{1};
    job_class.name = "embed";
    job_class.attempts_max = 3;
    job_class.keep_completed = {};
    job_class.keep_failed = {};
    Changes changes;
    JobRecord& job = changes.added.emplace_back();
    job.seq = JobSeq{with_epoch(Epoch{3}, 1041)};
    job.job_class = std::make_shared<JobClass>(job_class);
    job.created_ms = job.rank_when_ms = 1'700'000'000'000;
    job.payload = std::make_shared<const std::string>("{}");
    Batch batch;
    Encoder{ShardId{0}}.encode(changes, batch);
    CHECK(batch.bytes() ==
          from_hexadecimal("00 0b 00 00 20 00 00 03 00 00 00 04 11 1f "
                           "1c 0a 11 08 01 12 05 65 6d 62 65 64 18 03 50 01 5a 00 62 00 "
                           "10 80 d0 95 ff bc 31 18 02 7b 7d"));
}
