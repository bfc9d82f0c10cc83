// The pages of `swarm --help` and `swarm queue --help`, made from the table of verbs, and the form
// of all help.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace swarmq::cli {

std::string main_help();

// For the window that it is printed to; 80 columns elsewhere.
std::size_t help_width();
// Lines that begin with a space, and empty ones, stay as they are; the others flow as paragraphs of
// this width.
std::string flowed(std::string_view text, std::size_t width);
std::string group_help(std::string_view group);

}  // namespace swarmq::cli
