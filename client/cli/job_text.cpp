// Times, attempts and details as words.
#include "job_text.h"

#include "table.h"
#include "values.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace swarmq::cli {

bool has_ended(JobState state) {
    return state == JobState::Completed || state == JobState::Failed;
}

Colour colour_of(JobState state) {
    switch (state) {
        case JobState::Active:
            return Colour::Cyan;
        case JobState::Completed:
            return Colour::Green;
        case JobState::Failed:
            return Colour::Red;
        case JobState::Delayed:
            return Colour::Yellow;
        default:
            return Colour::None;
    }
}

std::string show_when(const std::optional<WallTime>& time, WallTime now) {
    if (!time) return "-";
    const auto ago = std::chrono::duration_cast<Milliseconds>(now - *time);
    return ago.count() >= 0 ? show_duration(ago) + " ago" : "in " + show_duration(-ago);
}

std::string show_time(WallTime time) {
    return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::string show_attempts(const Job& job) {
    return fmt::format("{}/{}", job.attempts_made, job.options.attempts.value_or(1));
}

std::string show_children(const ChildCounts& counts) {
    std::string text;
    const auto add = [&](std::uint32_t count, const char* word) {
        if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, word);
    };
    add(counts.pending, "pending");
    add(counts.completed, "completed");
    add(counts.failed, "failed");
    add(counts.removed, "removed");
    return text;
}

std::string show_detail(const Job& job, WallTime now, std::size_t width_max) {
    std::string text;
    switch (job.state) {
        case JobState::Delayed:
            text = job.waits_for.empty() ? "due " + show_when(job.run_at, now)
                                         : "waits for " + job.waits_for;
            if (!job.failed_reason.empty()) text += " after: " + job.failed_reason;
            break;
        case JobState::Active:
            text = "by " + job.worker;
            if (!job.progress.empty()) text += ", progress " + job.progress;
            break;
        case JobState::Completed:
            text = job.result;
            break;
        case JobState::WaitingChildren:
            if (job.children) text = "children: " + show_children(*job.children);
            break;
        case JobState::Failed:
            text = fmt::format("{}: {}", to_string(job.failure_kind), job.failed_reason);
            break;
        default:
            text = job.failed_reason.empty() ? "" : "after: " + job.failed_reason;
            break;
    }
    return one_line(text, width_max);
}

}  // namespace swarmq::cli
