// Events as lines, for people and programs.
#pragma once

#include <swarmq/events.h>

#include <boost/json/fwd.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace swarmq::cli {

// "21:44:48.123 completed   embeddings j1-0-7 attempt 1"; the queue is left out where there is only
// one.
std::string event_line(const Event& event, bool has_queue, bool is_coloured, std::size_t width_max);

// Only what is set, and always at, kind, queue and cursor. The keys are a contract: never renamed.
boost::json::object event_json(const Event& event);

// "failed,alert": throws UsageError.
std::vector<EventKind> parse_event_kinds(const std::string& what, const std::string& text);

}  // namespace swarmq::cli
