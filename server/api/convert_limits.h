// Between the limits of queues and keys as the wire has them and as the engine has them.
#pragma once

#include "model/error.h"
#include "model/job.h"

namespace swarmq::v1 {
class QueueSettings;
}

namespace swarmq::api {

Result<> take_limits(const v1::QueueSettings& message, QueueSettings& settings);
void fill_limits(const QueueSettings& settings, v1::QueueSettings& message);

}  // namespace swarmq::api
