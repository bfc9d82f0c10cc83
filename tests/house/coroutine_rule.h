// The compiler destroys some temporaries of a co_await expression twice (g++ 12.2): what must not
// stand inside one.
#pragma once

#include "house/source_tree.h"

namespace swarmq::house {

// From each co_await to the end of its expression: no braces and no lambda with captures.
Findings check_coroutines(const SourceFile& file);

}  // namespace swarmq::house
