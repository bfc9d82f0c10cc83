// The figures of a queue as tables and as JSON.
#pragma once

#include <swarmq/metrics.h>

#include <boost/json/fwd.hpp>

namespace swarmq::cli {

// Adds what happened lately, flat: durations are milliseconds. by_name and history are lists, only
// with what was asked for.
void add_activity(boost::json::object& object, const QueueMetrics& metrics,
                  const MetricsOptions& options);

// On standard output.
void print_counts(const QueueMetrics& metrics);
void print_activity(const QueueMetrics& metrics);
void print_names(const QueueMetrics& metrics);
void print_history(const QueueMetrics& metrics);

}  // namespace swarmq::cli
