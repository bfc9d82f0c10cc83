// All pairs, best first.
#include "generate_embedding/compare.h"

#include <algorithm>

namespace example {
namespace {

constexpr float kSameWords = 0.9995F;
constexpr float kWorthTelling = 0.3F;

struct Candidate {
    float cosine;
    std::size_t a;
    std::size_t b;
};

Place place_of(const EmbeddingResult& result) {
    return {result.document, result.number, result.excerpt};
}

}  // namespace

Comparison compare(const std::vector<EmbeddingResult>& results, std::size_t pairs_max) {
    Comparison comparison{results.size(), 0, {}};
    std::vector<Candidate> candidates;
    for (std::size_t a = 0; a < results.size(); ++a) {
        for (std::size_t b = a + 1; b < results.size(); ++b) {
            const float similarity = cosine(results[a].embedding, results[b].embedding);
            if (similarity >= kSameWords) {
                ++comparison.identical;
            } else if (similarity >= kWorthTelling) {
                candidates.push_back({similarity, a, b});
            }
        }
    }
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Candidate& x, const Candidate& y) { return x.cosine > y.cosine; });
    std::vector<bool> is_told(results.size(), false);
    for (const Candidate& candidate : candidates) {
        if (comparison.pairs.size() == pairs_max) {
            break;
        }
        if (is_told[candidate.a] || is_told[candidate.b]) {
            continue;
        }
        is_told[candidate.a] = is_told[candidate.b] = true;
        comparison.pairs.push_back(
            {candidate.cosine, place_of(results[candidate.a]), place_of(results[candidate.b])});
    }
    return comparison;
}

}  // namespace example
