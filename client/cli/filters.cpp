// Reads filters, and goes through the jobs that pass them.
#include "filters.h"

#include "scheduler_options.h"
#include "terminal.h"
#include "values.h"

#include <fmt/format.h>

#include <utility>

namespace swarmq::cli {
namespace {

void declare_time(Arguments& arguments, const std::string& name, std::optional<WallTime>& into,
                  const std::string& help) {
    arguments.option(name, "TIME", help, [name, &into](const std::string& text) {
        into = parse_past_time(name, text, std::chrono::system_clock::now());
    });
}

std::vector<std::string> ids_of(const JobPage& page) {
    std::vector<std::string> ids;
    ids.reserve(page.jobs.size());
    for (const Job& job : page.jobs) ids.push_back(job.id);
    return ids;
}

}  // namespace

bool Filters::is_set() const {
    return !name.empty() || !tag.empty() || created_after || created_before || finished_after ||
           finished_before || !error.empty();
}

void Filters::apply(ListQuery& query) const {
    query.name = name;
    query.tag = tag;
    query.created_from = created_after;
    query.created_before = created_before;
    query.finished_from = finished_after;
    query.finished_before = finished_before;
    query.error_text = error;
}

void declare_labels(Arguments& arguments, Filters& filters) {
    arguments.text("--name", filters.name, "Only jobs of this name");
    arguments.text("--tag", filters.tag, "Only jobs with this tag");
    arguments.text("--error", filters.error, "Failed with this text in the reason, of either case");
}

void declare_filters(Arguments& arguments, Filters& filters) {
    declare_labels(arguments, filters);
    declare_time(arguments, "--created-after", filters.created_after,
                 "Added then or later: 2h (so long ago) or 2026-12-01T09:00Z");
    declare_time(arguments, "--created-before", filters.created_before, "Added before then");
    declare_time(arguments, "--finished-after", filters.finished_after, "Ended then or later");
    declare_time(arguments, "--finished-before", filters.finished_before, "Ended before then");
}

WallTime parse_past_time(const std::string& what, const std::string& text, WallTime now) {
    const bool is_duration = !text.empty() && text.front() != '+' &&
                             text.find_first_not_of("0123456789") != std::string::npos &&
                             text.find('T') == std::string::npos;
    return is_duration ? now - parse_duration(what, text) : parse_time(what, text, now);
}

std::uint64_t change_found(std::string_view doing_word, Admin& admin, ListQuery query,
                           const std::function<BulkResult(std::vector<std::string>)>& change) {
    query.limit = kBulkJobsMax;
    Progress progress(std::string(doing_word), 0);
    std::uint64_t changed = 0;
    do {
        const JobPage page = admin.list_jobs(query);
        if (!page.jobs.empty()) changed += change ? change(ids_of(page)).changed : page.jobs.size();
        query.cursor = page.next_cursor;
        progress.show(changed, fmt::format("{} jobs", changed));
    } while (!query.cursor.empty());
    return changed;
}

}  // namespace swarmq::cli
