// Which names the tree may have: at the top, for folders, for files.
#pragma once

#include "house/source_tree.h"

namespace swarmq::house {

// The top level holds the parts of the house, and otherwise only small files that tools look for.
Findings check_top_level(const std::vector<std::string>& names);

// No drawer folders (`common`, `util`, ...); file names in snake_case.
Findings check_path(const SourceFile& file);

}  // namespace swarmq::house
