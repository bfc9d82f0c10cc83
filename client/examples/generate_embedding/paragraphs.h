// Documents as paragraphs: what one job is about.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace example {

// Shorter ones are headings and page numbers.
inline constexpr std::size_t kParagraphBytesMin = 80;

struct Paragraph {
    std::string document;    // The file's name without its folder.
    std::size_t number = 0;  // From 1, in the order of the document.
    std::string text;        // Its words with single spaces between them.
};

// Splits at empty lines and leaves out what is shorter than kParagraphBytesMin.
std::vector<Paragraph> split_paragraphs(std::string_view document, std::string_view text);

// Throws std::runtime_error for a file that cannot be read.
std::vector<Paragraph> read_paragraphs(const std::string& path);

}  // namespace example
