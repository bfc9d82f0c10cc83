// The time of an add inside the payload of its job, so that a handler of the same process can tell
// how long the job was on its way.
#pragma once

#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace swarmq::cli {

using BenchClock = std::chrono::steady_clock;

// Filled up with spaces: still the JSON number that it is.
inline std::string stamped_payload(BenchClock::time_point now, std::uint64_t bytes) {
    std::string payload = std::to_string(now.time_since_epoch().count());
    if (payload.size() < bytes) payload.resize(bytes, ' ');
    return payload;
}

inline BenchClock::time_point stamp_of(std::string_view payload) {
    BenchClock::rep ticks = 0;
    std::from_chars(payload.data(), payload.data() + payload.size(), ticks);
    return BenchClock::time_point(BenchClock::duration(ticks));
}

}  // namespace swarmq::cli
