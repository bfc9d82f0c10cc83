// The producer: short paragraphs before long ones, some of them later, many in one request.
#include "generate_embedding/commands.h"
#include "generate_embedding/jobs.h"

#include <swarmq/queue.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <stdexcept>
#include <unistd.h>

namespace example {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kJobsPerRequest = 200;
// Comparing each with each, more would take minutes.
constexpr std::size_t kParagraphsMax = 5'000;

Batch new_batch(std::size_t paragraphs) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
    return {"batch-" + std::to_string(seconds) + '-' + std::to_string(getpid()), paragraphs};
}

int priority_of(const Paragraph& paragraph) {
    if (paragraph.text.size() < 200) {
        return swarmq::kPriorityHigh;
    }
    return paragraph.text.size() < 600 ? swarmq::kPriorityNormal : swarmq::kPriorityLow;
}

swarmq::NewJob new_job(const Batch& batch, std::size_t index, const Paragraph& paragraph) {
    swarmq::JobOptions options;
    options.id = batch.embedding_id(index);
    options.priority = priority_of(paragraph);
    if (index % 10 == 9) {
        options.delay = 100ms * static_cast<int>(1 + index / 10 % 20);
    }
    options.attempts = 3;
    options.backoff = swarmq::Backoff::exponential(500ms);
    options.timeout = 30s;
    // The comparison reads the results later, so they are kept for that long.
    options.remove_on_complete = swarmq::Keep::for_age(24h);
    return {kEmbeddingJob, to_json(EmbeddingInput{batch, index, paragraph}), std::move(options)};
}

std::vector<Paragraph> read_all(const std::vector<std::string>& files) {
    std::vector<Paragraph> paragraphs;
    for (const std::string& file : files) {
        for (Paragraph& paragraph : read_paragraphs(file)) {
            paragraphs.push_back(std::move(paragraph));
        }
    }
    if (paragraphs.empty() || paragraphs.size() > kParagraphsMax) {
        throw std::runtime_error(std::to_string(paragraphs.size()) + " paragraphs of at least " +
                                 std::to_string(kParagraphBytesMin) +
                                 " bytes in these files; name files with 1 to " +
                                 std::to_string(kParagraphsMax));
    }
    return paragraphs;
}

}  // namespace

int submit(const std::vector<std::string>& files) {
    const std::vector<Paragraph> paragraphs = read_all(files);
    const Batch batch = new_batch(paragraphs.size());
    swarmq::Queue queue(kEmbeddingQueue);
    std::size_t delayed = 0;
    for (std::size_t begin = 0; begin < paragraphs.size(); begin += kJobsPerRequest) {
        const std::size_t end = std::min(begin + kJobsPerRequest, paragraphs.size());
        std::vector<swarmq::NewJob> jobs;
        for (std::size_t i = begin; i < end; ++i) {
            jobs.push_back(new_job(batch, i, paragraphs[i]));
            delayed += jobs.back().options.delay ? 1 : 0;
        }
        queue.add_jobs(std::move(jobs));
    }
    std::cout << "submitted " << paragraphs.size() << " paragraphs of " << files.size()
              << " documents, " << delayed << " of them delayed; their comparison will be\n"
              << batch.comparison_id() << '\n';
    return 0;
}

}  // namespace example
