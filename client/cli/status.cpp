// `swarm queue status`: all that is known of one job.
#include "exit_codes.h"
#include "job_json.h"
#include "job_options.h"
#include "job_text.h"
#include "table.h"
#include "values.h"
#include "verbs.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <memory>

namespace swarmq::cli {
namespace {

constexpr std::size_t kShownMax = 400;

struct Status {
    std::string queue;
    std::string id;
    bool is_json = false;
};

void line(std::string_view label, const std::string& text) {
    if (text.empty()) return;
    const std::string padded = fmt::format("{:<12}", label);
    fmt::print("{}{}\n", has_colours(stdout) ? coloured(padded, Colour::Bold) : padded, text);
}

std::string time_and_age(const std::optional<WallTime>& time, WallTime now) {
    if (!time) return {};
    return fmt::format("{}, {}", show_time(*time), show_when(time, now));
}

std::string show_backoff(const Backoff& backoff) {
    std::string text =
        fmt::format("{}:{}", backoff.type == Backoff::Type::Fixed ? "fixed" : "exponential",
                    show_duration(backoff.delay));
    if (backoff.jitter > 0) text += fmt::format(", jitter {}", backoff.jitter);
    if (backoff.max_delay.count() > 0) text += ", at most " + show_duration(backoff.max_delay);
    return text;
}

void print_options(const JobOptions& options) {
    if (!options.key.empty()) line("key", options.key);
    line("priority", std::to_string(options.priority.value_or(kPriorityNormal)));
    if (options.backoff && options.backoff->type != Backoff::Type::None) {
        line("backoff", show_backoff(*options.backoff));
    }
    if (options.timeout && options.timeout->count() > 0) {
        line("timeout", show_duration(*options.timeout));
    }
    if (options.ttl && options.ttl->count() > 0) line("ttl", show_duration(*options.ttl));
    if (options.deduplication) {
        line("dedup", options.deduplication->key + ", " + show_dedup_mode(*options.deduplication));
    }
    if (options.lifo.value_or(false)) line("lifo", "to the head of its priority");
    if (options.max_stalled) line("max stalled", std::to_string(*options.max_stalled));
    if (options.remove_on_complete) line("keep", show_keep(*options.remove_on_complete) + " once completed");
    if (options.remove_on_fail) line("keep", show_keep(*options.remove_on_fail) + " once failed");
    if (options.on_failure) line("on failure", show_on_failure(*options.on_failure));
    if (!options.tags.empty()) line("tags", fmt::format("{}", fmt::join(options.tags, " ")));
    for (const auto& [key, value] : options.headers) {
        line("header", one_line(key + ": " + value, kShownMax));
    }
}

void print_attempts(const Job& job) {
    if (job.attempts.empty()) return;
    fmt::print("\n");
    Table table({{"ATTEMPT", Align::Right},
                 {"WORKER"},
                 {"STARTED"},
                 {"TOOK", Align::Right},
                 {"ENDED BY"},
                 {"ERROR"}});
    for (const Attempt& attempt : job.attempts) {
        table.row({std::to_string(attempt.number), one_line(attempt.worker, 40),
                   show_time(attempt.started_at),
                   show_duration(std::chrono::duration_cast<Milliseconds>(attempt.ended_at -
                                                                          attempt.started_at)),
                   std::string(to_string(attempt.kind)), one_line(attempt.error, 100)});
    }
    table.print(stdout);
}

void print_job(const Job& job) {
    const WallTime now = std::chrono::system_clock::now();
    const std::string state(to_string(job.state));
    line("job", job.id);
    line("queue", job.queue);
    line("name", job.name);
    line("state", has_colours(stdout) ? coloured(state, colour_of(job.state)) : state);
    line("progress", one_line(job.progress, kShownMax));
    line("attempts",
         fmt::format("{} made, at most {}{}", job.attempts_made, job.options.attempts.value_or(1),
                     job.stalls == 0 ? "" : fmt::format("; {} lost workers", job.stalls)));
    print_options(job.options);
    line("created", time_and_age(job.created_at, now));
    if (job.state == JobState::Delayed) line("due", time_and_age(job.run_at, now));
    line("waits for", job.waits_for);
    line("started", time_and_age(job.started_at, now));
    line("finished", time_and_age(job.finished_at, now));
    line("worker", one_line(job.worker, 128));
    if (job.log_lines > 0)
        line("log", fmt::format("{} lines (swarm queue logs {} {})", job.log_lines, job.queue, job.id));
    if (job.checkpoint_bytes > 0)
        line("checkpoint", fmt::format("{} bytes (swarm queue checkpoint {} {})",
                                       job.checkpoint_bytes, job.queue, job.id));
    if (job.parent) {
        line("parent", fmt::format("{} of queue {}, when this job fails: {}", job.parent->id,
                                   job.parent->queue, to_string(job.on_child_failure)));
    }
    if (job.children) line("children", show_children(*job.children));
    line("payload", one_line(job.payload, kShownMax));
    if (!job.failed_reason.empty()) {
        line("failed",
             fmt::format("{}: {}", to_string(job.failure_kind), printable(job.failed_reason)));
    }
    if (job.state == JobState::Completed) line("result", one_line(job.result, kShownMax));
    print_attempts(job);
}

}  // namespace

Run declare_status(Arguments& arguments) {
    auto status = std::make_shared<Status>();
    arguments.word("QUEUE", status->queue, "The queue");
    arguments.word("ID", status->id, "The job");
    arguments.flag("--json", status->is_json, "One JSON object, for programs");
    return [status](Session& session) {
        const Job job = session.admin().get_job(status->queue, status->id);
        if (status->is_json) {
            print_json(job_json(job));
        } else {
            print_job(job);
        }
        return kExitOk;
    };
}

}  // namespace swarmq::cli
