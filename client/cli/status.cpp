// `swarm queue status`: all that is known of one job.
#include "exit_codes.h"
#include "fields.h"
#include "job_json.h"
#include "job_text.h"
#include "table.h"
#include "values.h"
#include "verbs.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string_view>

namespace swarmq::cli {
namespace {

constexpr std::size_t kShownMax = 400;

struct Status {
    std::string queue;
    std::string id;
    bool is_json = false;
};

std::string time_and_age(const std::optional<WallTime>& time, WallTime now) {
    if (!time) return {};
    return fmt::format("{}, {}", show_time(*time), show_when(time, now));
}

// Whole errors: they are what a dead letter is looked at for.
void print_attempts(const Job& job) {
    for (const Attempt& attempt : job.attempts) {
        const auto took =
            std::chrono::duration_cast<Milliseconds>(attempt.ended_at - attempt.started_at);
        fmt::print("\n");
        print_field(fmt::format("attempt {}", attempt.number),
                    fmt::format("{} after {}, at {}", to_string(attempt.kind), show_duration(took),
                                show_time(attempt.ended_at)));
        print_field("by", one_line(attempt.worker, 128));
        print_lines("error", printable(attempt.error));
    }
}

// The whole reason, unless the last attempt's error, which follows, is the same.
void print_failure(const Job& job) {
    if (job.failed_reason.empty()) {
        print_field("failed", std::string(to_string(job.failure_kind)));
        return;
    }
    const bool follows = !job.attempts.empty() && job.attempts.back().error == job.failed_reason;
    std::string reason = printable(job.failed_reason);
    if (follows) {
        const std::size_t end = std::min(job.failed_reason.find('\n'), job.failed_reason.size());
        reason = one_line(job.failed_reason.substr(0, end), 100);
        if (end + 1 < job.failed_reason.size()) reason += " ...";
    }
    print_lines("failed", fmt::format("{}: {}", to_string(job.failure_kind), reason));
}

void print_job(const Job& job) {
    const WallTime now = std::chrono::system_clock::now();
    const std::string state(to_string(job.state));
    print_field("job", job.id);
    print_field("queue", job.queue);
    print_field("name", job.name);
    print_field("state", has_colours(stdout) ? coloured(state, colour_of(job.state)) : state);
    print_field("progress", one_line(job.progress, kShownMax));
    print_field(
        "attempts",
        fmt::format("{} made, at most {}{}", job.attempts_made, job.options.attempts.value_or(1),
                    job.stalls == 0 ? "" : fmt::format("; {} lost workers", job.stalls)));
    print_options(job.options);
    print_field("created", time_and_age(job.created_at, now));
    if (job.state == JobState::Delayed) print_field("due", time_and_age(job.run_at, now));
    print_field("waits for", job.waits_for);
    print_field("started", time_and_age(job.started_at, now));
    print_field("finished", time_and_age(job.finished_at, now));
    print_field("worker", one_line(job.worker, 128));
    if (job.log_lines > 0)
        print_field("log", fmt::format("{} lines (swarm queue logs {} {})", job.log_lines,
                                       job.queue, job.id));
    if (job.checkpoint_bytes > 0)
        print_field("checkpoint", fmt::format("{} bytes (swarm queue checkpoint {} {})",
                                              job.checkpoint_bytes, job.queue, job.id));
    if (job.parent) {
        print_field("parent", fmt::format("{} of queue {}, when this job fails: {}", job.parent->id,
                                          job.parent->queue, to_string(job.on_child_failure)));
    }
    if (job.children) print_field("children", show_children(*job.children));
    print_field("payload", one_line(job.payload, kShownMax));
    print_failure(job);
    if (job.state == JobState::Completed) print_field("result", one_line(job.result, kShownMax));
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
