// One run of a command for one job: feeds it, collects what it says, ends it when the job is
// cancelled.
#pragma once

#include "child.h"

#include <swarmq/handler.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace swarmq::cli {

inline constexpr std::size_t kOutputBytesMax = 1024 * 1024;
inline constexpr std::size_t kErrorBytesMax = 16 * 1024;

// Used by one thread. The context must outlive it.
class CommandRun {
  public:
    struct Options {
        Milliseconds kill_after{5'000};  // From SIGTERM to SIGKILL.
        bool is_logging = true;          // Lines of standard error are the job's log.
    };
    CommandRun(JobContext& context, Child& child, Options options)
        : context_(context), child_(child), options_(options) {}

    // Blocks until the child has ended, however that came about; it remains to be reaped.
    void run();

    // What its wait status and its words make of the attempt. Asked once.
    Outcome outcome(int wait_status, const std::string& content_type);
    // The end of its standard error, at most kErrorBytesMax.
    const std::string& errors() const { return errors_; }

  private:
    using Clock = std::chrono::steady_clock;

    void wait_for_news();
    void feed();
    void read_all();
    void read_output();
    void read_errors();
    void read_progress();
    void report_lines();
    void log_lines(std::string_view part);
    void check_cancellation();
    void end_child();

    JobContext& context_;
    Child& child_;
    const Options options_;
    std::size_t fed_ = 0;
    std::string output_;
    bool is_output_too_long_ = false;
    std::string errors_;
    std::string log_rest_;  // A line of standard error that is not over.
    std::string progress_;
    std::optional<Clock::time_point> kill_at_;  // Set once SIGTERM was sent.
};

}  // namespace swarmq::cli
