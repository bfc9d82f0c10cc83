// Colours, questions and progress bars.
#include "terminal.h"

#include "values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <stdexcept>
#include <unistd.h>
#include <utility>

namespace swarmq::cli {
namespace {

constexpr int kBarWidth = 30;
// A text that changes while the percents stand still.
constexpr std::chrono::milliseconds kRedrawAfter{100};

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

void must_agree(bool is_agreed, std::string_view verb, std::string_view what) {
    if (is_agreed) return;
    if (!is_terminal(stdin) || !is_terminal(stderr)) {
        throw UsageError(fmt::format("not done: it would {} {}; say --yes to agree", verb, what));
    }
    const char first = static_cast<char>(std::toupper(static_cast<unsigned char>(verb.front())));
    fmt::print(stderr, "{}{} {}? [y/N] ", first, verb.substr(1), what);
    std::fflush(stderr);
    char answer[16] = {};
    if (std::fgets(answer, sizeof answer, stdin) == nullptr) std::fputc('\n', stderr);
    const std::string_view text(answer);
    if (text != "y\n" && text != "Y\n" && text != "yes\n")
        throw std::runtime_error("nothing was changed");
}

Progress::Progress(std::string what, std::uint64_t total)
    : what_(std::move(what)), total_(total), is_shown_(is_terminal(stderr)) {}

Progress::~Progress() {
    clear();
}

void Progress::clear() {
    if (drawn_percent_ >= 0) fmt::print(stderr, "\r\x1b[K");
    drawn_percent_ = -1;
}

void Progress::show(std::uint64_t done, std::string_view text) {
    if (!is_shown_) return;
    if (total_ == 0) {
        drawn_percent_ = 0;
        fmt::print(stderr, "\r\x1b[K{} {}", what_, text);
        return;
    }
    const int percent = static_cast<int>(std::min(done, total_) * 100 / total_);
    const auto now = std::chrono::steady_clock::now();
    if (percent == drawn_percent_ && now - drawn_at_ < kRedrawAfter) return;
    drawn_percent_ = percent;
    drawn_at_ = now;
    const int filled = percent * kBarWidth / 100;
    fmt::print(stderr, "\r\x1b[K{} [{:#<{}}{:.<{}}] {}% {}", what_, "", filled, "",
               kBarWidth - filled, percent, text);
    std::fflush(stderr);
}

}  // namespace swarmq::cli
