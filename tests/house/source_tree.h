// The files of the source tree as the house rules see them, and what a rule says about one.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace swarmq::house {

struct SourceFile {
    std::string path;  // From the root of the tree, with slashes: `server/engine/engine.cpp`.
    std::string text;
};

struct Finding {
    std::string path;
    std::size_t line = 1;
    std::string message;  // What is wrong and what would be right.
};

using Findings = std::vector<Finding>;

// Every file that people write: sources, protos, build files, scripts, pages. Build output, hidden
// folders but `.ci`, and files that are no text are left out. Sorted by path.
std::vector<SourceFile> read_tree(const std::filesystem::path& root);

// The names at the root itself, folders included.
std::vector<std::string> top_level_names(const std::filesystem::path& root);

// One finding a line: `path:line: message`.
std::string to_text(const Findings& findings);

void append(Findings& to, Findings more);

std::vector<std::string_view> lines_of(std::string_view text);

// The number of the line that holds this offset, from 1.
std::size_t line_at(std::string_view text, std::size_t offset);

bool is_cpp(std::string_view path);

// True in the folder of the house rules, whose own text has to spell out what it looks for.
bool is_house(std::string_view path);

}  // namespace swarmq::house
