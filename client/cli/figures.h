// Figures in few characters, for narrow columns.
#pragma once

#include <swarmq/metrics.h>

#include <cstdint>
#include <string>

namespace swarmq::cli {

// At most 5 characters: "12345", "123k", "4.5M".
std::string short_count(std::uint64_t count);
// At most 5 characters, rounded down: "850ms", "12.3s", "45m", "30h", "12d".
std::string short_duration(Milliseconds duration);
// "-" where nothing was measured, or there is no age.
std::string short_duration(const Durations& measured, Milliseconds duration);
std::string short_age(Milliseconds age);
// At most 5 characters: "0.04", "12.3", "4500"; "0" only for none.
std::string short_rate(double per_second);
// "2.4%", "100%"; "0%" only for none.
std::string short_percent(double part);

}  // namespace swarmq::cli
