// One option of the daemon, and how values are read: what the tables of options are made of. Readers throw
// std::runtime_error with one clear line that names the option, the value and what would be right.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "options.h"

namespace swarmq {

struct OptionRow {
    std::string name;  // In a file and, with dashes, as a flag; SWARMQD_NAME in the environment.
    std::string otherwise;
    std::string help;
    bool is_switch;
    std::function<void(const std::string&, Options&)> set;
    bool is_reloadable = false;  // SIGHUP takes a new value up.
};

// The options of alerts (R30).
std::vector<OptionRow> alert_options();

[[noreturn]] void bad_value(const std::string& name, const std::string& value, const std::string& right);
std::uint64_t parse_number(const std::string& name, const std::string& value, std::uint64_t max);
bool parse_bool(const std::string& name, const std::string& value);
// A number with a unit: bytes with k, M, G (powers of 1024).
std::uint64_t parse_bytes(const std::string& name, std::string value);
// Milliseconds, or a number with ms, s, m.
DurationMs parse_duration(const std::string& name, const std::string& value);
// HOST:PORT; an IPv6 address stands in brackets.
void parse_address(const std::string& name, const std::string& value, std::string& host,
                   std::uint16_t& port);

}  // namespace swarmq
