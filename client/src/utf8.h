// Text fields of the protocol must be UTF-8: a frame with anything else is refused as a whole.
#pragma once

#include <string>
#include <string_view>

namespace swarmq::inline sdk {

bool is_utf8(std::string_view text);

// At most `bytes_max` of the text, never ending inside a character; bytes that are no UTF-8 become '?'.
std::string to_utf8(std::string text, std::size_t bytes_max);

}  // namespace swarmq::inline sdk
