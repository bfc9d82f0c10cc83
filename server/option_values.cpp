// Texts to values.
#include "option_row.h"

#include <charconv>
#include <map>
#include <stdexcept>
#include <utility>

namespace swarmq {

void bad_value(const std::string& name, const std::string& value, const std::string& right) {
    throw std::runtime_error(name + ": \"" + value + "\" is not " + right);
}

std::uint64_t parse_number(const std::string& name, const std::string& value, std::uint64_t max) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc{} || end != value.data() + value.size() || number > max || value.empty())
        bad_value(name, value, "a number in 0.." + std::to_string(max));
    return number;
}

bool parse_bool(const std::string& name, const std::string& value) {
    if (value == "true" || value == "1") return true;
    if (value == "false" || value == "0") return false;
    bad_value(name, value, "true or false");
}

std::uint64_t parse_bytes(const std::string& name, std::string value) {
    std::uint64_t unit = 1;
    static const std::map<char, std::uint64_t> kUnits{{'k', 1ULL << 10}, {'M', 1ULL << 20}, {'G', 1ULL << 30}};
    if (!value.empty())
        if (const auto found = kUnits.find(value.back()); found != kUnits.end()) {
            unit = found->second;
            value.pop_back();
        }
    return parse_number(name, value, (1ULL << 50) / unit) * unit;
}

DurationMs parse_duration(const std::string& name, const std::string& value) {
    static const std::pair<std::string, DurationMs> kUnits[] = {{"ms", 1}, {"s", 1'000}, {"m", 60'000}};
    for (const auto& [suffix, unit_ms] : kUnits)
        if (value.size() > suffix.size() && value.ends_with(suffix)) {
            const auto digits = value.substr(0, value.size() - suffix.size());
            if (digits.find_first_not_of("0123456789") == std::string::npos)
                return static_cast<DurationMs>(parse_number(name, digits, 86'400'000)) * unit_ms;
        }
    return static_cast<DurationMs>(parse_number(name, value, 86'400'000));
}

void parse_address(const std::string& name, const std::string& value, std::string& host,
                   std::uint16_t& port) {
    const auto colon = value.rfind(':');
    if (colon == std::string::npos) bad_value(name, value, "HOST:PORT, for example 127.0.0.1:6410");
    host = value.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    port = static_cast<std::uint16_t>(parse_number(name, value.substr(colon + 1), 65'535));
}

}  // namespace swarmq
