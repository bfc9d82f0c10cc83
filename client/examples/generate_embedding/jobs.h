// The jobs of this example: their queues, names, ids, payloads and results, as JSON.
#pragma once

#include "generate_embedding/embedding.h"
#include "generate_embedding/paragraphs.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace example {

inline constexpr const char* kEmbeddingQueue = "embeddings";
inline constexpr const char* kEmbeddingJob = "generate-embedding";
inline constexpr const char* kComparisonQueue = "comparisons";
inline constexpr const char* kComparisonJob = "compare-embeddings";

// The jobs of one `submit`. Ids follow from it, so that adding one again adds nothing, and the
// comparison can find the embeddings.
struct Batch {
    std::string name;
    std::size_t paragraphs = 0;

    std::string embedding_id(std::size_t index) const { return name + '.' + std::to_string(index); }
    std::string comparison_id() const {
        return name + '.' + std::to_string(paragraphs) + ".comparison";
    }
    // Throws std::runtime_error for what is no such id.
    static Batch of_comparison(std::string_view comparison_id);
};

// Payload of generate-embedding.
struct EmbeddingInput {
    Batch batch;
    std::size_t index = 0;  // 0 .. batch.paragraphs - 1
    Paragraph paragraph;
};
std::string to_json(const EmbeddingInput& input);
EmbeddingInput parse_embedding_input(std::string_view json);

// Result of generate-embedding. The vector is stored in ten-thousandths, as integers: exact enough
// for angles, and a third of the size.
struct EmbeddingResult {
    std::string document;
    std::size_t number = 0;
    std::string excerpt;
    Embedding embedding{};
};
std::string to_json(const EmbeddingResult& result);
EmbeddingResult parse_embedding_result(std::string_view json);

// Payload of compare-embeddings.
std::string to_json(const Batch& batch);
Batch parse_batch(std::string_view json);

// Result of compare-embeddings.
struct Place {
    std::string document;
    std::size_t number = 0;
    std::string excerpt;
};
struct SimilarPair {
    float cosine = 0;
    Place a;
    Place b;
};
struct Comparison {
    std::size_t compared = 0;
    std::size_t identical = 0;       // Pairs with the same words, which are left out below.
    std::vector<SimilarPair> pairs;  // The most similar first.
};
std::string to_json(const Comparison& comparison);
Comparison parse_comparison(std::string_view json);

}  // namespace example
