// Aligned columns for people.
#pragma once

#include "terminal.h"

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace swarmq::cli {

// Bytes as one line that cannot harm a terminal: control characters become spaces, and what is
// longer than `width_max` characters is cut and ends in "...". Bytes that are no UTF-8 become '?'.
std::string one_line(std::string_view bytes, std::size_t width_max);

// The same over several lines, uncut.
std::string printable(std::string_view bytes);

bool is_utf8(std::string_view bytes);

struct Cell {
    Cell(std::string shown, Colour shown_colour = Colour::None)
        : text(std::move(shown)), colour(shown_colour) {}
    Cell(const char* shown) : text(shown) {}
    std::string text;
    Colour colour = Colour::None;
};

enum class Align { Left, Right };

struct Column {
    std::string title;
    Align align = Align::Left;
    std::size_t least = 0;  // In a narrow window it is cut, to no less than this; 0: never.
};

class Table {
  public:
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

    // As many cells as there are columns.
    void row(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }
    // On a terminal columns are cut so that rows fit: the last one first, then those before it that
    // have a `least`.
    void print(std::FILE* stream) const;
    // The same as text: the head, then a line for each row.
    std::vector<std::string> lines(bool is_coloured,
                                   std::size_t width_max = std::string::npos) const;

  private:
    std::vector<std::size_t> widths() const;
    void fit(std::vector<std::size_t>& widths, std::size_t width_max) const;

    std::vector<Column> columns_;
    std::vector<std::vector<Cell>> rows_;
};

}  // namespace swarmq::cli
