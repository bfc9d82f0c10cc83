// What happened to a queue's jobs lately, as wire messages.
#pragma once

#include "engine/activity_view.h"

namespace swarmq::v1 {
class QueueMetrics;
}

namespace swarmq::api {

// `now_ms` is the engine's.
void fill_activity(const engine::QueueActivity& activity, TimeMs now_ms, v1::QueueMetrics& metrics);

}  // namespace swarmq::api
