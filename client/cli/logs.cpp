// `swarm queue logs`: what a job's handler wrote, also while it runs. `swarm queue checkpoint`:
// what it saved.
#include "exit_codes.h"
#include "job_json.h"
#include "job_text.h"
#include "table.h"
#include "verbs.h"

#include <swarmq/events.h>

#include <boost/json.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <optional>

namespace swarmq::cli {
namespace {

// There are no events of log lines, so they are asked for; the end of the job is told.
constexpr Milliseconds kAskAgain{300};

struct Logs {
    std::string queue;
    std::string id;
    bool is_followed = false;
    bool is_raw = false;
    bool is_json = false;
};

void print_line(const Logs& logs, const LogLine& line) {
    if (logs.is_json) {
        print_json(boost::json::object{
            {"number", line.number}, {"time", unix_ms(line.time)}, {"text", line.text}});
        return;
    }
    const std::string text = printable(line.text);
    if (logs.is_raw) {
        fmt::print("{}\n", text);
        return;
    }
    const std::string time = fmt::format(
        "{:%Y-%m-%d %H:%M:%S}.{:03}", fmt::gmtime(std::chrono::system_clock::to_time_t(line.time)),
        unix_ms(line.time) % 1'000);
    fmt::print("{} {}\n", has_colours(stdout) ? coloured(time, Colour::Dim) : time, text);
}

// Prints what is new; the number of the newest line.
std::uint64_t print_new(const Logs& logs, const JobLog& log, std::uint64_t after) {
    std::uint64_t newest = after;
    for (const LogLine& line : log.lines) {
        if (line.number > newest + 1)
            fmt::print(stderr, "({} lines before are no longer kept)\n", line.number - newest - 1);
        print_line(logs, line);
        newest = line.number;
    }
    std::fflush(stdout);
    return newest;
}

int follow(const Logs& logs, Session& session) {
    Queue queue = session.queue(logs.queue);
    EventStream ends({.queue = logs.queue,
                      .job_id = logs.id,
                      .kinds = {EventKind::Completed, EventKind::Failed, EventKind::Removed},
                      .connection = session.connection()});
    std::uint64_t newest = 0;
    for (bool is_known = false;; is_known = true) {
        try {
            const JobLog log = queue.get_log(logs.id, newest);
            newest = print_new(logs, log, newest);
            if (has_ended(log.state)) return kExitOk;
        } catch (const SwarmqError& error) {
            if (!is_known || error.code() != Code::NotFound) throw;
            fmt::print(stderr, "job {} is not stored any more\n", logs.id);
            return kExitRemoved;
        }
        ends.next(kAskAgain);
    }
}

int show_logs(const Logs& logs, Session& session) {
    if (logs.is_followed) return follow(logs, session);
    print_new(logs, session.queue(logs.queue).get_log(logs.id), 0);
    return kExitOk;
}

}  // namespace

Run declare_logs(Arguments& arguments) {
    auto logs = std::make_shared<Logs>();
    arguments.word("QUEUE", logs->queue, "The queue");
    arguments.word("ID", logs->id, "The job");
    arguments.flag("--follow", logs->is_followed, "Go on until the job has ended");
    arguments.flag("--raw", logs->is_raw, "Only the text, without times");
    arguments.flag("--json", logs->is_json, "One JSON object for each line, for programs");
    return [logs](Session& session) { return show_logs(*logs, session); };
}

Run declare_checkpoint(Arguments& arguments) {
    auto job = std::make_shared<Logs>();
    arguments.word("QUEUE", job->queue, "The queue");
    arguments.word("ID", job->id, "The job");
    return [job](Session& session) {
        const auto checkpoint = session.queue(job->queue).get_checkpoint(job->id);
        if (!checkpoint) {
            fmt::print(stderr, "job {} has no checkpoint\n", job->id);
            return kExitNotFound;
        }
        std::fwrite(checkpoint->data(), 1, checkpoint->size(), stdout);
        return kExitOk;
    };
}

}  // namespace swarmq::cli
