// `swarm queue retry`: failed jobs run again: some, those that filters find, or all.
#include "bulk.h"
#include "filters.h"
#include "values.h"
#include "verbs.h"

#include <memory>

namespace swarmq::cli {
namespace {

struct Retry {
    Selection selection;
    Filters filters;
    bool is_dry_run = false;
};

std::uint64_t retry_found(Admin& admin, const Retry& retry) {
    ListQuery query{retry.selection.queue, JobState::Failed};
    retry.filters.apply(query);
    if (retry.is_dry_run) return change_found("looking", admin, std::move(query), {});
    return change_found("retrying", admin, std::move(query), [&](std::vector<std::string> ids) {
        return admin.retry(retry.selection.queue, std::move(ids));
    });
}

std::uint64_t retry_all(Admin& admin, const Retry& retry) {
    const std::string& queue = retry.selection.queue;
    const std::uint64_t failed = admin.get_metrics(queue).failed;
    if (retry.is_dry_run) return failed;
    return change_all("retrying", failed, [&] { return admin.retry_all(queue); });
}

}  // namespace

Run declare_retry(Arguments& arguments) {
    auto retry = std::make_shared<Retry>();
    declare_selection(arguments, retry->selection, "Every job that is failed now");
    declare_filters(arguments, retry->filters);
    arguments.flag("--dry-run", retry->is_dry_run,
                   "Say how many jobs would run again, and do nothing");
    return [retry](Session& session) {
        Selection& selection = retry->selection;
        const bool is_filtered = retry->filters.is_set();
        check_selection(selection, is_filtered);
        Admin admin = session.admin();
        const char* const word = retry->is_dry_run ? "would be retried" : "retried";
        if (is_filtered || selection.is_all) {
            const std::uint64_t changed =
                is_filtered ? retry_found(admin, *retry) : retry_all(admin, *retry);
            return tell_changed(changed, word, selection.is_json);
        }
        return change_ids(selection, word, [&](std::vector<std::string> ids) {
            return retry->is_dry_run ? look_at(admin, selection.queue, ids, JobState::Failed)
                                     : admin.retry(selection.queue, std::move(ids));
        });
    };
}

}  // namespace swarmq::cli
