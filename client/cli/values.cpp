// Reads durations, numbers and backoffs.
#include "values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace swarmq::cli {
namespace {

constexpr double kDurationMsMax = 36'500.0 * 86'400'000.0;

struct Unit {
    std::string_view name;
    std::int64_t ms;
};
// "ms" before "m": the longer name wins.
constexpr std::array kUnits = {Unit{"ms", 1},        Unit{"s", 1'000},      Unit{"m", 60'000},
                               Unit{"h", 3'600'000}, Unit{"d", 86'400'000}, Unit{"w", 604'800'000}};

// A number at the beginning of the text, which loses it.
std::optional<double> take_decimal(std::string_view& text) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
    double number = 0;
    const auto [stop, error] =
        std::from_chars(text.data(), text.data() + end, number, std::chars_format::fixed);
    if (end == 0 || error != std::errc{} || stop != text.data() + end) return std::nullopt;
    text.remove_prefix(end);
    return number;
}

std::optional<std::int64_t> take_unit(std::string_view& text) {
    const std::size_t end = std::min(text.find_first_of("0123456789."), text.size());
    for (const Unit& unit : kUnits) {
        if (text.substr(0, end) == unit.name) {
            text.remove_prefix(end);
            return unit.ms;
        }
    }
    return std::nullopt;
}

std::optional<double> duration_ms(std::string_view text) {
    if (text.empty()) return std::nullopt;
    if (text.find_first_not_of("0123456789") == std::string_view::npos) return take_decimal(text);
    double total_ms = 0;
    while (!text.empty()) {
        const auto number = take_decimal(text);
        const auto unit_ms = number ? take_unit(text) : std::nullopt;
        if (!unit_ms) return std::nullopt;
        total_ms += *number * static_cast<double>(*unit_ms);
    }
    return total_ms;
}

double parse_share(std::string_view what, std::string_view text) {
    std::string_view rest = text;
    const auto share = take_decimal(rest);
    if (!share || !rest.empty() || *share > 1) {
        throw UsageError(
            fmt::format("{}: jitter '{}' is not a number in 0..1, such as 0.2", what, text));
    }
    return *share;
}

// The text up to the separator, which goes with it.
std::string_view take_part(std::string_view& text, char separator) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
}

void read_backoff_extras(std::string_view what, std::string_view extras, Backoff& backoff) {
    while (!extras.empty()) {
        std::string_view value = take_part(extras, ',');
        const std::string_view key = take_part(value, '=');
        if (key == "jitter") {
            backoff.jitter = parse_share(what, value);
        } else if (key == "max") {
            backoff.max_delay = parse_duration(what, value);
        } else {
            throw UsageError(fmt::format(
                "{}: '{}' is unknown; after the delay jitter=0..1 and max=DURATION are possible, "
                "such as exponential:1s:jitter=0.2,max=30s",
                what, key));
        }
    }
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i - 1] != b[j - 1] ? 1 : 0);
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
        }
    }
    return row.back();
}

}  // namespace

Milliseconds parse_duration(std::string_view what, std::string_view text) {
    const auto ms = duration_ms(text);
    if (!ms) {
        throw UsageError(fmt::format(
            "{}: '{}' is not a duration such as 500ms, 10s, 5m, 2h or 7d; a bare number is "
            "milliseconds",
            what, text));
    }
    if (*ms > kDurationMsMax) {
        throw UsageError(fmt::format("{}: '{}' is too long; at most 36500d", what, text));
    }
    return Milliseconds(std::llround(*ms));
}

std::string show_bytes(std::uint64_t bytes) {
    constexpr std::array kUnits = {"KiB", "MiB", "GiB", "TiB"};
    if (bytes < 1024) return fmt::format("{} B", bytes);
    double shown = static_cast<double>(bytes) / 1024;
    std::size_t unit = 0;
    for (; shown >= 1024 && unit + 1 < kUnits.size(); ++unit) shown /= 1024;
    return fmt::format("{:.1f} {}", shown, kUnits[unit]);
}

std::string show_duration(Milliseconds duration) {
    const std::int64_t ms = duration.count();
    if (ms < 0) return "-" + show_duration(-duration);
    if (ms < 1'000) return fmt::format("{}ms", ms);
    if (ms < 10'000 && ms % 1'000 != 0) {
        return fmt::format("{:.1f}s", static_cast<double>(ms / 100) / 10);
    }
    static constexpr std::array kShown = {Unit{"d", 86'400'000}, Unit{"h", 3'600'000},
                                          Unit{"m", 60'000}, Unit{"s", 1'000}};
    for (std::size_t i = 0; i < kShown.size(); ++i) {
        if (ms < kShown[i].ms) continue;
        std::string text = fmt::format("{}{}", ms / kShown[i].ms, kShown[i].name);
        const std::int64_t rest = ms % kShown[i].ms;
        if (i + 1 < kShown.size() && rest >= kShown[i + 1].ms) {
            text += fmt::format(" {}{}", rest / kShown[i + 1].ms, kShown[i + 1].name);
        }
        return text;
    }
    return "0ms";
}

std::uint64_t parse_number(std::string_view what, std::string_view text, std::uint64_t min,
                           std::uint64_t max) {
    std::uint64_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || stop != text.data() + text.size() || number < min ||
        number > max) {
        throw UsageError(
            fmt::format("{}: '{}' is not a whole number in {}..{}", what, text, min, max));
    }
    return number;
}

