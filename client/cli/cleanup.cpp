// `swarm queue cleanup`: jobs that ended long ago go.
#include "bulk.h"
#include "values.h"
#include "verbs.h"

#include <fmt/format.h>

#include <limits>
#include <memory>
#include <optional>

namespace swarmq::cli {
namespace {

struct Cleanup {
    std::string queue;
    std::optional<Milliseconds> before;
    JobState state = JobState::Completed;
    bool is_dry_run = false;
    bool is_json = false;
};

void set_state(Cleanup& cleanup, const std::string& text) {
    if (text == "completed") {
        cleanup.state = JobState::Completed;
    } else if (text == "failed") {
        cleanup.state = JobState::Failed;
    } else {
        throw UsageError(fmt::format("--state: '{}' is neither completed nor failed", text));
    }
}

std::uint64_t count_old(Admin& admin, const Cleanup& cleanup) {
    const WallTime latest = std::chrono::system_clock::now() - *cleanup.before;
    std::uint64_t count = 0;
    std::string cursor;
    do {
        ListQuery query{cleanup.queue, cleanup.state};
        query.limit = 1'000;
        query.cursor = std::move(cursor);
        JobPage page = admin.list_jobs(std::move(query));
        for (const Job& job : page.jobs) {
            count += job.finished_at && *job.finished_at <= latest ? 1 : 0;
        }
        cursor = std::move(page.next_cursor);
    } while (!cursor.empty());
    return count;
}

}  // namespace

Run declare_cleanup(Arguments& arguments) {
    auto cleanup = std::make_shared<Cleanup>();
    arguments.word("QUEUE", cleanup->queue, "The queue");
    arguments.duration("--before", cleanup->before, "Jobs that ended at least this long ago");
    arguments.option("--state", "STATE", "completed (default) or failed",
                     [&cleanup = *cleanup](const std::string& text) { set_state(cleanup, text); });
    arguments.flag("--dry-run", cleanup->is_dry_run, "Say how many jobs would go, and remove none");
    arguments.flag("--json", cleanup->is_json, "One JSON object, for programs");
    return [cleanup](Session& session) {
        if (!cleanup->before) {
            throw UsageError("--before is missing: how long ago must a job have ended? Such as 7d");
        }
        Admin admin = session.admin();
        if (cleanup->is_dry_run) {
            return tell_changed(count_old(admin, *cleanup), "would be removed", cleanup->is_json);
        }
        const std::uint64_t changed = change_all(
            "cleaning", std::numeric_limits<std::uint64_t>::max(),
            [&] { return admin.clean(cleanup->queue, cleanup->state, *cleanup->before); });
        return tell_changed(changed, "removed", cleanup->is_json);
    };
}

}  // namespace swarmq::cli
