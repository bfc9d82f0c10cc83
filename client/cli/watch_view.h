// What `swarm watch` shows, as lines for a window of a given size.
#pragma once

#include "screen.h"

#include <swarmq/events.h>
#include <swarmq/metrics.h>

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace swarmq::cli {

struct WatchTitle {
    std::string_view server;
    WallTime now{};
    bool is_coloured = false;
    std::string problem{};  // Why the figures are old; empty: they are not.
};

// Those where something happens first, then by name.
void sort_for_watching(std::vector<QueueMetrics>& queues);

// How many queues there is room for.
std::size_t rows_for_queues(const ScreenSize& size);

// `queues` are those to show, out of `total`.
std::vector<std::string> queues_view(const std::vector<QueueMetrics>& queues, std::size_t total,
                                     const WatchTitle& title, const ScreenSize& size);

// One queue, its job names, and the newest events that there is room for.
std::vector<std::string> queue_view(const QueueMetrics& metrics, const std::deque<Event>& events,
                                    const WatchTitle& title, const ScreenSize& size);

}  // namespace swarmq::cli
