// A terminal's whole window, drawn over itself.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace swarmq::cli {

struct ScreenSize {
    std::size_t columns = 80;
    std::size_t rows = 24;
};

// Of standard output's terminal; 80 by 24 where it does not say.
ScreenSize screen_size();

// Takes the window while it lives, and gives it back as it was; then the last lines stay to be
// read.
class Screen {
  public:
    Screen();
    ~Screen();
    Screen(const Screen&) = delete;

    // Lines beyond the window are left out. They may have colours, and are no longer than a row.
    void draw(std::vector<std::string> lines);

  private:
    std::vector<std::string> drawn_;
};

}  // namespace swarmq::cli
