// Reads, batches, sends ahead, and prints ids as they are durable.
#include "submit_many.h"

#include "exit_codes.h"
#include "input.h"
#include "job_json.h"
#include "job_lines.h"
#include "terminal.h"
#include "values.h"

#include <boost/json.hpp>
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
    ManyJobs(Queue queue, std::uint64_t bytes, bool is_json)
        : queue_(std::move(queue)), progress_("submitting", bytes), is_json_(is_json) {}

    void add(NewJob job, std::size_t line_bytes) {
        if (batch_.size() == kBatchJobsMax || batch_bytes_ + line_bytes > kBatchBytesMax) send();
        bytes_read_ += line_bytes;
        batch_bytes_ += line_bytes;
        batch_.push_back(std::move(job));
    }

    void finish() {
        send();
        while (!sent_.empty()) take_answer();
    }

    std::size_t added() const { return added_; }

  private:
    struct Sent {
        std::future<std::vector<AddedJob>> answer;
        std::uint64_t bytes_read;  // Of the file, up to its last job.
    };

    void send() {
        if (batch_.empty()) return;
        if (sent_.size() == kBatchesAhead) take_answer();
        sent_.push_back({queue_.add_jobs_future(std::exchange(batch_, {})), bytes_read_});
        batch_bytes_ = 0;
    }

    void take_answer() {
        Sent sent = std::move(sent_.front());
        sent_.pop_front();
        std::string ids;
        for (const AddedJob& job : sent.answer.get()) {
            ids += is_json_ ? boost::json::serialize(added_json(queue_.name(), job)) : job.id;
            ids += '\n';
            ++added_;
        }
        progress_.clear();  // The ids may go to the same terminal.
        fmt::print("{}", ids);
        progress_.show(sent.bytes_read, fmt::format("{} jobs", added_));
    }

    Queue queue_;
    Progress progress_;
    const bool is_json_;
    std::vector<NewJob> batch_;
    std::size_t batch_bytes_ = 0;
    std::uint64_t bytes_read_ = 0;
    std::deque<Sent> sent_;
    std::size_t added_ = 0;
};

std::string before(std::size_t added) {
    if (added == 0) return "nothing was added";
    return added == 1 ? "the job before it was added"
                      : fmt::format("the {} jobs before it were added", added);
}

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

int submit_many(Queue queue, const std::string& file, const NewJob& otherwise, bool is_json) {
    Input input("--jobs", file);
    ManyJobs jobs(std::move(queue), input.size(), is_json);
    std::string line;
    std::size_t number = 0;
    try {
        while (std::getline(input.stream(), line)) {
            ++number;
            if (!is_blank(line)) jobs.add(parse_job_line(line, otherwise), line.size() + 1);
        }
    } catch (const UsageError& error) {
        jobs.finish();
        throw UsageError(fmt::format("--jobs: line {} of {}: {}; {}", number, shown_name(file),
                                     error.what(), before(jobs.added())));
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
