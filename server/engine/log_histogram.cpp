// Finds buckets with whole numbers alone.
#include "engine/log_histogram.h"

#include <algorithm>
#include <bit>

namespace swarmq::engine {
namespace {

// 2^(i/8) * 2^63: where the buckets of an octave begin, with the highest bit of a value moved to the top.
constexpr std::uint64_t kStarts[LogHistogram::kPerOctave] = {
    0x8000000000000000ULL, 0x8b95c1e3ea8bd6e7ULL, 0x9837f0518db8a970ULL, 0xa5fed6a9b15138ebULL,
    0xb504f333f9de6485ULL, 0xc5672a115506dadeULL, 0xd744fccad69d6af5ULL, 0xeac0c6e7dd24392fULL};

// What stands for all values of a bucket: as far below its last value as above its first, in parts of them.
DurationMs middle_of(std::size_t bucket) {
    const auto first = static_cast<double>(LogHistogram::floor_of(bucket));
    const bool is_last = bucket + 1 == LogHistogram::kBuckets;
    const double last =
        is_last ? first : static_cast<double>(LogHistogram::floor_of(bucket + 1) - 1);
    if (last <= first) return static_cast<DurationMs>(first);
    return static_cast<DurationMs>(2 * first * last / (first + last) + 0.5);
}

}  // namespace

std::size_t LogHistogram::bucket(DurationMs ms) {
    if (ms <= 0) return 0;
    const auto value = static_cast<std::uint64_t>(ms);
    const auto octave = static_cast<std::size_t>(std::bit_width(value)) - 1;
    if (octave >= kOctaves) return kBuckets - 1;
    const std::uint64_t moved = value << (63 - octave);
    std::size_t part = 0;
    while (part + 1 < kPerOctave && moved >= kStarts[part + 1]) ++part;
    return 1 + octave * kPerOctave + part;
}

DurationMs LogHistogram::floor_of(std::size_t bucket) {
    if (bucket == 0) return 0;
    const std::size_t octave = (bucket - 1) / kPerOctave;
    const std::size_t shift = 63 - octave;
    const std::uint64_t start = kStarts[(bucket - 1) % kPerOctave];
    const bool is_whole = (start & ((std::uint64_t{1} << shift) - 1)) == 0;
    return static_cast<DurationMs>((start >> shift) + (is_whole ? 0 : 1));
}

void LogHistogram::add(const LogHistogram& other) {
    for (std::size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
}

DurationMs LogHistogram::percentile(unsigned permille) const {
    std::uint64_t all = 0;
    for (const auto count : counts_) all += count;
    if (all == 0) return 0;
    const std::uint64_t wanted = std::max<std::uint64_t>(1, (all * permille + 999) / 1000);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
        seen += counts_[i];
        if (seen >= wanted) return middle_of(i);
    }
    return 0;
}

}  // namespace swarmq::engine
