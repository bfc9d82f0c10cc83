// Rounds, and chooses the unit.
#include "figures.h"

#include <fmt/format.h>

namespace swarmq::cli {

std::string short_count(std::uint64_t count) {
    if (count < 100'000) return std::to_string(count);
    if (count < 1'000'000) return fmt::format("{}k", count / 1'000);
    if (count < 100'000'000)
        return fmt::format("{:.1f}M", static_cast<double>(count / 100'000) / 10);
    if (count < 10'000'000'000) return fmt::format("{}M", count / 1'000'000);
    return fmt::format("{}G", count / 1'000'000'000);
}

std::string short_duration(Milliseconds duration) {
    const auto ms = duration.count();
    const auto seconds = ms / 1'000;
    if (ms < 1'000) return fmt::format("{}ms", ms);
    if (seconds < 100) return fmt::format("{}.{}s", seconds, ms / 100 % 10);
    if (seconds < 6'000) return fmt::format("{}m", seconds / 60);
    if (seconds < 360'000) return fmt::format("{}h", seconds / 3'600);
    return fmt::format("{}d", seconds / 86'400);
}

std::string short_duration(const Durations& measured, Milliseconds duration) {
    return measured.count == 0 ? "-" : short_duration(duration);
}

std::string short_age(Milliseconds age) {
    return age.count() == 0 ? "-" : short_duration(age);
}

std::string short_rate(double per_second) {
    if (per_second <= 0) return "0";
    if (per_second < 0.01) return "<0.01";
    if (per_second < 10) return fmt::format("{:.2f}", per_second);
    if (per_second < 100) return fmt::format("{:.1f}", per_second);
    return short_count(static_cast<std::uint64_t>(per_second + 0.5));
}

std::string short_percent(double part) {
    const double percent = part * 100;
    if (percent <= 0) return "0%";
    if (percent < 0.1) return "<0.1%";
    return percent < 10 ? fmt::format("{:.1f}%", percent) : fmt::format("{:.0f}%", percent);
}

}  // namespace swarmq::cli
