// Reads the first comment of a file.
#include "house/opening_rule.h"

#include <cctype>
#include <optional>

namespace swarmq::house {
namespace {

std::optional<std::string_view> comment_mark(const SourceFile& file) {
    if (is_cpp(file.path) || file.path.ends_with(".proto")) {
        return "//";
    }
    const bool is_script = file.text.starts_with("#!");
    if (is_script || file.path.ends_with("CMakeLists.txt") || file.path.ends_with(".cmake") ||
        file.path.ends_with(".sh") || file.path.ends_with("contract.txt")) {
        return "#";
    }
    return std::nullopt;
}

bool ends_a_sentence(std::string_view comment) {
    for (std::size_t at = 1; at < comment.size(); ++at) {
        const bool is_last = at + 1 == comment.size() || comment[at + 1] == ' ';
        if ((comment[at] == '.' || comment[at] == ':') && is_last) {
            return true;
        }
    }
    return false;
}

// The first comment as one line, without its marks. Stops at the first line that is none, and at an
// empty comment line.
std::string first_comment(std::string_view text, std::string_view mark) {
    std::string comment;
    for (const std::string_view line : lines_of(text)) {
        if (comment.empty() && (line.starts_with("#!") || line == "#pragma once" || line.empty())) {
            continue;
        }
        if (!line.starts_with(mark) || line.size() < mark.size() + 2) {
            break;
        }
        const std::string_view words = line.substr(mark.size());
        if (words.front() != ' ') {
            break;
        }
        comment += comment.empty() ? words.substr(1) : words;
    }
    return comment;
}

}  // namespace

Findings check_opening(const SourceFile& file) {
    const std::optional<std::string_view> mark = comment_mark(file);
    if (!mark) {
        return {};
    }
    const std::string comment = first_comment(file.text, *mark);
    if (comment.empty()) {
        return {{file.path, 1,
                 "the file does not open with a comment; begin it with one sentence that says "
                 "what it is for"}};
    }
    const bool begins = std::islower(static_cast<unsigned char>(comment.front())) == 0;
    if (!begins || !ends_a_sentence(comment)) {
        return {{file.path, 1,
                 "the first comment is no sentence ('" + comment.substr(0, 40) +
                     "'); begin it with a capital and close it with a full stop"}};
    }
    return {};
}

}  // namespace swarmq::house
