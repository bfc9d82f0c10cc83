// `swarm queue remove`: jobs go: some, whatever state they are in, or those that filters find.
#include "bulk.h"
#include "filters.h"
#include "job_text.h"
#include "terminal.h"
#include "values.h"
#include "verbs.h"

#include <fmt/format.h>

#include <memory>

namespace swarmq::cli {
namespace {

struct Remove {
    Selection selection;
    Filters filters;
    JobState state = JobState::Unknown;
    bool is_agreed = false;
    bool is_dry_run = false;
    bool keeps = false;

    const char* done() const { return keeps ? "cancelled" : "removed"; }
    const char* would_be_done() const { return keeps ? "would be cancelled" : "would be removed"; }
};

BulkResult remove_some(Admin& admin, const Remove& remove, std::vector<std::string> ids) {
    const std::string& queue = remove.selection.queue;
    return remove.keeps ? admin.cancel(queue, std::move(ids)) : admin.remove(queue, std::move(ids));
}

// Ended jobs only where they still are what was looked for: one that someone has retried meanwhile stays.
BulkResult remove_page(Admin& admin, const Remove& remove, std::vector<std::string> ids) {
    const std::string& queue = remove.selection.queue;
    return has_ended(remove.state) ? admin.clean(queue, remove.state, std::move(ids))
                                   : remove_some(admin, remove, std::move(ids));
}

int remove_found(Admin& admin, const Remove& remove) {
    const Selection& selection = remove.selection;
    ListQuery query{selection.queue, remove.state};
    remove.filters.apply(query);
    if (remove.is_dry_run || !remove.is_agreed) {
        const std::uint64_t found = change_found("looking", admin, query, {});
        if (remove.is_dry_run) return tell_changed(found, remove.would_be_done(), selection.is_json);
        must_agree(false, remove.keeps ? "cancel" : "remove",
                   fmt::format("{} jobs of queue {}{}", found, selection.queue,
                               remove.keeps ? "" : " for ever"));
    }
    const std::uint64_t removed = change_found(
        remove.keeps ? "cancelling" : "removing", admin, std::move(query),
        [&](std::vector<std::string> ids) { return remove_page(admin, remove, std::move(ids)); });
    return tell_changed(removed, remove.done(), selection.is_json);
}

void check(const Remove& remove) {
    const bool finds = remove.filters.is_set() || remove.state != JobState::Unknown;
    check_selection(remove.selection, finds);
    if (remove.selection.is_all && !finds) {
        throw UsageError(
            "--all needs --state, or filters such as --error; to empty a queue of its waiting "
            "jobs there is `swarm queue drain`");
    }
    if (remove.keeps && has_ended(remove.state)) {
        throw UsageError(fmt::format("--keep cancels jobs that have not ended; those in --state {} have",
                                     to_string(remove.state)));
    }
    if (remove.keeps && finds && remove.state == JobState::Unknown) {
        throw UsageError("--keep with filters needs --state, one that is not an end");
    }
}

}  // namespace

Run declare_remove(Arguments& arguments) {
    auto remove = std::make_shared<Remove>();
    declare_selection(arguments, remove->selection,
                      "Every job in --state, or that the filters find");
    declare_state(arguments, remove->state);
    declare_filters(arguments, remove->filters);
    arguments.flag("--keep", remove->keeps,
                   "Cancel them and keep their records: they end as failed");
    arguments.flag("--yes", remove->is_agreed, "Do not ask before removing what filters find");
    arguments.flag("--dry-run", remove->is_dry_run, "Say how many jobs would go, and remove none");
    return [remove](Session& session) {
        check(*remove);
        Admin admin = session.admin();
        Selection& selection = remove->selection;
        if (selection.ids.empty()) return remove_found(admin, *remove);
        const char* const word = remove->is_dry_run ? remove->would_be_done() : remove->done();
        return change_ids(selection, word, [&](std::vector<std::string> ids) {
            return remove->is_dry_run ? look_at(admin, selection.queue, ids, JobState::Unknown)
                                      : remove_some(admin, *remove, std::move(ids));
        });
    };
}

}  // namespace swarmq::cli