Backoff parse_backoff(std::string_view what, std::string_view text) {
    std::string_view rest = text;
    const std::string_view type = take_part(rest, ':');
    if (type == "none" && rest.empty()) return {};
    Backoff backoff;
    if (type == "fixed") {
        backoff.type = Backoff::Type::Fixed;
    } else if (type == "exponential") {
        backoff.type = Backoff::Type::Exponential;
    }
    if (backoff.type == Backoff::Type::None || rest.empty()) {
        throw UsageError(
            fmt::format("{}: '{}' is not a backoff such as exponential:1s, fixed:500ms or "
                        "exponential:1s:jitter=0.2,max=30s",
                        what, text));
    }
    backoff.delay = parse_duration(what, take_part(rest, ':'));
    read_backoff_extras(what, rest, backoff);
    return backoff;
}

std::string show_backoff(const Backoff& backoff) {
    if (backoff.type == Backoff::Type::None) return "none";
    const bool is_fixed = backoff.type == Backoff::Type::Fixed;
    std::string text =
        fmt::format("{}:{}", is_fixed ? "fixed" : "exponential", show_duration(backoff.delay));
    std::string_view separator = ":";
    if (backoff.jitter > 0) {
        text += fmt::format("{}jitter={}", std::exchange(separator, ","), backoff.jitter);
    }
    if (backoff.max_delay.count() > 0) {
        text += fmt::format("{}max={}", separator, show_duration(backoff.max_delay));
    }
    return text;
}

Keep parse_keep(std::string_view what, std::string_view text) {
    if (text == "none") return Keep::none();
    if (text == "forever") return Keep::always();
    Keep keep;
    std::string_view rest = text.ends_with(',') ? std::string_view() : text;
    while (!rest.empty()) {
        const std::string_view part = take_part(rest, ',');
        const bool is_count = part.find_first_not_of("0123456789") == std::string_view::npos;
        if (part.empty() || (is_count ? keep.count.has_value() : keep.age.has_value())) {
            keep = {};
            break;
        }
        if (is_count) {
            keep.count = parse_number(what, part, 1, 1'000'000'000);
        } else {
            keep.age = parse_duration(what, part);
        }
    }
    if (keep.count || keep.age) return keep;
    throw UsageError(fmt::format(
        "{}: '{}' is neither none, forever, a count, an age such as 7d, nor both as in 1000,7d",
        what, text));
}

std::string show_keep(const Keep& keep) {
    if (keep.remove) return "none";
    std::string text = keep.count ? std::to_string(*keep.count) : "";
    if (keep.age) text += (text.empty() ? "" : ",") + show_duration(*keep.age);
    return text.empty() ? "forever" : text;
}

Deduplication parse_dedup_mode(std::string_view what, std::string_view text) {
    std::string_view window = text;
    const std::string_view mode = take_part(window, '=');
    if (mode == "until-ended" && window.empty()) return {};
    if (mode == "keep-latest" && window.empty()) return Deduplication::keep_latest("");
    if (mode == "throttle" && !window.empty())
        return Deduplication::throttle("", parse_duration(what, window));
    if (mode == "debounce" && !window.empty())
        return Deduplication::debounce("", parse_duration(what, window));
    throw UsageError(fmt::format(
        "{}: '{}' is none of until-ended, throttle=10m, debounce=5s and keep-latest", what, text));
}

std::string show_dedup_mode(const Deduplication& chosen) {
    const bool has_window = chosen.window.count() > 0;
    const std::string window = has_window ? "=" + show_duration(chosen.window) : "";
    switch (chosen.mode) {
        case Deduplication::Mode::Throttle:
            return "throttle" + window;
        case Deduplication::Mode::Debounce:
            return "debounce" + window;
        case Deduplication::Mode::KeepLatest:
            return "keep-latest";
        case Deduplication::Mode::UntilEnded:
            break;
    }
    return "until-ended";
}

std::vector<std::string> parse_tags(std::string_view text) {
    std::vector<std::string> tags;
    if (text == "none") return tags;
    while (!text.empty()) tags.emplace_back(take_part(text, ','));
    return tags;
}

std::string nearest(std::string_view word, const std::vector<std::string>& names) {
    const std::string* best = nullptr;
    std::size_t best_distance = word.size() / 3 + 2;
    for (const std::string& name : names) {
        const std::size_t distance = edit_distance(word, name);
        if (distance < best_distance) {
            best = &name;
            best_distance = distance;
        }
    }
    return best == nullptr ? std::string() : *best;
}

}  // namespace swarmq::cli
