// What the broker counts since its start, for operators. Owner: the loop's thread.
#pragma once

#include <array>
#include <cstdint>

namespace swarmq::broker {

// Commits by how long they took: below each bound, and above the last.
inline constexpr std::array<std::uint64_t, 11> kCommitBoundsUs{
    250, 500, 1'000, 2'500, 5'000, 10'000, 25'000, 100'000, 250'000, 1'000'000, 5'000'000};

struct Stats {
    std::uint64_t requests_total = 0;
    std::uint64_t delivered_total = 0;  // Jobs, to whoever had the session.
    std::uint64_t commits_total = 0;
    std::uint64_t commit_bytes_total = 0;
    std::uint64_t commit_us_total = 0;
    std::array<std::uint64_t, kCommitBoundsUs.size() + 1> commits_by_time{};

    void count_commit(std::uint64_t took_us, std::uint64_t bytes) {
        ++commits_total;
        commit_us_total += took_us;
        commit_bytes_total += bytes;
        std::size_t bucket = 0;
        while (bucket < kCommitBoundsUs.size() && took_us > kCommitBoundsUs[bucket]) ++bucket;
        ++commits_by_time[bucket];
    }
};

}  // namespace swarmq::broker
