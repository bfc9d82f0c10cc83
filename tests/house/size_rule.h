// How long files and functions may be.
#pragma once

#include "house/source_tree.h"

namespace swarmq::house {

inline constexpr std::size_t kFileLinesMax = 500;
inline constexpr std::size_t kMainLinesMax = 60;
inline constexpr std::size_t kFunctionLinesMax = 70;

// The lines of a C++ or proto file, and of each function in it. A function counts from its
// signature to its closing brace; a lambda counts as part of the function around it.
Findings check_sizes(const SourceFile& file);

}  // namespace swarmq::house
