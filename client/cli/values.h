// Values as people type them: durations, numbers, backoffs. Wrong ones throw UsageError.
#pragma once

#include <swarmq/options.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace swarmq::cli {

// The command line, or a file it names, is wrong; the text says what is, and what would be right.
class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// "500ms", "10s", "1.5h", "1h30m", "7d"; a bare number is milliseconds. At most 36500 days. `what`
// is the option's name, for the error.
Milliseconds parse_duration(std::string_view what, std::string_view text);

// "500ms", "1.5s", "3m 20s", "7d 2h": at most two units, for people.
std::string show_duration(Milliseconds duration);

// "512 B", "1.5 GiB", for people.
std::string show_bytes(std::uint64_t bytes);

// A whole number in min..max.
std::uint64_t parse_number(std::string_view what, std::string_view text, std::uint64_t min,
                           std::uint64_t max);

// "exponential:1s", "fixed:500ms" or "none", then perhaps ":jitter=0.2,max=30s" in either order.
Backoff parse_backoff(std::string_view what, std::string_view text);

// In the same form, for people.
std::string show_backoff(const Backoff& backoff);

// "none", "forever", a count "1000", an age "7d", or both "1000,7d".
Keep parse_keep(std::string_view what, std::string_view text);
std::string show_keep(const Keep& keep);

// "until-ended", "throttle=10m", "debounce=5s" or "keep-latest"; the key is left empty.
Deduplication parse_dedup_mode(std::string_view what, std::string_view text);
std::string show_dedup_mode(const Deduplication& chosen);

// "a,b"; "none" is no tags.
std::vector<std::string> parse_tags(std::string_view text);

// Of `names`, the one that `word` is most probably meant to be; empty when none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& names);

}  // namespace swarmq::cli
