// The text form of generated job ids.
#include "model/ids.h"

#include <array>
#include <charconv>
#include <cstddef>

namespace swarmq {
namespace {

// Splits "j1-2-3" into its three runs of digits.
std::optional<std::array<std::string_view, 3>> split_reserved(std::string_view text) {
    if (text.empty() || text.front() != 'j') return std::nullopt;
    text.remove_prefix(1);
    std::array<std::string_view, 3> parts;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto digits = text.find_first_not_of("0123456789");
        const auto length = digits == std::string_view::npos ? text.size() : digits;
        if (length == 0) return std::nullopt;
        parts[i] = text.substr(0, length);
        text.remove_prefix(length);
        if (i == 2) break;
        if (text.empty() || text.front() != '-') return std::nullopt;
        text.remove_prefix(1);
    }
    if (!text.empty()) return std::nullopt;
    return parts;
}

std::optional<std::uint64_t> parse_number(std::string_view digits, std::uint64_t max) {
    if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), value);
    if (error != std::errc{} || value > max) return std::nullopt;
    return value;
}

void append_number(std::uint64_t number, std::string& text) {
    char digits[20];
    text.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

}  // namespace

std::string format_job_id(ShardId shard, JobSeq seq) {
    std::string text = "j";
    append_number(raw(shard), text);
    text += '-';
    append_number(raw(seq) >> kCounterBits, text);
    text += '-';
    append_number(raw(seq) & ((std::uint64_t{1} << kCounterBits) - 1), text);
    return text;
}

std::optional<GeneratedJobId> parse_job_id(std::string_view text) {
    const auto parts = split_reserved(text);
    if (!parts) return std::nullopt;
    const auto shard = parse_number((*parts)[0], 0xffff);
    const auto epoch = parse_number((*parts)[1], (std::uint64_t{1} << (64 - kCounterBits)) - 1);
    const auto counter = parse_number((*parts)[2], (std::uint64_t{1} << kCounterBits) - 1);
    if (!shard || !epoch || !counter) return std::nullopt;
    return GeneratedJobId{ShardId{static_cast<std::uint16_t>(*shard)},
                          JobSeq{with_epoch(Epoch{static_cast<std::uint32_t>(*epoch)}, *counter)}};
}

bool is_reserved_job_id(std::string_view text) { return split_reserved(text).has_value(); }

}  // namespace swarmq
