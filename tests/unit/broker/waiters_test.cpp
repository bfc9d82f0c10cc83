// Who waits for an end is told once; who asks late is told for a minute, in bounded memory.
#include "broker/waiters.h"

#include <catch2/catch.hpp>

#include <memory>
#include <string>

using namespace swarmq;
using namespace swarmq::broker;
using engine::EndedJob;

namespace {

constexpr QueueId kQueue{7};

EndedJob ended(std::uint64_t seq, bool is_stored, const std::string& result = "done") {
    EndedJob job;
    job.seq = JobSeq{seq};
    job.queue = kQueue;
    job.state = JobState::Completed;
    job.is_stored = is_stored;
    job.result = std::make_shared<const std::string>(result);
    return job;
}

bool is_known(const Waiters& waiters, std::uint64_t seq) {
    return waiters.find_recent(JobSeq{seq}) != nullptr;
}

}  // namespace

TEST_CASE("all who wait for a job are told of its end, once", "[broker][R10]") {
    Waiters waiters;
    int told = 0;
    const auto count = [&](const EndedJob* end) { told += end != nullptr && *end->result == "done"; };
    int owner = 0;
    waiters.wait(JobSeq{1}, 1'000, &owner, count);
    waiters.wait(JobSeq{1}, 2'000, &owner, count);
    waiters.wait(JobSeq{2}, 2'000, &owner, count);
    waiters.end(ended(1, true), 0);
    waiters.end(ended(1, true), 0);
    CHECK(told == 2);
    CHECK(waiters.size() == 1);
    CHECK(waiters.next_deadline() == 2'000);
}

TEST_CASE("a wait ends at its time, and with its owner", "[broker][R10]") {
    Waiters waiters;
    int timeouts = 0;
    const auto count = [&](const EndedJob* end) { timeouts += end == nullptr; };
    int stays = 0;
    int leaves = 0;
    waiters.wait(JobSeq{1}, 1'000, &stays, count);
    waiters.wait(JobSeq{1}, 1'000, &leaves, count);
    waiters.cancel_all(&leaves);
    waiters.advance(999);
    CHECK(timeouts == 0);
    waiters.advance(1'000);
    CHECK(timeouts == 1);
    CHECK(waiters.size() == 0);
}

TEST_CASE("the end of a removed job is known for a minute", "[broker][R10]") {
    Waiters waiters;
    EndedJob job = ended(1, false);
    job.chosen_id = "order-1";
    waiters.end(std::move(job), 500);
    waiters.advance(60'499);
    CHECK(is_known(waiters, 1));
    REQUIRE(waiters.find_recent(kQueue, "order-1"));
    CHECK(waiters.find_recent(QueueId{8}, "order-1") == nullptr);
    waiters.advance(60'500);
    CHECK_FALSE(is_known(waiters, 1));
    CHECK(waiters.find_recent(kQueue, "order-1") == nullptr);
}

TEST_CASE("ends of stored jobs push out no end of a removed one", "[broker][R10]") {
    Waiters waiters;
    const std::string large(1 << 20, 'x');
    waiters.end(ended(1, false), 0);
    for (std::uint64_t seq = 2; seq < 40; ++seq) waiters.end(ended(seq, true, large), 0);
    CHECK_FALSE(is_known(waiters, 2));
    CHECK(is_known(waiters, 39));
    for (std::uint64_t seq = 40; seq < 25'000; ++seq) waiters.end(ended(seq, true), 0);
    CHECK_FALSE(is_known(waiters, 40));
    CHECK(is_known(waiters, 1));
}

TEST_CASE("more than 20,000 removed jobs, or 16 MiB of their results, push out the oldest",
          "[broker][R10]") {
    Waiters waiters;
    for (std::uint64_t seq = 1; seq <= 20'001; ++seq) waiters.end(ended(seq, false), 0);
    CHECK_FALSE(is_known(waiters, 1));
    CHECK(is_known(waiters, 2));
    const std::string large(1 << 20, 'x');
    for (std::uint64_t seq = 30'000; seq < 30'016; ++seq) waiters.end(ended(seq, false, large), 0);
    CHECK_FALSE(is_known(waiters, 20'001));
    CHECK_FALSE(is_known(waiters, 30'000));
    CHECK(is_known(waiters, 30'001));
}

TEST_CASE("of an id that was used again the later end is known", "[broker][R10]") {
    Waiters waiters;
    const auto end = [&](std::uint64_t seq, bool is_stored) {
        EndedJob job = ended(seq, is_stored);
        job.chosen_id = "order-1";
        waiters.end(std::move(job), 0);
    };
    end(1, false);
    end(2, true);
    CHECK(waiters.find_recent(kQueue, "order-1")->seq == JobSeq{2});
    end(3, false);
    CHECK(waiters.find_recent(kQueue, "order-1")->seq == JobSeq{3});
}
