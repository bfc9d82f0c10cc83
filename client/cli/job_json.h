// Jobs, queues and numbers as JSON for programs. The keys are a contract: never renamed.
#pragma once

#include <swarmq/admin.h>
#include <swarmq/job.h>
#include <swarmq/queue.h>

#include <boost/json/fwd.hpp>

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace swarmq::cli {

// Milliseconds since 1970.
std::int64_t unix_ms(WallTime time);
boost::json::object headers_json(const std::map<std::string, std::string>& headers);

// By convention JSON; any other text is a JSON string.
boost::json::value progress_json(std::string_view progress);

boost::json::object job_json(const Job& job);
// Only what is set, but what says when the job runs.
boost::json::object options_json(const JobOptions& options);
// What an add has made: queue, id, and outcome: added, existing or deduplicated.
boost::json::object added_json(const std::string& queue, const AddedJob& added);
boost::json::object counts_json(const ChildCounts& counts);
// Bytes as a text, or as base64 where they are no UTF-8; KEY_encoding says so then.
void set_bytes(boost::json::object& object, std::string_view key, std::string_view bytes);
boost::json::object metrics_json(const QueueMetrics& metrics);
boost::json::object settings_json(const std::string& queue, const QueueSettings& settings);

// One line.
void print_json(const boost::json::value& value);

}  // namespace swarmq::cli
