// Starts and accounts for commands.
#include "command_handler.h"

#include "child.h"
#include "command_run.h"
#include "job_json.h"
#include "table.h"
#include "values.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <signal.h>
#include <utility>
#include <vector>

namespace swarmq::cli {
namespace {

std::vector<std::string> environment_of(const ActiveJob& job, const std::string& server) {
    std::vector<std::string> environment{"SWARMQ_JOB_ID=" + job.id,
            "SWARMQ_JOB_NAME=" + job.name,
            "SWARMQ_ATTEMPT=" + std::to_string(job.attempt),
            "SWARMQ_ATTEMPTS_MAX=" + std::to_string(job.attempts_max),
            "SWARMQ_QUEUE=" + job.queue,
            "SWARMQ_LEASE_TOKEN=" + std::to_string(job.token),
            "SWARMQ_SERVER=" + server,
            "SWARMQ_HEADERS=" + boost::json::serialize(headers_json(job.headers))};
    // By the convention of W3C for programs: a trace goes on in the command.
    for (const auto& [header, variable] : {std::pair{"traceparent", "TRACEPARENT="}, {"tracestate", "TRACESTATE="}})
        if (const auto found = job.headers.find(header); found != job.headers.end())
            environment.push_back(variable + found->second);
    return environment;
}

std::string_view word_for(CancelReason reason) {
    switch (reason) {
        case CancelReason::Cancelled:
            return "was cancelled";
        case CancelReason::LeaseLost:
            return "lost its lease";
        case CancelReason::TimedOut:
            return "ran out of time";
        case CancelReason::Stopping:
            return "goes back to the queue";
        case CancelReason::None:
            break;
    }
    return "";
}

}  // namespace

Outcome CommandHandler::run(JobContext& context) {
    const auto begin = std::chrono::steady_clock::now();
    const CommandLine* command = options_.commands.find(context.name());
    Outcome outcome =
        command != nullptr
            ? run_command(context, *command)
            : Outcome::fail(fmt::format("this worker has no command for '{}' jobs, only "
                                        "for: {}",
                                        context.name(), options_.commands.names()));
    const auto took = std::chrono::steady_clock::now() - begin;
    if (!options_.is_quiet) {
        tell(context, outcome, std::chrono::duration_cast<Milliseconds>(took));
    }
    return outcome;
}

Outcome CommandHandler::run_command(JobContext& context, const CommandLine& command) {
    try {
        Child child(command, environment_of(context.job(), options_.server));
        const pid_t pid = child.pid();
        {
            const std::lock_guard lock(mutex_);
            running_.insert(pid);
        }
        CommandRun run(context, child, {options_.kill_after, options_.is_logging});
        run.run();
        {
            const std::lock_guard lock(mutex_);
            running_.erase(pid);
        }
        const int status = child.reap();
        Outcome outcome = run.outcome(status, options_.content_type);
        const bool is_success = outcome.kind() == Outcome::Kind::Complete;
        if (is_success && !options_.is_quiet && !run.errors().empty()) {
            fmt::print(stderr, "{}\n", printable(run.errors()));
        }
        return outcome;
    } catch (const std::exception& error) {
        return Outcome::fail(error.what());
    }
}

void CommandHandler::kill_all() {
    const std::lock_guard lock(mutex_);
    for (const pid_t pid : running_) ::kill(-pid, SIGKILL);
}

void CommandHandler::tell(const JobContext& context, const Outcome& outcome,
                          Milliseconds took) const {
    std::string end;
    if (context.is_cancelled()) {
        end = fmt::format("{} after {}", word_for(context.cancellation().reason()),
                          show_duration(took));
    } else if (outcome.kind() == Outcome::Kind::Complete) {
        end = "completed in " + show_duration(took);
    } else {
        end =
            fmt::format("failed in {} (attempt {} of {}): {}", show_duration(took),
                        context.attempt(), context.attempts_max(), one_line(outcome.reason(), 200));
    }
    fmt::print(stderr, "{} {} {}\n", context.id(), context.name(), end);
}

}  // namespace swarmq::cli
