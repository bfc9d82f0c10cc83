// Colours, questions and progress bars.
#include "terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <unistd.h>
#include <utility>

namespace swarmq::cli {
namespace {

constexpr int kBarWidth = 30;

const char* code_of(Colour colour) {
    switch (colour) {
        case Colour::Bold:
            return "1";
        case Colour::Dim:
            return "2";
        case Colour::Red:
            return "31";
        case Colour::Green:
            return "32";
        case Colour::Yellow:
            return "33";
        case Colour::Cyan:
            return "36";
        case Colour::None:
            break;
    }
    return "0";
}

}  // namespace

bool is_terminal(std::FILE* stream) {
    return ::isatty(::fileno(stream)) == 1;
}

bool has_colours(std::FILE* stream) {
    const char* const no_colour = std::getenv("NO_COLOR");
    if (no_colour != nullptr && *no_colour != '\0') return false;
    const char* const term = std::getenv("TERM");
    return is_terminal(stream) && term != nullptr && std::string_view(term) != "dumb";
}

std::string coloured(std::string_view text, Colour colour) {
    if (colour == Colour::None) return std::string(text);
    return fmt::format("\x1b[{}m{}\x1b[0m", code_of(colour), text);
}

bool confirms(std::string_view question) {
    if (!is_terminal(stdin) || !is_terminal(stderr)) return false;
    fmt::print(stderr, "{} [y/N] ", question);
    std::fflush(stderr);
    char answer[16] = {};
    if (std::fgets(answer, sizeof answer, stdin) == nullptr) return false;
    const std::string_view text(answer);
    return text == "y\n" || text == "Y\n" || text == "yes\n";
}

Progress::Progress(std::string what, std::uint64_t total)
    : what_(std::move(what)), total_(total), is_shown_(is_terminal(stderr)) {}

Progress::~Progress() {
    if (is_shown_ && drawn_percent_ >= 0) fmt::print(stderr, "\r\x1b[K");
}

void Progress::show(std::uint64_t done, std::string_view text) {
    if (!is_shown_) return;
    if (total_ == 0) {
        drawn_percent_ = 0;
        fmt::print(stderr, "\r\x1b[K{} {}", what_, text);
        return;
    }
    const int percent = static_cast<int>(std::min(done, total_) * 100 / total_);
    if (percent == drawn_percent_) return;
    drawn_percent_ = percent;
    const int filled = percent * kBarWidth / 100;
    fmt::print(stderr, "\r\x1b[K{} [{:#<{}}{:.<{}}] {}% {}", what_, "", filled, "",
               kBarWidth - filled, percent, text);
    std::fflush(stderr);
}

}  // namespace swarmq::cli
