// Blanks comments and literals in one pass.
#include "house/code_text.h"

#include <algorithm>
#include <cctype>

namespace swarmq::house {
namespace {

class Blanker {
  public:
    explicit Blanker(std::string_view text) : text_(text), code_(text) {}

    std::string run() {
        while (at_ < text_.size()) {
            step();
        }
        return code_;
    }

  private:
    void step() {
        const std::string_view rest = text_.substr(at_);
        if (rest.starts_with("//")) {
            blank_until(std::min(text_.find('\n', at_), text_.size()));
        } else if (rest.starts_with("/*")) {
            blank_past(text_.find("*/", at_ + 2), 2);
        } else if (rest.starts_with("R\"") && !follows_word()) {
            blank_raw_string();
        } else if (rest.front() == '"') {
            blank_quoted('"');
        } else if (rest.front() == '\'' && !follows_word()) {
            blank_quoted('\'');  // After a digit it is a separator: 1'000.
        } else {
            ++at_;
        }
    }

    bool follows_word() const { return at_ > 0 && is_word_character(text_[at_ - 1]); }

    void blank_until(std::size_t end) {
        for (; at_ < end; ++at_) {
            if (code_[at_] != '\n') {
                code_[at_] = ' ';
            }
        }
    }

    void blank_past(std::size_t found, std::size_t length) {
        blank_until(found == std::string_view::npos ? text_.size() : found + length);
    }

    void blank_quoted(char quote) {
        std::size_t end = at_ + 1;
        while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
            end += text_[end] == '\\' ? 2 : 1;
        }
        end = std::min(end, text_.size());
        ++at_;
        blank_until(end);
        at_ = std::min(end + 1, text_.size());
    }

    void blank_raw_string() {
        const std::size_t open = text_.find('(', at_);
        if (open == std::string_view::npos) {
            ++at_;
            return;
        }
        const std::string close = ')' + std::string(text_.substr(at_ + 2, open - at_ - 2)) + '"';
        blank_past(text_.find(close, open), close.size());
    }

    std::string_view text_;
    std::string code_;
    std::size_t at_ = 0;
};

}  // namespace

std::string code_of(std::string_view text) {
    return Blanker(text).run();
}

bool is_word_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::size_t find_word(std::string_view text, std::string_view word, std::size_t from) {
    for (std::size_t at = text.find(word, from); at != std::string_view::npos;
         at = text.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        const bool starts =
            at == 0 || !is_word_character(word.front()) || !is_word_character(text[at - 1]);
        const bool ends =
            end >= text.size() || !is_word_character(word.back()) || !is_word_character(text[end]);
        if (starts && ends) {
            return at;
        }
    }
    return std::string_view::npos;
}

}  // namespace swarmq::house
