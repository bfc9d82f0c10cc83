// Counts what a frame would become in memory before it is parsed: a mebibyte of empty sub-messages
// parses to a hundred times its size, so a limit on bytes alone is none on memory.
#pragma once

#include <cstddef>
#include <string_view>

namespace swarmq::wire {

// Room for 1,000 jobs with 90 elements each (a header is three, a tag one).
inline constexpr std::size_t kElementsMax = 100'000;

// The number of strings and sub-messages in these bytes of an Envelope, counted up to `limit` + 1.
// Malformed bytes count as far as they can be read; the parser refuses them.
std::size_t count_elements(std::string_view envelope_bytes, std::size_t limit = kElementsMax);

}  // namespace swarmq::wire
