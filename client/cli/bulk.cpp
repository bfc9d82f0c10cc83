// Splits, repeats and counts.
#include "bulk.h"

#include "exit_codes.h"
#include "job_json.h"
#include "terminal.h"
#include "values.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace swarmq::cli {
namespace {

struct Refused {
    std::string id;
    Error error;
};

void collect(const BulkResult& result, const std::vector<std::string>& ids,
             std::vector<Refused>& refused) {
    const std::size_t count = std::min(ids.size(), result.errors.size());
    for (std::size_t i = 0; i < count; ++i) {
        if (result.errors[i].code != Code::Ok) refused.push_back({ids[i], result.errors[i]});
    }
}

void print_changed_json(std::uint64_t changed, const std::vector<Refused>& refused) {
    boost::json::array errors;
    for (const Refused& one : refused) {
        errors.push_back(
            {{"id", one.id}, {"code", to_string(one.error.code)}, {"message", one.error.message}});
    }
    print_json({{"changed", changed}, {"errors", std::move(errors)}});
}

}  // namespace

void declare_selection(Arguments& arguments, Selection& selection, const std::string& all_help) {
    arguments.word("QUEUE", selection.queue, "The queue");
    arguments.words("ID", selection.ids, "The jobs");
    if (!all_help.empty()) arguments.flag("--all", selection.is_all, all_help);
    arguments.flag("--json", selection.is_json, "One JSON object, for programs");
}

void declare_state(Arguments& arguments, JobState& state) {
    arguments.option(
        "--state", "STATE", "Only jobs in this state", [&state](const std::string& text) {
            const auto parsed = parse_job_state(text);
            if (!parsed || *parsed == JobState::Unknown) {
                throw UsageError(
                    fmt::format("--state: '{}' is no state; waiting, delayed, active, completed, "
                                "failed and waiting-children are",
                                text));
            }
            state = *parsed;
        });
}

void check_selection(const Selection& selection, bool is_filtered) {
    if ((selection.is_all || is_filtered) && !selection.ids.empty()) {
        throw UsageError("either ids, or --all and filters, not both");
    }
    if (!selection.is_all && !is_filtered && selection.ids.empty()) {
        throw UsageError("which jobs? Give their ids, or --all or filters where the verb has them");
    }
}

BulkResult look_at(Admin& admin, const std::string& queue, const std::vector<std::string>& ids,
                   JobState state) {
    BulkResult found;
    for (const std::string& id : ids) {
        Error error{Code::Ok, ""};
        try {
            const Job job = admin.get_job(queue, id, false);
            if (state != JobState::Unknown && job.state != state) {
                error = {Code::WrongState,
                         fmt::format("job \"{}\" is not {}", id, to_string(state))};
            }
        } catch (const SwarmqError& refused) {
            if (refused.error().code != Code::NotFound) throw;
            error = refused.error();
        }
        found.changed += error.code == Code::Ok ? 1 : 0;
        found.errors.push_back(std::move(error));
    }
    return found;
}

int change_ids(const Selection& selection, std::string_view done_word,
               const std::function<BulkResult(std::vector<std::string>)>& change) {
    std::uint64_t changed = 0;
    std::vector<Refused> refused;
    for (std::size_t at = 0; at < selection.ids.size(); at += kBulkJobsMax) {
        const auto first = selection.ids.begin() + static_cast<std::ptrdiff_t>(at);
        const auto count = std::min<std::size_t>(kBulkJobsMax, selection.ids.size() - at);
        const std::vector<std::string> ids(first, first + static_cast<std::ptrdiff_t>(count));
        const BulkResult result = change(ids);
        changed += result.changed;
        collect(result, ids, refused);
    }
    if (selection.is_json) {
        print_changed_json(changed, refused);
    } else {
        for (const Refused& one : refused) {
            fmt::print(stderr, "{}: {}\n", one.id, one.error.message);
        }
        tell_changed(changed, done_word, false);
    }
    if (refused.empty()) return kExitOk;
    const bool is_not_found = std::all_of(refused.begin(), refused.end(), [](const Refused& one) {
        return one.error.code == Code::NotFound;
    });
    return is_not_found ? kExitNotFound : kExitFailed;
}

std::uint64_t change_all(std::string_view doing_word, std::uint64_t jobs_max,
                         const std::function<BulkResult()>& change) {
    const bool is_bounded = jobs_max != std::numeric_limits<std::uint64_t>::max();
    Progress progress(std::string(doing_word), is_bounded ? jobs_max : 0);
    std::uint64_t changed = 0;
    for (bool is_more = true; is_more;) {
        const BulkResult result = change();
        changed += result.changed;
        is_more = result.more && changed < jobs_max;
        progress.show(changed, fmt::format("{} jobs", changed));
    }
    return changed;
}

int tell_changed(std::uint64_t changed, std::string_view done_word, bool is_json) {
    if (is_json) {
        print_changed_json(changed, {});
    } else {
        fmt::print("{} {} {}\n", changed, changed == 1 ? "job" : "jobs", done_word);
    }
    return kExitOk;
}

}  // namespace swarmq::cli
