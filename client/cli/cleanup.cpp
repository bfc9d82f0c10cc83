// `swarm queue cleanup`: jobs that ended long ago go.
#include "bulk.h"
#include "filters.h"
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
    Filters filters;
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

std::uint64_t count_old(Admin& admin, ListQuery query) {
    return change_found("looking", admin, std::move(query), {});
}

ListQuery query_of(const Cleanup& cleanup) {
    ListQuery query{cleanup.queue, cleanup.state};
    cleanup.filters.apply(query);
    // One that ended just so long ago is old enough.
    query.finished_before = std::chrono::system_clock::now() - *cleanup.before + Milliseconds{1};
    return query;
}

std::uint64_t clean_found(Admin& admin, const Cleanup& cleanup) {
    return change_found("cleaning", admin, query_of(cleanup), [&](std::vector<std::string> ids) {
        return admin.clean(cleanup.queue, cleanup.state, std::move(ids));
    });
}

std::uint64_t clean_all(Admin& admin, const Cleanup& cleanup) {
    return change_all("cleaning", std::numeric_limits<std::uint64_t>::max(),
                      [&] { return admin.clean(cleanup.queue, cleanup.state, *cleanup.before); });
}

}  // namespace

Run declare_cleanup(Arguments& arguments) {
    auto cleanup = std::make_shared<Cleanup>();
    arguments.word("QUEUE", cleanup->queue, "The queue");
    arguments.duration("--before", cleanup->before, "Jobs that ended at least this long ago");
    arguments.option("--state", "STATE", "completed (default) or failed",
                     [&cleanup = *cleanup](const std::string& text) { set_state(cleanup, text); });
    declare_labels(arguments, cleanup->filters);
    arguments.flag("--dry-run", cleanup->is_dry_run, "Say how many jobs would go, and remove none");
    arguments.flag("--json", cleanup->is_json, "One JSON object, for programs");
    return [cleanup](Session& session) {
        if (!cleanup->before) {
            throw UsageError("--before is missing: how long ago must a job have ended? Such as 7d");
        }
        Admin admin = session.admin();
        if (cleanup->is_dry_run) {
            return tell_changed(count_old(admin, query_of(*cleanup)), "would be removed",
                                cleanup->is_json);
        }
        const bool is_filtered = cleanup->filters.is_set();
        const std::uint64_t changed =
            is_filtered ? clean_found(admin, *cleanup) : clean_all(admin, *cleanup);
        return tell_changed(changed, "removed", cleanup->is_json);
    };
}

}  // namespace swarmq::cli
