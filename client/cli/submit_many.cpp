// Reads, batches, sends ahead, and prints ids as they are durable.
#include "submit_many.h"

#include "exit_codes.h"
#include "input.h"
#include "job_lines.h"
#include "terminal.h"
#include "values.h"

#include <fmt/format.h>

#include <deque>
#include <future>
#include <string>
#include <utility>
#include <vector>

namespace swarmq::cli {
namespace {

constexpr std::size_t kBatchJobsMax = 1'000;
// Half of the largest frame, so that options and names find room.
constexpr std::size_t kBatchBytesMax = 2 * 1024 * 1024;
constexpr std::size_t kBatchesAhead = 4;

class ManyJobs {
  public:
    ManyJobs(Queue queue, std::uint64_t bytes)
        : queue_(std::move(queue)), progress_("submitting", bytes) {}

    void add(NewJob job, std::size_t line_bytes) {
        bytes_read_ += line_bytes;
        if (batch_.size() == kBatchJobsMax || batch_bytes_ + line_bytes > kBatchBytesMax) send();
        batch_bytes_ += line_bytes;
        batch_.push_back(std::move(job));
    }

    void finish() {
        send();
        while (!sent_.empty()) take_answer();
    }

    std::size_t added() const { return added_; }

  private:
    void send() {
        if (batch_.empty()) return;
        if (sent_.size() == kBatchesAhead) take_answer();
        sent_.push_back(queue_.add_jobs_future(std::exchange(batch_, {})));
        batch_bytes_ = 0;
    }

    void take_answer() {
        auto answer = std::move(sent_.front());
        sent_.pop_front();
        std::string ids;
        for (const AddedJob& job : answer.get()) {
            ids += job.id;
            ids += '\n';
            ++added_;
        }
        fmt::print("{}", ids);
        progress_.show(bytes_read_, fmt::format("{} jobs", added_));
    }

    Queue queue_;
    Progress progress_;
    std::vector<NewJob> batch_;
    std::size_t batch_bytes_ = 0;
    std::uint64_t bytes_read_ = 0;
    std::deque<std::future<std::vector<AddedJob>>> sent_;
    std::size_t added_ = 0;
};

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

int submit_many(Queue queue, const std::string& file, const NewJob& otherwise) {
    Input input("--jobs", file);
    ManyJobs jobs(std::move(queue), input.size());
    std::string line;
    std::size_t number = 0;
    try {
        while (std::getline(input.stream(), line)) {
            ++number;
            if (!is_blank(line)) jobs.add(parse_job_line(line, otherwise), line.size() + 1);
        }
    } catch (const UsageError& error) {
        jobs.finish();
        throw UsageError(fmt::format("--jobs: line {} of {}: {}; the {} jobs before it were added",
                                     number, file, error.what(), jobs.added()));
    }
    if (input.stream().bad()) throw UsageError(fmt::format("--jobs: cannot read {}", file));
    try {
        jobs.finish();
    } catch (const SwarmqError& error) {
        Error told = error.error();
        told.message = fmt::format("after {} jobs: {}", jobs.added(), told.message);
        throw SwarmqError(told);
    }
    return kExitOk;
}

}  // namespace swarmq::cli
