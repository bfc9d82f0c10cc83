// Weighted means, and the bounds of what is held ahead.
#include "prefetch.h"

#include <algorithm>

namespace swarmq::inline sdk {
namespace {

constexpr std::int64_t kWeight = 16;
// A large payload is remembered for the next few hundred jobs.
constexpr std::size_t kPayloadWeight = 64;
// Longer ones are stalls of the disk, for which no work need be kept.
constexpr std::int64_t kTurnNsMax = Prefetch::kShortNs;

// Never 0, which means that nothing is known.
std::int64_t mean_with(std::int64_t mean, std::int64_t value) {
    return std::max<std::int64_t>(mean == 0 ? value : mean + (value - mean) / kWeight, 1);
}

}  // namespace

void Prefetch::note_handler(std::int64_t ns) {
    handler_ns_ = mean_with(handler_ns_, ns);
}

void Prefetch::note_turn(std::int64_t ns) {
    turn_ns_ = mean_with(turn_ns_, std::min(ns, kTurnNsMax));
}

void Prefetch::note_payload(std::size_t bytes) {
    payload_bytes_ =
        std::max({bytes, payload_bytes_ - payload_bytes_ / kPayloadWeight, std::size_t{1}});
}

void Prefetch::note_waited(std::int64_t ns) {
    handler_ns_ = std::max(handler_ns_, ns);
}

std::size_t Prefetch::jobs_wanted(std::size_t at_once) const {
    if (handler_ns_ == 0 || handler_ns_ >= kShortNs) return at_once;
    if (!ahead_max_) return 2 * at_once;
    const auto turns_work =
        static_cast<std::size_t>(2 * turn_ns_) * at_once / static_cast<std::size_t>(handler_ns_);
    const std::size_t worthwhile = std::min(turns_work, kAheadBytes / payload_bytes_);
    return at_once + std::min(*ahead_max_, std::max(at_once, worthwhile));
}

}  // namespace swarmq::inline sdk
