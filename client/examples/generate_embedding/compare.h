// Which paragraphs resemble each other.
#pragma once

#include "generate_embedding/jobs.h"

#include <cstddef>
#include <vector>

namespace example {

// Compares each with each. A paragraph appears in at most one pair, so that one phrase that every
// document repeats does not fill the list; pairs with the same words are counted and left out.
Comparison compare(const std::vector<EmbeddingResult>& results, std::size_t pairs_max);

}  // namespace example
