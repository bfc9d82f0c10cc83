// One table of options serves flags, environment, file, help and --print-config.
#include "options.h"

#include "option_row.h"

#include <CLI/CLI.hpp>
#include <toml++/toml.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <optional>
#include <stdexcept>

namespace swarmq {
namespace {

void parse_listen(const std::string& value, Options& options) {
    parse_address("listen", value, options.host, options.port);
}

// Known only when all options are: see settle_http().
void parse_http_listen(const std::string& value, Options& options) {
    if (value == "auto") return;
    if (value.empty())
        options.http_host.clear();
    else
        parse_address("http_listen", value, options.http_host, options.http_port);
}

// Daemons that do not care for their port, as those of tests, must not meet at this one.
void settle_http(Options& options) {
    const bool is_free = options.is_dev || options.port == 0;
    if (options.sources.at("http_listen").value == "auto" && is_free) options.http_port = 0;
}

void parse_durability(const std::string& value, Options& options) {
    if (value == "sync") options.durability = DurabilityMode::Sync;
    else if (value == "periodic") options.durability = DurabilityMode::Periodic;
    else if (value == "memory") options.durability = DurabilityMode::Memory;
    else bad_value("durability", value, "sync, periodic or memory");
}

// Keys of the file's table [alerts] are options that begin so.
constexpr const char* kAlertsTable = "alerts";

std::vector<OptionRow> with_alerts(std::vector<OptionRow> rows) {
    for (auto& row : alert_options()) rows.push_back(std::move(row));
    return rows;
}

const std::vector<OptionRow>& table() {
    static const std::vector<OptionRow> rows = with_alerts({
        {"data_dir", "/var/lib/swarmq", "Directory of everything that is stored", false,
         [](const std::string& value, Options& o) { o.data_dir = value; }},
        {"listen", "127.0.0.1:6410", "HOST:PORT to listen on; port 0 chooses a free one", false,
         parse_listen},
        {"http_listen", "auto",
         "HOST:PORT of /metrics, /livez and /readyz; empty: none; auto: 127.0.0.1:6411, or any free port "
         "with --dev or a listen port of 0",
         false, parse_http_listen},
        {"durability", "sync",
         "sync: an answer survives a power cut; periodic: it survives the daemon, a power cut may cost "
         "the last sync_every; memory: nothing survives",
         false, parse_durability},
        {"sync_every", "100ms", "With periodic: how often the log is synced", false,
         [](const std::string& value, Options& o) {
             o.sync_every_ms = parse_duration("sync_every", value);
             if (o.sync_every_ms < 1) bad_value("sync_every", value, "at least 1ms");
         }},
        {"dev", "false", "For trying out: a temporary directory, removed at the end", true,
         [](const std::string& value, Options& o) { o.is_dev = parse_bool("dev", value); }},
        {"ephemeral", "false", "The same as --durability memory", true,
         [](const std::string& value, Options& o) {
             if (parse_bool("ephemeral", value)) o.durability = DurabilityMode::Memory;
         }},
        {"insecure", "false", "Allow an address that other machines can reach, without authentication",
         true,
         [](const std::string& value, Options& o) { o.is_insecure = parse_bool("insecure", value); }},
        {"connections_max", "10000", "More connections than this are closed at once", false,
         [](const std::string& value, Options& o) {
             o.connections_max = parse_number("connections_max", value, 1'000'000);
         },
         true},
        {"stop_timeout", "10s",
         "How long a stop waits for what is under way: requests that had arrived, and clients that read "
         "their answers",
         false,
         [](const std::string& value, Options& o) {
             o.stop_timeout_ms = parse_duration("stop_timeout", value);
         }},
        {"disk_reserve", "auto",
         "Adds are refused below this much free space, in bytes or with k, M, G; auto: the larger of 1G "
         "and 5 % of the disk; 0: never",
         false,
         [](const std::string& value, Options& o) {
             if (value != "auto") o.disk_reserve_bytes = parse_bytes("disk_reserve", value);
         },
         true},
        {"backup_dir", "", "Directory below which `swarm backup` makes its own; empty: no backups", false,
         [](const std::string& value, Options& o) { o.backup_dir = value; }},
        {"maintenance_rate", "64M",
         "What a backup copies and a verification reads in a second at most, in bytes or with k, M, G; 0: "
         "as fast as it goes",
         false,
         [](const std::string& value, Options& o) {
             o.maintenance_rate_bytes = parse_bytes("maintenance_rate", value);
         }},
        {"log_level", "info", "debug, info, warning or error", false,
         [](const std::string& value, Options& o) {
             if (!parse_log_level(value, o.log_level))
                 bad_value("log_level", value, "debug, info, warning or error");
         },
         true},
    });
    return rows;
}

std::string flag_of(const OptionRow& row) {
    std::string flag = "--" + row.name;
    std::replace(flag.begin() + 2, flag.end(), '_', '-');
    return flag;
}

std::string variable_of(const OptionRow& row) {
    std::string variable = "SWARMQD_" + row.name;
    for (char& c : variable) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return variable;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i - 1] != b[j - 1] ? 1 : 0);
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
        }
    }
    return row.back();
}

std::string nearest_name(const std::string& name) {
    const auto closest = std::min_element(table().begin(), table().end(), [&](const auto& a, const auto& b) {
        return edit_distance(a.name, name) < edit_distance(b.name, name);
    });
    return closest->name;
}

std::string to_text(const std::string& file, const std::string& key, const toml::node& node) {
    if (const auto text = node.value_exact<std::string>()) return *text;
    if (const auto flag = node.value_exact<bool>()) return *flag ? "true" : "false";
    if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
    throw std::runtime_error(file + ": " + key + " must be a text, a number, or true or false");
}

