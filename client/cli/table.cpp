// Lays out columns, and makes foreign bytes harmless.
#include "table.h"

#include "screen.h"

#include <fmt/format.h>

#include <algorithm>

namespace swarmq::cli {
namespace {

constexpr std::string_view kGap = "  ";
// A last column is not cut shorter than this.
constexpr std::size_t kLastLeast = 10;

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// The length of the character at the beginning, or 0 where there is no valid one. Overlong forms
// and surrogates are no UTF-8.
std::size_t character_bytes(std::string_view bytes) {
    const auto first = static_cast<unsigned char>(bytes.front());
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || bytes.size() < length) return 0;
    if (!std::all_of(bytes.begin() + 1, bytes.begin() + static_cast<std::ptrdiff_t>(length),
                     is_continuation)) {
        return 0;
    }
    const auto second = static_cast<unsigned char>(bytes[1]);
    const bool is_wrong = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                          (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
    return is_wrong ? 0 : length;
}

// Also the second control block, U+0080 to U+009F, which some terminals obey.
bool is_control(std::string_view character) {
    const auto first = static_cast<unsigned char>(character.front());
    if (character.size() == 2)
        return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
    return first < 0x20 || first == 0x7F;
}

std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

}  // namespace

bool is_utf8(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t length = character_bytes(bytes);
        if (length == 0) return false;
        bytes.remove_prefix(length);
    }
    return true;
}

std::string printable(std::string_view bytes) {
    std::string text;
    while (!bytes.empty()) {
        const std::size_t length = character_bytes(bytes);
        const std::string_view character = bytes.substr(0, std::max<std::size_t>(length, 1));
        if (length == 0) {
            text += '?';
        } else if (is_control(character) && character != "\n" && character != "\t") {
            text += ' ';
        } else {
            text += character;
        }
        bytes.remove_prefix(character.size());
    }
    return text;
}

std::string one_line(std::string_view bytes, std::size_t width_max) {
    const bool is_long = bytes.size() > width_max * 4;
    std::string text = printable(bytes.substr(0, width_max * 4));
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
    while (!text.empty() && text.back() == ' ') text.pop_back();
    if (width_of(text) <= width_max && !is_long) return text;
    std::size_t end = 0;
    for (std::size_t width = 0; end < text.size() && width + 3 < width_max; ++width) {
        end += character_bytes(std::string_view(text).substr(end));
    }
    return text.substr(0, end) + "...";
}

void Table::print(std::FILE* stream) const {
    const std::size_t width_max = is_terminal(stream) ? screen_size().columns : std::string::npos;
    for (const std::string& line : lines(has_colours(stream), width_max))
        fmt::print(stream, "{}\n", line);
}

std::vector<std::size_t> Table::widths() const {
    std::vector<std::size_t> widths;
    for (const Column& column : columns_) widths.push_back(width_of(column.title));
    for (const auto& cells : rows_) {
        for (std::size_t i = 0; i < cells.size(); ++i)
            widths[i] = std::max(widths[i], width_of(cells[i].text));
    }
    return widths;
}

void Table::fit(std::vector<std::size_t>& widths, std::size_t width_max) const {
    std::size_t total = kGap.size() * (widths.size() - 1);
    for (const std::size_t width : widths) total += width;
    for (std::size_t i = widths.size(); i-- > 0 && total > width_max;) {
        const bool is_last = i + 1 == widths.size();
        if (columns_[i].least == 0 && !is_last) continue;
        const std::size_t least =
            std::max({columns_[i].least, width_of(columns_[i].title), is_last ? kLastLeast : 0});
        const std::size_t cut =
            widths[i] > least ? std::min(widths[i] - least, total - width_max) : 0;
        widths[i] -= cut;
        total -= cut;
    }
}

std::vector<std::string> Table::lines(bool is_coloured, std::size_t width_max) const {
    std::vector<std::size_t> widths = this->widths();
    fit(widths, width_max);
    std::vector<std::string> all;
    const auto add_row = [&](const auto& text_of, const auto& colour_of) {
        std::string line;
        std::string gap;  // Due before the next text: nothing stands at the end of a line.
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            std::string text = text_of(i);
            if (width_of(text) > widths[i]) text = one_line(text, widths[i]);
            const std::string padding(widths[i] - width_of(text), ' ');
            const bool is_right = columns_[i].align == Align::Right;
            if (is_right) gap += padding;
            if (!text.empty()) {
                line += gap + (is_coloured ? coloured(text, colour_of(i)) : text);
                gap.clear();
            }
            if (!is_right) gap += padding;
            gap += kGap;
        }
        all.push_back(std::move(line));
    };
    add_row([&](std::size_t i) -> const std::string& { return columns_[i].title; },
            [](std::size_t) { return Colour::Bold; });
    for (const auto& cells : rows_) {
        add_row([&](std::size_t i) -> const std::string& { return cells[i].text; },
                [&](std::size_t i) { return cells[i].colour; });
    }
    return all;
}

}  // namespace swarmq::cli
