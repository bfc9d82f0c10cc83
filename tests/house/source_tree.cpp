// Reads the source tree once, in a fixed order.
#include "house/source_tree.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

namespace swarmq::house {
namespace fs = std::filesystem;

namespace {

bool is_left_out(const fs::path& name) {
    const std::string text = name.string();
    return text == "build" || (text.starts_with('.') && text != ".ci");
}

bool is_read(const fs::path& relative) {
    const std::string extension = relative.extension().string();
    if (extension.empty()) {
        const std::string first = relative.begin()->string();
        return first == "deploy" || first == ".ci" || first == "tests" || first == "client";
    }
    for (const char* known : {".h", ".cpp", ".proto", ".txt", ".md", ".sh", ".cmake", ".toml",
                              ".yml", ".yaml", ".service", ".in"}) {
        if (extension == known) {
            return true;
        }
    }
    return false;
}

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void read_folder(const fs::path& root, const fs::path& folder, std::vector<SourceFile>& files) {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
        if (is_left_out(entry.path().filename()) || entry.is_symlink()) {
            continue;
        }
        if (entry.is_directory()) {
            read_folder(root, entry.path(), files);
        } else if (const fs::path relative = entry.path().lexically_relative(root);
                   is_read(relative)) {
            files.push_back({relative.generic_string(), read_file(entry.path())});
        }
    }
}

}  // namespace

std::vector<SourceFile> read_tree(const fs::path& root) {
    std::vector<SourceFile> files;
    read_folder(root, root, files);
    std::sort(files.begin(), files.end(),
              [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
    return files;
}

std::vector<std::string> top_level_names(const fs::path& root) {
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(root)) {
        names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::string to_text(const Findings& findings) {
    std::string text;
    for (const Finding& finding : findings) {
        text += finding.path + ':' + std::to_string(finding.line) + ": " + finding.message + '\n';
    }
    return text;
}

void append(Findings& to, Findings more) {
    std::move(more.begin(), more.end(), std::back_inserter(to));
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::size_t line_at(std::string_view text, std::size_t offset) {
    const std::string_view before = text.substr(0, offset);
    return 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
}

bool is_cpp(std::string_view path) {
    return path.ends_with(".h") || path.ends_with(".cpp");
}

bool is_house(std::string_view path) {
    return path.starts_with("tests/house/");
}

}  // namespace swarmq::house
