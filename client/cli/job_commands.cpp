// Reads handlers files and looks programs up, so that a wrong name costs no job an attempt.
#include "job_commands.h"

#include "input.h"
#include "values.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <cstdlib>
#include <sstream>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace swarmq::cli {
namespace {

constexpr std::size_t kFileBytesMax = 1024 * 1024;

bool can_run(const std::string& path) {
    return ::access(path.c_str(), X_OK) == 0;
}

void check_program(const std::string& program) {
    if (program.find('/') != std::string::npos) {
        if (can_run(program)) return;
        throw UsageError(fmt::format("cannot run '{}': there is no such program", program));
    }
    const char* const variable = std::getenv("PATH");
    std::string_view path = variable != nullptr ? variable : "/bin:/usr/bin";
    while (!path.empty()) {
        const std::size_t end = std::min(path.find(':'), path.size());
        const std::string_view folder = end == 0 ? "." : path.substr(0, end);
        if (can_run(fmt::format("{}/{}", folder, program))) return;
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    throw UsageError(fmt::format("cannot run '{}': no folder of PATH has such a program", program));
}

CommandLine to_command(const std::string& where, const toml::node& node) {
    if (const auto text = node.value_exact<std::string>(); text && !text->empty()) {
        return {"/bin/sh", "-c", *text};
    }
    CommandLine command;
    if (const toml::array* parts = node.as_array()) {
        for (const toml::node& part : *parts) {
            const auto text = part.value_exact<std::string>();
            if (!text) throw UsageError(where + ": each part of a command must be a text");
            command.push_back(*text);
        }
    }
    if (command.empty()) {
        throw UsageError(where +
                         " must be \"command for the shell\" or [\"program\", \"argument\"]");
    }
    check_program(command.front());
    return command;
}

toml::table parse_toml(const std::string& file) {
    try {
        return toml::parse(read_all("--handlers", file, kFileBytesMax), file);
    } catch (const toml::parse_error& error) {
        throw UsageError(fmt::format("--handlers: {}:{}: {}", file, error.source().begin.line,
                                     error.description()));
    }
}

}  // namespace

JobCommands JobCommands::for_all(CommandLine command) {
    check_program(command.front());
    JobCommands commands;
    commands.otherwise_ = std::move(command);
    return commands;
}

JobCommands JobCommands::from_file(const std::string& file) {
    const toml::table table = parse_toml(file);
    JobCommands commands;
    for (const auto& [key, node] : table) {
        const std::string name(key.str());
        CommandLine command = to_command(
            fmt::format("--handlers: {}:{}: {}", file, node.source().begin.line, name), node);
        (name == "*" ? commands.otherwise_ : commands.by_name_[name]) = std::move(command);
    }
    if (table.empty()) {
        throw UsageError(
            fmt::format("--handlers: {} names no job; a line is: job-name = \"command\"", file));
    }
    return commands;
}

const CommandLine* JobCommands::find(const std::string& job_name) const {
    const auto found = by_name_.find(job_name);
    if (found != by_name_.end()) return &found->second;
    return otherwise_.empty() ? nullptr : &otherwise_;
}

std::string JobCommands::names() const {
    std::vector<std::string_view> names;
    for (const auto& [name, command] : by_name_) names.push_back(name);
    if (!otherwise_.empty()) names.push_back("*");
    return fmt::format("{}", fmt::join(names, " "));
}

}  // namespace swarmq::cli