std::map<std::string, std::string> read_file(const std::string& file) {
    std::map<std::string, std::string> values;
    try {
        const toml::table parsed = toml::parse_file(file);
        const auto read = [&](const std::string& name, const toml::node& node) {
            const bool is_known = std::any_of(table().begin(), table().end(),
                                              [&](const OptionRow& row) { return row.name == name; });
            if (!is_known)
                throw std::runtime_error(file + ": unknown key \"" + name + "\"; did you mean \"" +
                                         nearest_name(name) + "\"?");
            values[name] = to_text(file, name, node);
        };
        for (const auto& [key, node] : parsed) {
            const std::string name(key.str());
            if (name != kAlertsTable || !node.is_table()) {
                read(name, node);
                continue;
            }
            for (const auto& [inner, value] : *node.as_table())
                read(name + "_" + std::string(inner.str()), value);
        }
    } catch (const toml::parse_error& error) {
        throw std::runtime_error(file + ":" + std::to_string(error.source().begin.line) + ": " +
                                 std::string(error.description()));
    }
    return values;
}

void check_environment() {
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text(*entry);
        const std::string variable = text.substr(0, text.find('='));
        if (!variable.starts_with("SWARMQD_") || variable == "SWARMQD_CONFIG") continue;
        const bool is_known = std::any_of(table().begin(), table().end(), [&](const OptionRow& row) {
            return variable_of(row) == variable;
        });
        if (is_known) continue;
        std::string name = variable.substr(8);
        for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        const std::string nearest = nearest_name(name);
        for (const auto& row : table())
            if (row.name == nearest)
                throw std::runtime_error("environment: unknown variable " + variable +
                                         "; did you mean " + variable_of(row) + "?");
    }
}

struct Arguments {
    std::map<std::string, std::string> values;
    std::string config;
    std::string config_source;
    std::string command;
    bool wants_config = false;
    bool wants_version = false;
};

Arguments parse_arguments(int argc, char** argv) {
    CLI::App app{"swarmqd: the swarmq job queue daemon"};
    app.footer("Each option may also be set as SWARMQD_NAME in the environment or as a key of the TOML\n"
               "file given by --config or SWARMQD_CONFIG; a flag wins over the environment, and that over\n"
               "the file. See deploy/README.md.");
    Arguments arguments;
    std::map<std::string, bool> switches;
    for (const OptionRow& row : table()) {
        if (row.is_switch)
            app.add_flag(flag_of(row), switches[row.name], row.help);
        else
            app.add_option(flag_of(row), arguments.values[row.name], row.help)->default_str(row.otherwise);
    }
    app.add_option("--config", arguments.config, "A TOML file with these options");
    app.add_flag("--print-config", arguments.wants_config,
                 "Print each option, its value and where it came from, and exit");
    app.add_flag("--version", arguments.wants_version, "Print the version and exit");
    const auto verify = app.add_subcommand("verify", "Check everything that is stored, with the daemon down");
    const auto repair = app.add_subcommand("repair", "Set aside what cannot be read, and accept the rest");
    verify->fallthrough();
    repair->fallthrough();
    app.require_subcommand(0, 1);
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp& help) {
        std::exit(app.exit(help));
    } catch (const CLI::ParseError& error) {
        throw std::runtime_error(std::string(error.what()) + " (see swarmqd --help)");
    }
    std::erase_if(arguments.values, [&](const auto& entry) {
        std::string flag = "--" + entry.first;
        std::replace(flag.begin() + 2, flag.end(), '_', '-');
        return app.count(flag) == 0;
    });
    for (const auto& [name, is_on] : switches)
        if (is_on) arguments.values[name] = "true";
    if (verify->parsed()) arguments.command = "verify";
    if (repair->parsed()) arguments.command = "repair";
    return arguments;
}

}  // namespace

Options parse_options(int argc, char** argv) {
    Arguments arguments = parse_arguments(argc, argv);
    if (const char* const config = std::getenv("SWARMQD_CONFIG"); config && arguments.config.empty())
        arguments.config = config;
    const auto file = arguments.config.empty() ? std::map<std::string, std::string>()
                                               : read_file(arguments.config);
    check_environment();
    Options options;
    for (const OptionRow& row : table()) {
        Options::Source chosen{row.otherwise, "default"};
        if (const auto found = file.find(row.name); found != file.end())
            chosen = {found->second, "file " + arguments.config};
        if (const char* const value = std::getenv(variable_of(row).c_str()))
            chosen = {value, "environment " + variable_of(row)};
        if (const auto found = arguments.values.find(row.name); found != arguments.values.end())
            chosen = {found->second, "flag " + flag_of(row)};
        row.set(chosen.value, options);
        options.sources[row.name] = chosen;
    }
    settle_http(options);
    options.arguments.assign(argv, argv + argc);
    options.command = arguments.command;
    options.wants_config = arguments.wants_config;
    options.wants_version = arguments.wants_version;
    return options;
}

Options parse_again(const Options& options) {
    std::vector<std::string> arguments = options.arguments;
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    return parse_options(static_cast<int>(argv.size()), argv.data());
}

bool is_reloadable(const std::string& name) {
    return std::any_of(table().begin(), table().end(), [&](const OptionRow& row) {
        return row.name == name && row.is_reloadable;
    });
}

std::string describe(const Options& options) {
    std::string text;
    for (const OptionRow& row : table()) {
        const auto& source = options.sources.at(row.name);
        text += row.name + " = " + source.value + "  (" + source.source + ")\n";
    }
    return text;
}

}  // namespace swarmq
