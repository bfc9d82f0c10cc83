// Text that has no place here, each with what to write instead.
#pragma once

#include "house/source_tree.h"

namespace swarmq::house {

Findings check_banned_text(const SourceFile& file);

// A lint suppression without a reason.
Findings check_suppressions(const SourceFile& file);

}  // namespace swarmq::house
