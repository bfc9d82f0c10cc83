// What a handler says about its job: text as the lines of a log, and how much of anything there may
// be.
#pragma once

#include <swarmq/error.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace swarmq::inline sdk {

// One line for each of the text, the newest kLogLinesMax of them; what is longer than
// kLogLineBytesMax is cut, bytes that are no UTF-8 become '?'. A line end at the end of the text
// begins no further line.
std::vector<std::string> split_log(std::string_view text);

// TooLarge, or nothing.
std::optional<Error> check_progress(std::string_view progress);
std::optional<Error> check_checkpoint(std::string_view checkpoint);

}  // namespace swarmq::inline sdk
