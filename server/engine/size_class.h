// How large a job is when it is delivered, in three bits: what one turn hands to a worker has a bound in
// bytes, and payloads are not in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>

#include "engine/limits.h"

namespace swarmq::engine {

// Names, numbers and the frame around a payload take no more than this.
inline constexpr std::size_t kDeliveryOverheadBytes = 512;
inline constexpr std::size_t kContentBytesMax =
    kPayloadBytesMax + 2 * kHeaderBytesMax + kTagsMax * kNameBytesMax;

// The upper bounds of the classes, content and overhead.
inline constexpr std::size_t kSizeClassBytes[] = {
    1024,      2 * 1024,   4 * 1024, 16 * 1024,
    64 * 1024, 256 * 1024, kContentBytesMax + kDeliveryOverheadBytes};
inline constexpr std::uint8_t kLargestSizeClass = std::size(kSizeClassBytes) - 1;
static_assert(kLargestSizeClass < 8);
static_assert(kSizeClassBytes[kLargestSizeClass] <= kDeliveredBytesPerTurnMax);
// A checkpoint's bytes are counted with the job's.
static_assert(2 * (kSizeClassBytes[kLargestSizeClass] + kCheckpointBytesMax) <= 5 * 1024 * 1024);

constexpr std::uint8_t size_class(std::size_t content_bytes) {
    std::uint8_t found = 0;
    while (found < kLargestSizeClass &&
           kSizeClassBytes[found] < content_bytes + kDeliveryOverheadBytes)
        ++found;
    return found;
}

}  // namespace swarmq::engine
