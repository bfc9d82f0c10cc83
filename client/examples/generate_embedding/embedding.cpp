// The hashing trick with signed buckets and sublinear term frequencies.
#include "generate_embedding/embedding.h"

#include <cctype>
#include <cmath>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace example {
namespace {

using TermCounts = std::unordered_map<std::string, int>;

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || byte >= 0x80) {
            word += static_cast<char>(std::tolower(byte));
        } else if (!word.empty()) {
            words.push_back(std::move(word));
            word.clear();
        }
    }
    if (!word.empty()) {
        words.push_back(std::move(word));
    }
    return words;
}

// The first letter keeps terms of different kinds apart.
TermCounts count_terms(std::string_view text) {
    TermCounts counts;
    const std::vector<std::string> words = words_of(text);
    for (std::size_t i = 0; i < words.size(); ++i) {
        ++counts["w" + words[i]];
        if (i > 0) {
            ++counts["p" + words[i - 1] + ' ' + words[i]];
        }
        const std::string padded = '^' + words[i] + '$';
        for (std::size_t at = 0; at + 3 <= padded.size(); ++at) {
            ++counts["t" + padded.substr(at, 3)];
        }
    }
    return counts;
}

// FNV-1a, which is the same on every machine; std::hash need not be.
std::uint64_t hash_of(std::string_view term) {
    std::uint64_t hash = 14695981039346656037ULL;
    for (const char c : term) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    }
    return hash ^ (hash >> 32);
}

// Letters of one word say less than the word itself.
float weight_of(std::string_view term, int count) {
    const float kind = term.front() == 't' ? 0.25F : 1.0F;
    return kind * (1.0F + std::log(static_cast<float>(count)));
}

}  // namespace

Embedding embed(std::string_view text) {
    Embedding embedding{};
    for (const auto& [term, count] : count_terms(text)) {
        const std::uint64_t hash = hash_of(term);
        const float sign = (hash >> 63) != 0 ? -1.0F : 1.0F;
        embedding[hash % kDimensions] += sign * weight_of(term, count);
    }
    normalize(embedding);
    return embedding;
}

void normalize(Embedding& embedding) {
    const float length = std::sqrt(cosine(embedding, embedding));
    if (length == 0.0F) {
        return;
    }
    for (float& value : embedding) {
        value /= length;
    }
}

float cosine(const Embedding& a, const Embedding& b) {
    float sum = 0.0F;
    for (std::size_t i = 0; i < kDimensions; ++i) {
        sum += a[i] * b[i];
    }
    return sum;
}

}  // namespace example
