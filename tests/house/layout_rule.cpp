// Compares names with the lists of what the house has and what it does not want.
#include "house/layout_rule.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace swarmq::house {
namespace {

constexpr std::array<std::string_view, 12> kTopLevel = {"CMakeLists.txt", "CMakePresets.json",
                                                        "CHANGELOG.md",   "LICENSE",
                                                        "README.md",      "build",
                                                        "client",         "deploy",
                                                        "proto",          "server",
                                                        "storage",        "tests"};

constexpr std::array<std::string_view, 6> kDrawers = {"common",  "util", "utils",
                                                      "helpers", "misc", "shared"};

bool is_snake_case(std::string_view name) {
    return std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '_' || c == '.';
    });
}

std::vector<std::string_view> parts_of(std::string_view path) {
    std::vector<std::string_view> parts;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/'), path.size());
        parts.push_back(path.substr(0, end));
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return parts;
}

}  // namespace

Findings check_top_level(const std::vector<std::string>& names) {
    Findings findings;
    for (const std::string& name : names) {
        const bool is_tool_file = name.starts_with('.') || name == "compile_commands.json";
        const bool is_known = std::count(kTopLevel.begin(), kTopLevel.end(), name) > 0;
        if (!is_tool_file && !is_known) {
            findings.push_back({name, 1,
                                "does not belong at the top level; put it into the folder whose "
                                "part it is"});
        }
    }
    return findings;
}

Findings check_path(const SourceFile& file) {
    Findings findings;
    const std::vector<std::string_view> parts = parts_of(file.path);
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        if (std::count(kDrawers.begin(), kDrawers.end(), parts[i]) > 0) {
            findings.push_back({file.path, 1,
                                "a folder '" + std::string(parts[i]) +
                                    "' says nothing; a helper lives with its user until there is "
                                    "a second one"});
        }
    }
    const bool is_source = is_cpp(file.path) || file.path.ends_with(".proto");
    if (is_source && !is_snake_case(parts.back())) {
        findings.push_back({file.path, 1, "file names are snake_case"});
    }
    return findings;
}

}  // namespace swarmq::house
