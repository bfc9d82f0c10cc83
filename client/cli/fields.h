// One thing with all that is known of it: a label and a text on each line.
#pragma once

#include <swarmq/options.h>

#include <string>
#include <string_view>

namespace swarmq::cli {

// Nothing for an empty text.
void print_field(std::string_view label, const std::string& text);
// A text of several lines, which stand below each other.
void print_lines(std::string_view label, std::string_view text);

// What is set of them, but what says when the job runs and how often it is tried.
void print_options(const JobOptions& options);

}  // namespace swarmq::cli
