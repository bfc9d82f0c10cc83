// The worker: one handler for both kinds of job.
#include "generate_embedding/commands.h"
#include "generate_embedding/compare.h"
#include "generate_embedding/jobs.h"

#include <swarmq/queue.h>
#include <swarmq/worker.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <iostream>

namespace example {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPairsMax = 8;
constexpr std::size_t kReadsAtOnce = 256;
constexpr std::size_t kExcerptBytes = 160;

class Embedder {
  public:
    explicit Embedder(const swarmq::Connection& connection)
        : embeddings_(swarmq::QueueOptions{.name = kEmbeddingQueue, .connection = connection}),
          comparisons_(swarmq::QueueOptions{.name = kComparisonQueue, .connection = connection}) {}

    swarmq::Outcome handle(swarmq::JobContext& job) {
        if (job.name() == kEmbeddingJob) {
            return generate(job);
        }
        if (job.name() == kComparisonJob) {
            return compare_all(job);
        }
        return swarmq::Outcome::unrecoverable("no handler for the job name '" + job.name() +
                                              "'; there are " + kEmbeddingJob + " and " +
                                              kComparisonJob);
    }

  private:
    swarmq::Outcome generate(swarmq::JobContext& job) {
        const EmbeddingInput input = parse_embedding_input(job.payload());
        const Paragraph& paragraph = input.paragraph;
        const EmbeddingResult result{paragraph.document, paragraph.number,
                                     paragraph.text.substr(0, kExcerptBytes),
                                     embed(paragraph.text)};
        if (input.index + 1 == input.batch.paragraphs) {
            add_comparison(input.batch);
        }
        return to_json(result);
    }

    // The id makes it harmless that a second attempt of this job would add it again.
    void add_comparison(const Batch& batch) {
        swarmq::JobOptions options;
        options.id = batch.comparison_id();
        options.attempts = 3;
        comparisons_.add_job(kComparisonJob, to_json(batch), std::move(options));
    }

    // Puts itself off, which uses up no attempt, until every embedding has ended.
    swarmq::Outcome compare_all(swarmq::JobContext& job) {
        const Batch batch = parse_batch(job.payload());
        std::vector<EmbeddingResult> results;
        for (std::size_t begin = 0; begin < batch.paragraphs; begin += kReadsAtOnce) {
            if (!read_results(batch, begin, results)) {
                return swarmq::Outcome::delay(100ms);
            }
            job.update_progress(static_cast<int>(100 * begin / batch.paragraphs));
        }
        return to_json(compare(results, kPairsMax));
    }

    // Asks for many jobs before it waits for the first answer. False when one has not ended yet.
    // Those that failed are left out.
    bool read_results(const Batch& batch, std::size_t begin,
                      std::vector<EmbeddingResult>& results) {
        const std::size_t end = std::min(begin + kReadsAtOnce, batch.paragraphs);
        std::vector<std::future<swarmq::Job>> answers;
        for (std::size_t i = begin; i < end; ++i) {
            answers.push_back(embeddings_.get_job_future(batch.embedding_id(i)));
        }
        bool have_all_ended = true;
        for (std::future<swarmq::Job>& answer : answers) {
            const swarmq::Job embedding = answer.get();
            if (embedding.state == swarmq::JobState::Completed) {
                results.push_back(parse_embedding_result(embedding.result));
            } else if (embedding.state != swarmq::JobState::Failed) {
                have_all_ended = false;
            }
        }
        return have_all_ended;
    }

    swarmq::Queue embeddings_;
    swarmq::Queue comparisons_;
};

}  // namespace

int work(std::size_t concurrency) {
    const swarmq::Connection connection;
    Embedder embedder(connection);
    swarmq::WorkerOptions options;
    options.queues = {kEmbeddingQueue, kComparisonQueue};
    options.connection = connection;
    options.concurrency = concurrency;
    options.on_problem = [](const swarmq::WorkerProblem& problem) {
        std::cerr << problem.queue << ' ' << problem.job_id << ": " << problem.error.message
                  << '\n';
    };
    swarmq::Worker worker(std::move(options),
                          [&](swarmq::JobContext& job) { return embedder.handle(job); });
    return worker.run_until_signal();
}

}  // namespace example
