// What the engine knows of time zones: how far the local clock is from UTC, and until when. The zones
// themselves are handed in, as the random seed is.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>

namespace swarmq::engine {

inline constexpr std::int64_t kForeverS = std::numeric_limits<std::int64_t>::max();
// No two places on earth are further apart, so no local clock ever jumps by more.
inline constexpr std::int64_t kClockJumpMaxS = 2 * 86'400;

// The local clock is `offset_s` ahead of UTC, before `until_s` (Unix seconds).
struct ZonePeriod {
    std::int64_t offset_s = 0;
    std::int64_t until_s = kForeverS;
};

// Thread rule: const and shared.
class Zone {
  public:
    virtual ~Zone() = default;
    // The period that holds the instant, Unix seconds. `until_s` is later than the instant.
    virtual ZonePeriod at(std::int64_t utc_s) const = 0;
};

class ZoneSource {
  public:
    virtual ~ZoneSource() = default;
    // Null when there is no zone of that name (IANA: "Europe/Berlin").
    virtual std::shared_ptr<const Zone> find(std::string_view name) const = 0;
};

}  // namespace swarmq::engine
