// Payloads in memory: which stay, which make room, and that bounds hold.
#include "broker/payload_window.h"

#include <catch2/catch.hpp>

#include <memory>
#include <string>

using namespace swarmq;
using namespace swarmq::broker;

namespace {

std::shared_ptr<const std::string> bytes(std::size_t count) {
    return std::make_shared<const std::string>(count, 'p');
}

JobRecord fresh(std::uint64_t seq, std::size_t payload_bytes) {
    JobRecord record;
    record.seq = JobSeq{seq};
    record.payload = bytes(payload_bytes);
    return record;
}

void read_ahead(PayloadWindow& window, std::uint64_t seq, std::size_t payload_bytes) {
    storage::DeliverableJob job;
    job.payload = bytes(payload_bytes);
    window.add_ahead(JobSeq{seq}, std::move(job));
}

bool is_here(const PayloadWindow& window, std::uint64_t seq) {
    return window.find(JobSeq{seq}) != nullptr;
}

}  // namespace

TEST_CASE("a full window keeps what it has, and wants no more fresh jobs", "[broker][R36]") {
    PayloadWindow window(10'000);
    window.add(fresh(1, 9'000));
    CHECK_FALSE(window.is_unwanted(fresh(1, 9'000)));
    window.add(fresh(2, 9'000));
    CHECK(window.is_unwanted(fresh(2, 9'000)));
    window.erase(JobSeq{2});
    CHECK_FALSE(is_here(window, 2));
    CHECK(is_here(window, 1));
    window.erase(JobSeq{1});
    CHECK(window.bytes() == 0);
}

TEST_CASE("jobs that were read ahead make room for those read later, and take none from fresh ones",
          "[broker][R36]") {
    PayloadWindow window(80'000);
    for (std::uint64_t seq = 1; seq <= 100; ++seq) read_ahead(window, seq, 1'000);
    CHECK(window.ahead_bytes() <= window.ahead_bytes_max());
    CHECK(window.bytes() == 0);
    CHECK_FALSE(is_here(window, 1));
    CHECK(is_here(window, 100));
    CHECK_FALSE(window.is_unwanted(fresh(101, 1'000)));
}

TEST_CASE("a job read ahead that stays while those behind it go has no part in the bound for ever",
          "[broker][R36]") {
    PayloadWindow window(80'000);
    read_ahead(window, 1, 10);
    for (std::uint64_t seq = 2; seq <= 10'000; ++seq) {
        read_ahead(window, seq, 10);
        window.erase(JobSeq{seq});
    }
    CHECK_FALSE(is_here(window, 1));
    CHECK(window.ahead_bytes() == 0);
}

TEST_CASE(
    "a job that changes while it is read ahead has its new contents, and its bytes are counted",
    "[broker][R17a]") {
    PayloadWindow window(80'000);
    read_ahead(window, 1, 1'000);
    const std::size_t before = window.ahead_bytes();
    JobPatch patch;
    patch.seq = JobSeq{1};
    patch.payload = bytes(3'000);
    window.patch(patch);
    CHECK(window.find(JobSeq{1})->payload->size() == 3'000);
    CHECK(window.ahead_bytes() == before + 2'000);
    window.replace(fresh(1, 10));
    CHECK(window.find(JobSeq{1})->payload->size() == 10);
    CHECK(window.ahead_bytes() == 0);
    // What was read and comes late changes nothing that is here.
    read_ahead(window, 1, 500);
    CHECK(window.find(JobSeq{1})->payload->size() == 10);
}
