// How long many things took, in a fixed and small memory: counts in buckets that grow with what they hold.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "model/ids.h"

namespace swarmq::engine {

// Eight buckets for each doubling, from 1 ms to two years: the middle of a bucket is off by at most 4.4 % of any
// value in it, and by half a millisecond where rounding counts; what is longer counts as two years.
class LogHistogram {
  public:
    static constexpr std::size_t kOctaves = 36;
    static constexpr std::size_t kPerOctave = 8;
    static constexpr std::size_t kBuckets = 1 + kOctaves * kPerOctave;

    void record(DurationMs ms) { ++counts_[bucket(ms)]; }
    void add(const LogHistogram& other);
    void clear() { counts_.fill(0); }

    // The value that so many in a thousand of those recorded are not above; 0 when there are none.
    DurationMs percentile(unsigned permille) const;

    static std::size_t bucket(DurationMs ms);
    // The smallest whole value of a bucket.
    static DurationMs floor_of(std::size_t bucket);

  private:
    std::array<std::uint32_t, kBuckets> counts_{};
};

}  // namespace swarmq::engine
