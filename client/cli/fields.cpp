// Aligned labels.
#include "fields.h"

#include "job_options.h"
#include "table.h"
#include "terminal.h"
#include "values.h"

#include <fmt/format.h>

#include <algorithm>

namespace swarmq::cli {
namespace {

constexpr std::size_t kShownMax = 400;

// "10,1h when completed, none when failed".
std::string show_keeps(const JobOptions& options) {
    std::string text;
    if (options.remove_on_complete)
        text = show_keep(*options.remove_on_complete) + " when completed";
    if (!options.remove_on_fail) return text;
    return text + (text.empty() ? "" : ", ") + show_keep(*options.remove_on_fail) + " when failed";
}

}  // namespace

void print_field(std::string_view label, const std::string& text) {
    if (text.empty()) return;
    const std::string padded = fmt::format("{:<12}", label);
    fmt::print("{}{}\n", has_colours(stdout) ? coloured(padded, Colour::Bold) : padded, text);
}

void print_lines(std::string_view label, std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        if (end == 0) fmt::print("\n");
        print_field(label, std::string(text.substr(0, end)));
        text.remove_prefix(std::min(end + 1, text.size()));
        label = "";
    }
}

void print_options(const JobOptions& options) {
    if (!options.key.empty()) print_field("key", options.key);
    if (options.priority) print_field("priority", std::to_string(*options.priority));
    if (options.backoff && options.backoff->type != Backoff::Type::None) {
        print_field("backoff", show_backoff(*options.backoff));
    }
    if (options.timeout && options.timeout->count() > 0) {
        print_field("timeout", show_duration(*options.timeout));
    }
    if (options.ttl && options.ttl->count() > 0) print_field("ttl", show_duration(*options.ttl));
    if (options.deduplication) {
        print_field("dedup",
                    options.deduplication->key + ", " + show_dedup_mode(*options.deduplication));
    }
    if (options.lifo.value_or(false)) print_field("lifo", "to the head of its priority");
    if (options.max_stalled.value_or(1) != 1)
        print_field("max stalled", std::to_string(*options.max_stalled));
    print_field("keep", show_keeps(options));
    if (options.on_failure) print_field("on failure", show_on_failure(*options.on_failure));
    if (!options.tags.empty()) print_field("tags", fmt::format("{}", fmt::join(options.tags, " ")));
    for (const auto& [key, value] : options.headers) {
        print_field("header", one_line(key + ": " + value, kShownMax));
    }
}

}  // namespace swarmq::cli
