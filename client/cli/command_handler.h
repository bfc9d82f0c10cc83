// The handler of `swarm worker`: looks the command of a job up, runs it, and tells people.
#pragma once

#include "job_commands.h"

#include <swarmq/handler.h>

#include <mutex>
#include <set>
#include <string>
#include <sys/types.h>

namespace swarmq::cli {

struct CommandHandlerOptions {
    JobCommands commands;
    Milliseconds kill_after{5'000};  // From SIGTERM to SIGKILL.
    std::string content_type{};      // Of results.
    std::string server{};            // For SWARMQ_SERVER of the commands.
    bool is_quiet = false;           // No line on standard error for each attempt.
    bool is_logging = true;          // Lines of standard error are the job's log.
};

// Thread safe.
class CommandHandler {
  public:
    explicit CommandHandler(CommandHandlerOptions options) : options_(std::move(options)) {}

    Outcome run(JobContext& context);
    // SIGKILL to every command that runs now.
    void kill_all();

  private:
    Outcome run_command(JobContext& context, const CommandLine& command);
    void tell(const JobContext& context, const Outcome& outcome, Milliseconds took) const;

    const CommandHandlerOptions options_;
    std::mutex mutex_;
    std::set<pid_t> running_;
};

}  // namespace swarmq::cli
