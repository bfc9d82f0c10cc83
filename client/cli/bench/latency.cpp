// A histogram whose slots grow with the values.
#include "bench/latency.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace swarmq::cli {

// Below 64 a slot is one nanosecond; above, the six bits after the leading one choose among the 64
// slots of that doubling.
std::size_t Latency::slot_of(std::uint64_t ns) {
    if (ns < (1U << kStepBits)) return static_cast<std::size_t>(ns);
    const int shift = std::bit_width(ns) - 1 - kStepBits;
    const std::uint64_t step = (ns >> shift) & ((1U << kStepBits) - 1);
    const std::uint64_t slot = (static_cast<std::uint64_t>(shift + 1) << kStepBits) + step;
    return std::min<std::uint64_t>(slot, (kDoublings << kStepBits) - 1);
}

double Latency::upper_ns(std::size_t slot) {
    const auto shift = static_cast<int>(slot >> kStepBits);
    const auto step = static_cast<double>(slot & ((1U << kStepBits) - 1));
    if (shift == 0) return step;
    return std::ldexp((1U << kStepBits) + step + 1, shift - 1);
}

void Latency::record(std::chrono::nanoseconds took) {
    const auto ns = std::max<std::int64_t>(took.count(), 0);
    ++counts_[slot_of(static_cast<std::uint64_t>(ns))];
    ++count_;
}

void Latency::merge(const Latency& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
}

double Latency::percentile_us(double share) const {
    const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t slot = 0; slot < counts_.size(); ++slot) {
        seen += counts_[slot];
        if (counts_[slot] > 0 && seen >= wanted) return upper_ns(slot) / 1'000;
    }
    return 0;
}

}  // namespace swarmq::cli
