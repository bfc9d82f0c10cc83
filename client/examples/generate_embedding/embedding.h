// Text as a vector, so that texts about the same things have a small angle between them: hashed
// words, pairs of words and letter trigrams, weighted by how often they occur. No model to load, no
// random numbers: the same text has the same vector everywhere.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace example {

inline constexpr std::size_t kDimensions = 512;

using Embedding = std::array<float, kDimensions>;

// Of length 1; all zeros for a text without letters or digits.
Embedding embed(std::string_view text);

// Scales to length 1; leaves zeros as they are.
void normalize(Embedding& embedding);

// Of two embeddings of length 1: 1 for the same direction, 0 for nothing in common.
float cosine(const Embedding& a, const Embedding& b);

}  // namespace example
