// How long things took, in a fixed and small space.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace swarmq::cli {

// Counts by size: 64 steps for each doubling, so a percentile is right to 1.6 %. Not thread safe:
// one for each thread, merged in the end.
class Latency {
  public:
    void record(std::chrono::nanoseconds took);
    void merge(const Latency& other);

    std::uint64_t count() const { return count_; }
    // The value that this share of all, 0..1, does not exceed, in microseconds; 0 without any.
    double percentile_us(double share) const;

  private:
    static constexpr int kStepBits = 6;
    static constexpr int kDoublings = 42;  // Up to an hour and more.

    static std::size_t slot_of(std::uint64_t ns);
    static double upper_ns(std::size_t slot);

    std::array<std::uint64_t, (kDoublings << kStepBits)> counts_{};
    std::uint64_t count_ = 0;
};

}  // namespace swarmq::cli
