// Reads zones with Abseil, which follows a zone's rules past the last year its file lists.
#include "broker/time_zones.h"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace swarmq::broker {
namespace {

class LoadedZone : public engine::Zone {
  public:
    explicit LoadedZone(absl::TimeZone zone) : zone_(zone) {}

    engine::ZonePeriod at(std::int64_t utc_s) const override {
        const absl::Time instant = absl::FromUnixSeconds(utc_s);
        engine::ZonePeriod period;
        period.offset_s = zone_.At(instant).offset;
        absl::TimeZone::CivilTransition next;
        if (zone_.NextTransition(instant, &next))
            period.until_s = next.from - absl::CivilSecond(1970, 1, 1) - period.offset_s;
        return period;
    }

  private:
    absl::TimeZone zone_;
};

bool is_zone_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+' || c == '/';
}

// The library keeps every name it was asked for, known or not, so it is asked only for files that exist.
bool is_installed(std::string_view name) {
    if (name.empty() || name.size() > 64 || name.front() == '/' || name.starts_with("right/") ||
        !std::all_of(name.begin(), name.end(), is_zone_character))
        return false;
    const char* const directory = std::getenv("TZDIR");
    std::error_code ignored;
    return std::filesystem::is_regular_file(
        std::filesystem::path(directory ? directory : "/usr/share/zoneinfo") / name, ignored);
}

}  // namespace

std::shared_ptr<const engine::Zone> TimeZones::find(std::string_view name) const {
    absl::TimeZone zone;
    if (!is_installed(name) || !absl::LoadTimeZone(std::string(name), &zone)) return nullptr;
    return std::make_shared<const LoadedZone>(zone);
}

}  // namespace swarmq::broker
