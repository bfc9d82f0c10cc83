// Twice in the manager's period.
#include "watchdog.h"

#include <chrono>
#include <string>
#include <utility>

#include "base/log.h"

namespace swarmq {

void Watchdog::start() {
    if (manager_.watchdog()) look();
}

void Watchdog::look() {
    const auto half = *manager_.watchdog() / 2;
    const DurationMs age_ms = commit_age_ms_();
    const bool is_well = std::chrono::milliseconds(age_ms) <= half;
    if (is_well) manager_.tell("WATCHDOG=1");
    if (std::exchange(is_fed_, is_well) && !is_well)
        log(LogLevel::Error, "a commit has been under way for " + std::to_string(age_ms) +
                                 " ms: the watchdog is not fed until it ends");
    timer_.expires_after(half);
    timer_.async_wait([this](error_code error) {
        if (!error) look();
    });
}

}  // namespace swarmq
