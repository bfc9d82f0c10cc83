// Reads documents line by line.
#include "generate_embedding/paragraphs.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace example {
namespace {

class Splitter {
  public:
    explicit Splitter(std::string_view document) : document_(document) {}

    void line(const std::string& text) {
        std::istringstream words(text);
        std::string word;
        bool has_words = false;
        while (words >> word) {
            paragraph_ += paragraph_.empty() ? word : ' ' + word;
            has_words = true;
        }
        if (!has_words) {
            end_paragraph();
        }
    }

    std::vector<Paragraph> finish() {
        end_paragraph();
        return std::move(paragraphs_);
    }

  private:
    void end_paragraph() {
        if (paragraph_.size() >= kParagraphBytesMin) {
            paragraphs_.push_back({document_, paragraphs_.size() + 1, std::move(paragraph_)});
        }
        paragraph_.clear();
    }

    std::string document_;
    std::string paragraph_;
    std::vector<Paragraph> paragraphs_;
};

}  // namespace

std::vector<Paragraph> split_paragraphs(std::string_view document, std::string_view text) {
    Splitter splitter(document);
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        splitter.line(line);
    }
    return splitter.finish();
}

std::vector<Paragraph> read_paragraphs(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        throw std::runtime_error("cannot read " + path + "; name a text file");
    }
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    return split_paragraphs(std::filesystem::path(path).filename().string(), text);
}

}  // namespace example
