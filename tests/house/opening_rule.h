// Every file says first what it is for.
#pragma once

#include "house/source_tree.h"

namespace swarmq::house {

// Sources, protos, build files and scripts open with a comment whose first words are a sentence; a
// shebang line and `#pragma once` may stand before it. Pages and data are not asked.
Findings check_opening(const SourceFile& file);

}  // namespace swarmq::house
