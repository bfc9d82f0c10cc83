// What differs when people look on: colours, questions, progress.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace swarmq::cli {

enum class Colour { None, Bold, Dim, Red, Green, Yellow, Cyan };

bool is_terminal(std::FILE* stream);

// Whether text for this stream may have colours: a terminal, no NO_COLOR, no TERM=dumb.
bool has_colours(std::FILE* stream);

std::string coloured(std::string_view text, Colour colour);

// Asks on standard error and reads standard input; true for "y" or "yes". False where nobody could
// answer, because one of them is no terminal.
bool confirms(std::string_view question);

// One line on standard error that is drawn over itself; nothing where that is no terminal.
class Progress {
  public:
    // `total` 0: unknown, so only the count is shown.
    Progress(std::string what, std::uint64_t total);
    ~Progress();
    Progress(const Progress&) = delete;

    // Where in `total` the work is, and what to say of it.
    void show(std::uint64_t done, std::string_view text);

  private:
    std::string what_;
    std::uint64_t total_;
    bool is_shown_;
    int drawn_percent_ = -1;
};

}  // namespace swarmq::cli
