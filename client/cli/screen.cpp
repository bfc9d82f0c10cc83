// Escape sequences that every terminal of today knows.
#include "screen.h"

#include <algorithm>
#include <cstdio>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace swarmq::cli {
namespace {

// The other screen, so that what stood here comes back; no cursor; no wrapping.
constexpr const char* kEnter = "\x1b[?1049h\x1b[?25l\x1b[?7l";
constexpr const char* kLeave = "\x1b[?7h\x1b[?25h\x1b[?1049l";

}  // namespace

ScreenSize screen_size() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
        return {};
    return {size.ws_col, size.ws_row};
}

Screen::Screen() {
    std::fputs(kEnter, stdout);
}

Screen::~Screen() {
    std::fputs(kLeave, stdout);
    for (const auto& line : drawn_) std::fprintf(stdout, "%s\n", line.c_str());
    std::fflush(stdout);
}

// In one write, each line over the one before it: nothing flickers. A row is emptied before it is
// written, for in its last column there is no place behind the text.
void Screen::draw(std::vector<std::string> lines) {
    const std::size_t rows = screen_size().rows;
    lines.resize(std::min(lines.size(), rows));
    std::string text = "\x1b[H";
    for (std::size_t i = 0; i < lines.size(); ++i)
        text += (i > 0 ? "\r\n" : "") + ("\x1b[2K" + lines[i]);
    if (lines.size() < rows) text += "\r\n\x1b[J";
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
    drawn_ = std::move(lines);
}

}  // namespace swarmq::cli
