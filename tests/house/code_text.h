// C++ source without its comments and literals, so that rules look at code alone.
#pragma once

#include <string>
#include <string_view>

namespace swarmq::house {

// The same text with every character of a comment, string or character literal replaced by a space
// (quotes stay, newlines stay): offsets and lines are those of the original.
std::string code_of(std::string_view text);

bool is_word_character(char c);

// The offset of `word` at or after `from` that stands alone, not inside a longer name; npos if
// none.
std::size_t find_word(std::string_view text, std::string_view word, std::size_t from = 0);

}  // namespace swarmq::house
