// What the daemon can be told, and where each value came from: flag over environment over file over default.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "broker/alerts.h"
#include "model/ids.h"

namespace swarmq {

enum class DurabilityMode { Sync, Periodic, Memory };

struct Options {
    std::string data_dir = "/var/lib/swarmq";
    std::string host = "127.0.0.1";
    std::uint16_t port = 6410;
    DurabilityMode durability = DurabilityMode::Sync;
    DurationMs sync_every_ms = 100;
    bool is_dev = false;       // A temporary directory, removed at the end.
    bool is_insecure = false;  // Allows an address that others can reach, without authentication.
    LogLevel log_level = LogLevel::Info;
    std::size_t connections_max = 10'000;
    // Where /metrics and the rest stand; no host: nowhere.
    std::string http_host = "127.0.0.1";
    std::uint16_t http_port = 6411;
    DurationMs stop_timeout_ms = 10'000;
    std::string backup_dir;  // Empty: no backups.
    std::uint64_t maintenance_rate_bytes = 64 * 1024 * 1024;  // A second; 0: no bound.
    std::optional<std::uint64_t> disk_reserve_bytes;  // Nothing: as the disk's size says. 0: no watch.

    broker::AlertLimits alerts;

    std::vector<std::string> arguments;  // As the program was called.
    std::string command;  // "" to run; "verify" or "repair".
    bool wants_config = false;
    bool wants_version = false;

    // For each option its value and source, in words: "listen" -> {"127.0.0.1:6410", "default"}.
    struct Source {
        std::string value;
        std::string source;
    };
    std::map<std::string, Source> sources;
};

// Throws std::runtime_error with one clear line for a bad value, an unknown key (naming the nearest one),
// or a file that cannot be read. Prints help and exits for --help.
Options parse_options(int argc, char** argv);

// Reads the same arguments, environment and file once more.
Options parse_again(const Options& options);
// Whether a daemon that runs can take up a new value.
bool is_reloadable(const std::string& name);

// The options as people read them: a line each, with its source.
std::string describe(const Options& options);

}  // namespace swarmq
