// What differs when people look on: colours, questions, progress.
#pragma once

#include <chrono>
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

// For what destroys: returns once someone has agreed, by `--yes` or by "y" or "yes" to the question
// "Remove 3 jobs?", asked on standard error and answered on standard input. Throws UsageError,
// which names --yes, where nobody could answer because one of them is no terminal, and
// std::runtime_error for any other answer. `verb` is such as "remove", `what` such as "3 jobs".
void must_agree(bool is_agreed, std::string_view verb, std::string_view what);

// One line on standard error that is drawn over itself; nothing where that is no terminal.
class Progress {
  public:
    // `total` 0: unknown, so only the count is shown.
    Progress(std::string what, std::uint64_t total);
    ~Progress();
    Progress(const Progress&) = delete;

    // Where in `total` the work is, and what to say of it.
    void show(std::uint64_t done, std::string_view text);
    // Wipes the line, for something else that is printed.
    void clear();

  private:
    std::string what_;
    std::uint64_t total_;
    bool is_shown_;
    int drawn_percent_ = -1;
    std::chrono::steady_clock::time_point drawn_at_{};
};

}  // namespace swarmq::cli
