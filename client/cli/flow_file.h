// A file of flows: JSON objects that hold each other.
#pragma once

#include <swarmq/flow.h>

#include <string_view>
#include <vector>

namespace swarmq::cli {

// One object, or a list of them. Keys: those of a job line, and queue, children (a list of such objects) and
// on_child_failure (fail-parent, continue-parent, ignore, remove-dependency). The default name of a job is its queue's.
// Throws UsageError, which names the place, such as children[1].children[0].
std::vector<FlowJob> parse_flows(std::string_view text);

}  // namespace swarmq::cli
