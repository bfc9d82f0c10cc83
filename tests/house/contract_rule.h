// Every promise of the contract that is kept today has tests that carry its number as a tag.
#pragma once

#include "house/source_tree.h"

#include <set>

namespace swarmq::house {

// The tags that look like promises (`R21`) in a test file.
std::set<std::string> promises_tested_in(const SourceFile& file);

// `list` is the file contract.txt; its head describes the form.
Findings check_contract(const SourceFile& list, const std::vector<SourceFile>& tree);

}  // namespace swarmq::house
