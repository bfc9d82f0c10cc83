// What the verbs that change many jobs share: whom they change, how they repeat, how they tell it.
#pragma once

#include "arguments.h"

#include <swarmq/admin.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace swarmq::cli {

struct Selection {
    std::string queue;
    std::vector<std::string> ids;
    bool is_all = false;
    bool is_json = false;
};

// QUEUE ID..., `--json`, and `--all` with this help unless it is empty.
void declare_selection(Arguments& arguments, Selection& selection, const std::string& all_help);

// `--state`: only jobs in this state.
void declare_state(Arguments& arguments, JobState& state);

// Throws UsageError unless there are either ids, or `--all` or filters.
void check_selection(const Selection& selection, bool is_filtered = false);

// What a change of these jobs would answer: whether they are stored, and in `state` (Unknown: in any).
BulkResult look_at(Admin& admin, const std::string& queue, const std::vector<std::string>& ids,
                   JobState state);

// Changes the jobs with these ids, a thousand a request. Prints how many were changed, and a line
// on standard error for each that was not. Exit code: 0 all were, 3 every other one is not stored,
// else 1.
int change_ids(const Selection& selection, std::string_view done_word,
               const std::function<BulkResult(std::vector<std::string>)>& change);

// Repeats until nothing more matches, or until at least `jobs_max` were changed: jobs that come
// back meanwhile do not keep it busy for ever.
std::uint64_t change_all(std::string_view doing_word, std::uint64_t jobs_max,
                         const std::function<BulkResult()>& change);

// "3 jobs retried", or {"changed":3}.
int tell_changed(std::uint64_t changed, std::string_view done_word, bool is_json);

}  // namespace swarmq::cli
