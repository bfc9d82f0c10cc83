// Which jobs a verb is about, by what is known of them: their name, tags, times and errors.
#pragma once

#include "arguments.h"
#include "bulk.h"

#include <swarmq/admin.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace swarmq::cli {

struct Filters {
    std::string name;
    std::string tag;
    std::optional<WallTime> created_after;
    std::optional<WallTime> created_before;
    std::optional<WallTime> finished_after;
    std::optional<WallTime> finished_before;
    std::string error;

    bool is_set() const;
    void apply(ListQuery& query) const;
};

// `--name`, `--tag` and `--error` alone.
void declare_labels(Arguments& arguments, Filters& filters);
// Those, and `--created-after` and so on.
void declare_filters(Arguments& arguments, Filters& filters);

// "2h" is so long ago; else as parse_time.
WallTime parse_past_time(const std::string& what, const std::string& text, WallTime now);

// Goes through all jobs of the queue and state that pass, a page at a time, and calls `change` with the ids of
// each page; without `change` it counts. Jobs that come into the state meanwhile may be missed. Answers how many
// were changed, or found.
std::uint64_t change_found(std::string_view doing_word, Admin& admin, ListQuery query,
                           const std::function<BulkResult(std::vector<std::string>)>& change);

}  // namespace swarmq::cli
