// Waits for the comparison, and prints pairs of paragraphs.
#include "generate_embedding/commands.h"
#include "generate_embedding/jobs.h"

#include <swarmq/queue.h>

#include <chrono>
#include <iomanip>
#include <iostream>

namespace example {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kTextBytes = 100;
constexpr swarmq::Milliseconds kWaitMax = 10min;

void print(const Place& place) {
    std::string text = place.excerpt.substr(0, kTextBytes);
    if (place.excerpt.size() > kTextBytes) {
        text += " ...";
    }
    std::cout << "         " << place.document << ", paragraph " << place.number << ": " << text
              << '\n';
}

}  // namespace

int report(const std::string& comparison_id) {
    // The job of the last paragraph adds the comparison before it ends.
    const Batch batch = Batch::of_comparison(comparison_id);
    const swarmq::Connection connection;
    swarmq::Queue embeddings(kEmbeddingQueue, connection);
    embeddings.wait_result(batch.embedding_id(batch.paragraphs - 1), kWaitMax);
    swarmq::Queue comparisons(kComparisonQueue, connection);
    const swarmq::JobResult ended = comparisons.wait_result(comparison_id, kWaitMax);
    if (!ended.is_completed()) {
        std::cerr << "the comparison failed: " << ended.failed_reason << '\n';
        return 1;
    }
    const Comparison comparison = parse_comparison(ended.result);
    std::cout << comparison.compared << " paragraphs compared, " << comparison.identical
              << " pairs have the same words. The most similar of the others:\n";
    for (const SimilarPair& pair : comparison.pairs) {
        std::cout << "  " << std::fixed << std::setprecision(4) << pair.cosine << '\n';
        print(pair.a);
        print(pair.b);
    }
    return 0;
}

}  // namespace example
