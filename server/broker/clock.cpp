// The only place that reads a clock.
#include "broker/clock.h"

#include <algorithm>

namespace swarmq::broker {
namespace {

TimeMs wall_ms() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace

Clock::Clock(TimeMs not_before_ms)
    : start_(Steady::now()), start_ms_(std::max(wall_ms(), not_before_ms)) {}

TimeMs Clock::now_ms() const {
    using namespace std::chrono;
    return start_ms_ + duration_cast<milliseconds>(Steady::now() - start_).count();
}

DurationMs Clock::wall_offset_ms() const { return wall_ms() - now_ms(); }

Clock::Steady::time_point Clock::when(TimeMs time_ms) const {
    return start_ + std::chrono::milliseconds(time_ms - start_ms_);
}

}  // namespace swarmq::broker
