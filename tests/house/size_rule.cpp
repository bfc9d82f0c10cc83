// Counts lines of files, and of functions by their braces.
#include "house/size_rule.h"

#include "house/code_text.h"

#include <cctype>
#include <utility>

namespace swarmq::house {
namespace {

bool is_space(char c) {
    return std::isspace(static_cast<unsigned char>(c)) != 0;
}

// Finds function bodies: a brace opens one when it is in no other function and what stands before
// it, back to the last statement, has a parameter list and is no type.
class FunctionFinder {
  public:
    FunctionFinder(const std::string& path, std::string_view code) : path_(path), code_(code) {}

    Findings run() {
        for (at_ = 0; at_ < code_.size(); ++at_) {
            switch (code_[at_]) {
                case '#':
                    skip_directive();
                    break;
                case '{':
                    open();
                    break;
                case '}':
                    close();
                    break;
                case ';':
                    header_begin_ = parentheses_ == 0 ? at_ + 1 : header_begin_;
                    break;
                case '(':
                    ++parentheses_;
                    break;
                case ')':
                    --parentheses_;
                    break;
                default:
                    break;
            }
        }
        return std::move(findings_);
    }

  private:
    void skip_directive() {
        while (at_ < code_.size() && code_[at_] != '\n') {
            at_ += code_[at_] == '\\' ? 2 : 1;
        }
        header_begin_ = at_;
    }

    void open() {
        const std::string_view header = code_.substr(header_begin_, at_ - header_begin_);
        if (in_function() || parentheses_ > 0 || is_member_initializer(header)) {
            inner_.push_back(Inner{header_begin_, false});
            return;
        }
        const bool is_function = header.find('(') != std::string_view::npos && !is_type(header);
        inner_.push_back(Inner{header_begin_, is_function});
        functions_ += is_function ? 1 : 0;
        header_begin_ = at_ + 1;
    }

    void close() {
        if (inner_.empty()) {
            return;
        }
        const Inner inner = inner_.back();
        inner_.pop_back();
        if (inner.is_function) {
            --functions_;
            check_length(inner.header_begin);
        }
        const bool was_initializer = inner.header_begin == header_begin_;
        if (!was_initializer) {
            header_begin_ = at_ + 1;
        }
    }

    void check_length(std::size_t begin) {
        while (begin < at_ && is_space(code_[begin])) {
            ++begin;
        }
        const std::size_t first = line_at(code_, begin);
        const std::size_t lines = line_at(code_, at_) - first + 1;
        if (lines > kFunctionLinesMax) {
            findings_.push_back({path_, first,
                                 "a function of " + std::to_string(lines) + " lines; at most " +
                                     std::to_string(kFunctionLinesMax) + ": split it by idea"});
        }
    }

    bool in_function() const { return functions_ > 0; }

    // `Type(int x) : member_{x}`: the brace is part of the signature, the body comes later.
    static bool is_member_initializer(std::string_view header) {
        while (!header.empty() && is_space(header.back())) {
            header.remove_suffix(1);
        }
        if (header.empty() || !(is_word_character(header.back()) || header.back() == '>')) {
            return false;
        }
        for (std::size_t at = header.find(')'); at < header.size(); ++at) {
            const bool is_double = header[at - 1] == ':' || header.substr(at + 1, 1) == ":";
            if (header[at] == ':' && !is_double) {
                return true;
            }
        }
        return false;
    }

    static std::string_view without_template_head(std::string_view header) {
        const std::size_t begin = find_word(header, "template");
        if (begin == std::string_view::npos || begin > header.find('(')) {
            return header;
        }
        int depth = 0;
        for (std::size_t at = begin; at < header.size(); ++at) {
            depth += header[at] == '<' ? 1 : 0;
            depth -= header[at] == '>' ? 1 : 0;
            if (header[at] == '>' && depth == 0) {
                return without_template_head(header.substr(at + 1));
            }
        }
        return header;
    }

    static bool is_type(std::string_view whole_header) {
        const std::string_view header = without_template_head(whole_header);
        for (const char* word : {"namespace", "class", "struct", "union", "enum"}) {
            const std::size_t at = find_word(header, word);
            if (at < header.find('(')) {
                return true;
            }
        }
        return false;
    }

    struct Inner {
        std::size_t header_begin;
        bool is_function;
    };

    std::string path_;
    std::string_view code_;
    std::size_t at_ = 0;
    std::size_t header_begin_ = 0;
    int parentheses_ = 0;
    int functions_ = 0;
    std::vector<Inner> inner_;
    Findings findings_;
};

}  // namespace

Findings check_sizes(const SourceFile& file) {
    Findings findings;
    if (!is_cpp(file.path) && !file.path.ends_with(".proto")) {
        return findings;
    }
    const std::size_t lines = lines_of(file.text).size();
    const bool is_main = file.path == "server/main.cpp" || file.path.ends_with("/cli/main.cpp");
    const std::size_t most = is_main ? kMainLinesMax : kFileLinesMax;
    if (lines > most) {
        findings.push_back({file.path, lines,
                            "a file of " + std::to_string(lines) + " lines; at most " +
                                std::to_string(most) + ": look for the second idea in it"});
    }
    if (is_cpp(file.path)) {
        const std::string code = code_of(file.text);
        append(findings, FunctionFinder(file.path, code).run());
    }
    return findings;
}

}  // namespace swarmq::house
