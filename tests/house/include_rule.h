// Which part of the house may include which: the direction that keeps the engine pure and the wire
// format at its border.
#pragma once

#include "house/source_tree.h"

#include <string>
#include <vector>

namespace swarmq::house {

class IncludeRule {
  public:
    // The paths of all files of the tree: includes are resolved against them.
    explicit IncludeRule(std::vector<std::string> paths);

    // The includes of a C++ file: to files of the tree by their layer, to libraries by what the
    // layer is free of.
    Findings check(const SourceFile& file) const;

  private:
    std::string resolve(const std::string& from, const std::string& name) const;
    bool exists(const std::string& path) const;

    std::vector<std::string> paths_;  // Sorted.
};

}  // namespace swarmq::house
